"""Who learns what, when, and from which loss (rules 10 to 13), with weights and optimizers (rule 9)."""

from __future__ import annotations

import math
import warnings

import pytest
import torch
from safetensors.torch import save_file

from ganframe import api
from ganframe.errors import SpecError, TrainingFault
from tests.engine.lab import CALLS, PROBES, SEEN, faults, place, planned, registry, trainer, written

DATA = """
[run]
batch_size = 8
[data]
type = "Made"
shapes.x = [4]
shapes.a = [4]
shapes.label = [3]
classes = ["label"]
[latents.z]
type = "Normal"
size = 4
"""

SGD = 'optimizer = { type = "SGD", lr = 0.1 }'


def network(name, inputs, layers, keys=SGD):
    """A network's table."""
    return f"\n[networks.{name}]\ninputs = {inputs}\n{keys}\nlayers = [{layers}]\n"


def line(out, name=None):
    """A linear layer."""
    return f'{{ type = "Linear", out_features = {out}{f", as = {chr(34)}{name}{chr(34)}" if name else ""} }}'


def loss(label, kind, /, **keys):
    """A loss's table; values as TOML."""
    return f'\n[losses.{label}]\ntype = "{kind}"\n' + "".join(f"{k} = {v}\n" for k, v in keys.items())


GENERATOR = network("generator", '["z"]', f'{{ type = "Count", name = "g" }}, {line(4, "h")}, "Tanh"')
DISCRIMINATOR = network("discriminator", '["x"]', f'{{ type = "Count", name = "d" }}, {line(5)}, "Tanh", {line(1)}')
GAME = loss("game", "NonSaturating")
PLAIN = DATA + GENERATOR + DISCRIMINATOR + GAME


def weights(made, name):
    """A copy of a network's tensors."""
    return {key: value.clone() for key, value in made.networks[name].state_dict().items()}


def moved(made, before):
    """The networks whose tensors differ from those kept before."""
    return {n for n, kept in before.items() if any(not torch.equal(v, kept[k]) for k, v in weights(made, n).items())}


def snapshot(made):
    """All networks' tensors."""
    return {name: weights(made, name) for name in made.networks}


def moving(folder, text, overrides=(), step=0):
    """What one step moves."""
    made = trainer(folder, text, overrides, steps=step)
    before = snapshot(made)
    made.step(step)
    return moved(made, before)


def looked(folder, text, look, steps=1, overrides=()):
    """What a probe sees in the turns of some steps."""
    PROBES["look"] = lambda step: SEEN.setdefault("look", []).append((step.turn, look(step)))
    made = trainer(folder, text + loss("probe", "Probe", name='"look"'), overrides, steps=steps)
    return made, SEEN["look"]


class TestWhoLearns:
    def test_a_turn_trains_its_side_and_nothing_else_has_gradients(self, tmp_path):
        def awake(step):
            return {n for n, net in step.networks.items() if any(p.requires_grad for p in net.parameters())}

        text = (
            PLAIN
            + network("frozen", '["x"]', line(2), "")
            + network("q", '["x"]', line(2), 'trained_with = "generator"')
        )
        text += network("m", '["x"]', line(2), 'trained_with = "discriminator"') + network("alone", '["x"]', line(2))
        made, seen = looked(tmp_path, text, awake)
        assert seen == [("discriminator", {"discriminator", "m"}), ("generator", {"generator", "q", "alone"})]
        assert all(p.grad is None for p in made.networks["frozen"].parameters())
        assert not made.networks["frozen"].training and made.networks["generator"].training

    def test_no_graph_arises_behind_what_a_turn_does_not_train(self, tmp_path):
        _, seen = looked(
            tmp_path, PLAIN, lambda step: (step.fake["x"].requires_grad, step.fake["discriminator"].requires_grad)
        )
        assert seen == [("discriminator", (False, True)), ("generator", (True, True))]

    def test_also_where_a_penalty_marks_what_the_generator_reads(self, tmp_path):
        reads = network("generator", '["x", "z"]', f'{{ type = "Add", from = ["@x", "@z"] }}, {line(4)}')
        text = DATA + reads + DISCRIMINATOR + GAME + loss("r1", "R1")
        _, seen = looked(tmp_path, text, lambda step: (step.real["x"].requires_grad, step.fake["x"].requires_grad))
        assert seen == [("discriminator", (True, False)), ("generator", (False, True))]

    def test_trains_narrows_a_term(self, tmp_path):
        extra = loss("code", "Keep", name='"code"', input='"fake.q"', trains='["q"]') + network("q", '["x"]', line(2))
        made = trainer(tmp_path, DATA + GENERATOR + DISCRIMINATOR + extra)
        before = snapshot(made)
        made.step(0)
        assert moved(made, before) == {"q"}

    def test_narrowed_and_plain_losses_give_the_gradients_of_each(self, tmp_path):
        """The encoder's gradient is bit-equal to that without the other loss; the generator's is the sum's."""
        encoder = network("encoder", '["x"]', line(4), SGD + '\nmakes = "real.z"')
        text = DATA + GENERATOR + encoder + DISCRIMINATOR + GAME + '[batches.rebuilt]\nx = "real.generator"\n'
        both = loss("pixels", "MSELoss", input='"rebuilt.x"', target='"real.x"', trains='["encoder", "generator"]')
        only = loss("more", "L1Loss", input='"rebuilt.x"', target='"real.a"', trains='["encoder"]', weight=3.0)

        def gradients(*losses):
            made = trainer(tmp_path, text + "".join(losses), ["losses.game=false"])
            made.step(0)
            return {n: [p.grad for p in made.networks[n].parameters()] for n in ("encoder", "generator")}

        one, two, together = gradients(both), gradients(only), gradients(both, only)
        assert all(torch.equal(a, b) for a, b in zip(together["generator"], one["generator"], strict=True))
        assert all(
            torch.allclose(a + b, c)
            for a, b, c in zip(one["encoder"], two["encoder"], together["encoder"], strict=True)
        )
        assert all(grad is None for grad in two["generator"])

    def test_trains_moves_a_term_to_the_discriminators_turn(self, tmp_path):
        head = network("discriminator", '["x"]', f'{{ type = "Count", name = "d" }}, {line(3, "classes")}, {line(1)}')
        target = {"input": '"real.discriminator.classes"', "target": '"real.label"'}
        text = DATA + GENERATOR + head + loss("class", "CrossEntropyLoss", trains='["discriminator"]', **target)
        assert moving(tmp_path, text) == {"discriminator"}

    def test_a_term_that_trains_both_sides_is_evaluated_in_both_turns(self, tmp_path):
        text = PLAIN + loss(
            "both", "Keep", name='"both"', input='"fake.discriminator"', trains='["generator", "discriminator"]'
        )
        trainer(tmp_path, text, steps=2)
        assert len(SEEN["both"]) == 4

    def test_followers_are_trained_with_their_leader(self, tmp_path):
        mapping = network("mapping", '["z"]', line(4), 'trained_with = "generator"')
        text = DATA + mapping + network("generator", '["mapping"]', line(4)) + DISCRIMINATOR + GAME
        made = trainer(tmp_path, text)
        assert made.owners["generator"].networks == ("generator", "mapping") and "mapping" not in made.owners
        before = snapshot(made)
        made.step(0)
        assert moved(made, before) == {"generator", "mapping", "discriminator"}
        narrowed = text.replace(GAME, loss("game", "NonSaturating", trains='["generator", "discriminator"]'))
        assert moving(tmp_path, narrowed) == {"generator", "mapping", "discriminator"}

    def test_a_network_without_a_gradient_is_not_stepped(self, tmp_path):
        decay = 'optimizer = { type = "SGD", lr = 0.1, weight_decay = 0.5 }'
        text = PLAIN + network("idle", '["x"]', line(2), decay)
        assert moving(tmp_path, text) == {"generator", "discriminator"}

    def test_a_network_without_weights_may_have_an_optimizer(self, tmp_path):
        curve = 'optimizer = { type = "SGD", lr = { type = "Ramp", start = 1.0, end = 0.0, steps = 4 } }'
        text = DATA + network("generator", '["z"]', '"Tanh"', curve) + DISCRIMINATOR + GAME
        assert moving(tmp_path, text) == {"discriminator"}

    def test_a_follower_alone_leaves_its_leaders_old_gradients_unused(self, tmp_path):
        mapping = network("mapping", '["z"]', line(4), 'trained_with = "generator"')
        text = DATA + mapping + network("generator", '["mapping"]', line(4)) + DISCRIMINATOR + GAME
        text += '[phases.one]\nsteps = 2\n[phases.two]\nsteps = 2\ntrains = ["mapping"]\n'
        made = trainer(tmp_path, text, steps=2)
        before = snapshot(made)
        made.step(2)
        assert moved(made, before) == {"mapping"}

    def test_frozen_networks_stay_in_eval_mode_and_keep_their_statistics(self, tmp_path):
        frozen = network("features", '["x"]', f'"BatchNorm1d", {{ type = "Dropout", p = 0.9 }}, {line(4)}', "")
        text = DATA + GENERATOR + frozen + network("discriminator", '["features"]', line(1)) + GAME
        made = trainer(tmp_path, text)
        before = snapshot(made)
        for step in range(2):
            made.step(step)
        assert moved(made, before) == {"generator", "discriminator"}

    def test_a_loss_that_reaches_no_network_is_an_error(self, tmp_path):
        for extra, what in (
            (loss("lost", "Keep", name='"l"', input='"fake.x"', trains='["frozen"]'), "is frozen"),
            (loss("lost", "Hinge", trains='["alone"]', discriminator='"discriminator"'), "reaches no network"),
            (loss("lost", "R1", trains='["generator"]'), "reaches no network"),
            (loss("lost", "Keep", name='"l"', input='"real.x"', trains='["generator"]'), "reaches no network"),
            (loss("lost", "Keep", name='"l"', input='"fake.x"', trains='["discriminator"]'), "reaches no network"),
            (loss("lost", "MSELoss", input='"real.a"', target='"real.x"'), "reaches no network"),
        ):
            text = PLAIN + network("frozen", '["x"]', line(2), "") + network("alone", '["x"]', line(2)) + extra
            found = faults(tmp_path, text)
            assert len(found) == 1 and what in found[0][2], (extra, found)
            assert found[0][0] >= place(text, "[losses.lost]")[0]

    def test_a_phase_that_never_lists_a_loss_is_not_enough(self, tmp_path):
        text = (
            PLAIN + loss("pre", "R1") + '[phases.one]\nsteps = 1\nlosses = ["pre"]\n'
            'trains = ["generator"]\n[phases.two]\nsteps = 1\nlosses = ["game"]\n'
        )
        found = faults(tmp_path, text)
        assert len(found) == 1 and "losses.pre: reaches no network" in found[0][2]

    def test_nobody_trains_a_generator_without_optimizer_unless_it_has_weights(self, tmp_path):
        text = PLAIN.replace(SGD, "", 1)
        found = faults(tmp_path, text)
        assert len(found) == 1 and "needs `optimizer`, `trained_with` or `weights`" in found[0][2]


class TestTurns:
    def watched(self, folder, overrides=(), extra="", steps=1):
        text = DATA + GENERATOR + DISCRIMINATOR + loss("w", "Watcher") + extra
        made = trainer(folder, text, overrides, steps=steps)
        return made, SEEN["watcher"]

    def test_the_discriminators_turns_come_first_then_the_generators(self, tmp_path):
        _, seen = self.watched(tmp_path, ["run.discriminator_steps=2", "run.generator_steps=3"])
        turns = ["discriminator"] * 2 + ["generator"] * 3
        assert [(what, turn) for what, turn, *_ in seen] == [(w, t) for t in turns for w in ("prepare", t, "after")]

    def test_each_discriminator_turn_has_its_own_real_batch_the_generator_the_last(self, tmp_path):
        made, seen = looked(
            tmp_path,
            PLAIN,
            lambda step: step.real["x"].clone(),
            overrides=["run.discriminator_steps=3", "run.generator_steps=2"],
        )
        rows = [x for _, x in seen]
        assert len(rows) == 5 and made.feed.position == 24
        assert not any(torch.equal(rows[0], other) for other in rows[1:3])
        assert torch.equal(rows[3], rows[2]) and torch.equal(rows[4], rows[2])

    def test_latents_are_drawn_afresh_each_turn(self, tmp_path):
        _, seen = looked(tmp_path, PLAIN, lambda step: step.fake["z"].clone(), overrides=["run.discriminator_steps=2"])
        zs = [z for _, z in seen]
        assert len({tuple(z[0].tolist()) for z in zs}) == 3

    def test_shared_fakes_are_the_last_ones(self, tmp_path):
        options = ["run.discriminator_steps=2", "run.generator_steps=2", "run.share_fake=true"]
        _, seen = looked(tmp_path, PLAIN, lambda step: step.fake["x"].detach().clone(), overrides=options)
        xs = [x for _, x in seen]
        assert torch.equal(xs[1], xs[2]) and not torch.equal(xs[0], xs[1]) and not torch.equal(xs[2], xs[3])

    def test_no_discriminator_turn_the_generator_takes_a_batch(self, tmp_path):
        text = PLAIN + loss("pixels", "MSELoss", input='"fake.x"', target='"real.x"')
        made = trainer(tmp_path, text, ["run.discriminator_steps=0", "losses.game=false"])
        before = snapshot(made)
        for step in range(3):
            made.step(step)
        assert moved(made, before) == {"generator"} and made.feed.position == 24

    def test_turns_that_train_nothing_are_skipped(self, tmp_path):
        text = DATA + GENERATOR + DISCRIMINATOR + loss("pixels", "MSELoss", input='"fake.x"', target='"real.x"')
        trainer(tmp_path, text, ["run.discriminator_steps=5"], steps=1)
        assert CALLS["g"] == 1 and CALLS["d"] == 0

    def test_a_turn_with_only_lazy_losses_is_played_when_they_are_due(self, tmp_path):
        text = DATA + GENERATOR + DISCRIMINATOR + loss("drift", "Drift", every=3)
        made = trainer(tmp_path, text)
        states = []
        for step in range(7):
            before = snapshot(made)
            made.step(step)
            states.append(bool(moved(made, before)))
        assert states == [True, False, False, True, False, False, True]

    def test_every_counts_steps_from_0_and_scales_the_weight(self, tmp_path):
        text = DATA + GENERATOR + DISCRIMINATOR + loss("drift", "Drift", weight=0.25, every=2)
        lazy = trainer(tmp_path, text, steps=1)
        plain = trainer(tmp_path, text, ["losses.drift.every=1", "losses.drift.weight=0.5"], steps=1)
        assert not moved(lazy, snapshot(plain))
        assert lazy.values()["drift"] == plain.values()["drift"]

    def test_a_lazy_loss_takes_part_in_every_turn_of_its_step(self, tmp_path):
        _, seen = self.watched(tmp_path, ["losses.w.every=2", "run.discriminator_steps=2"], steps=3)
        assert [(index, turn) for what, turn, index, *_ in seen if what == "prepare"] == [
            (0, "discriminator"), (0, "discriminator"), (0, "generator"),
            (2, "discriminator"), (2, "discriminator"), (2, "generator"),
        ]  # fmt: skip

    def test_weights_may_be_negative_or_curves(self, tmp_path):
        curve = '{ type = "Steps", values = [1.0, 0.0, -2.0], at = [1, 2] }'
        text = DATA + GENERATOR + DISCRIMINATOR + loss("drift", "Drift", weight=curve)
        made = trainer(tmp_path, text)
        grads = []
        for step in range(3):
            made.networks["discriminator"].load_state_dict(
                trainer(tmp_path, text).networks["discriminator"].state_dict()
            )
            made.feed.position = 0
            made.step(step)
            grads.append(torch.cat([p.grad.flatten() for p in made.networks["discriminator"].parameters()]))
        assert float(grads[1].abs().max()) == 0
        assert torch.allclose(grads[2], -2 * grads[0])

    def test_prepare_changes_the_fakes_of_that_turn_alone(self, tmp_path):
        text = DATA + GENERATOR + DISCRIMINATOR + loss("pool", "ImagePool", size=8, probability=1.0) + GAME
        made, seen = looked(tmp_path, text, lambda step: step.fake["x"].detach().clone(), steps=3)
        d, g = ([x for turn, x in seen if turn == side] for side in ("discriminator", "generator"))
        # The pool is filled by the first batch; the second turn sees the first's fakes, the generators' turn its own.
        assert sorted(map(tuple, d[1].tolist())) == sorted(map(tuple, d[0].tolist()))
        assert not torch.equal(g[1], d[1]) and not torch.equal(g[0], g[1])
        assert made.states["pool"]["x"].shape == (8, 4)

    def test_prepare_may_put_other_reals_in_place(self, tmp_path):
        def shifted(step):
            if step.turn == "discriminator":
                step.real = step.real.replace(x=step.real["x"] + 1)

        PROBES["shift"] = shifted
        def look(step):
            x = step.real["x"].detach().clone()
            return x, step.real["discriminator"].detach(), step.networks["discriminator"](x).detach()

        text = DATA + GENERATOR + DISCRIMINATOR + loss("shift", "Prepared", name='"shift"') + GAME + loss("r1", "R1")
        _, ((_, (there, *logits)), (_, (plain, *others))) = looked(tmp_path, text, look)
        assert torch.equal(there, plain + 1)
        assert torch.allclose(*logits, atol=0.02) and torch.allclose(*others, atol=0.02)  # `Count` adds 0.01 a pass
        assert not torch.allclose(logits[0], others[0], atol=0.02)

    def test_a_loss_may_differentiate_in_one_side_s_turns(self, tmp_path):
        text = DATA + GENERATOR + DISCRIMINATOR + loss("game", "OneSided", name='"sides"')
        trainer(tmp_path, text, steps=1)
        assert {it for it in SEEN.pop("sides") if len(it) == 2} == {("discriminator", True), ("generator", False)}

    def test_after_comes_behind_the_optimizer_in_file_order(self, tmp_path):
        text = DATA + GENERATOR + DISCRIMINATOR + loss("game", "Wasserstein") + loss("clip", "ClipWeights", limit=0.01)
        made = trainer(tmp_path, text, steps=1)
        assert max(float(p.detach().abs().max()) for p in made.networks["discriminator"].parameters()) <= 0.01
        assert max(float(p.detach().abs().max()) for p in made.networks["generator"].parameters()) > 0.01

    def test_losses_of_the_same_turn_are_summed(self, tmp_path):
        text = DATA + GENERATOR + DISCRIMINATOR
        one = trainer(tmp_path, text + loss("a", "Drift", weight=2.0) + loss("b", "Drift", weight=3.0), steps=1)
        two = trainer(tmp_path, text + loss("a", "Drift", weight=5.0), steps=1)
        for key, value in weights(one, "discriminator").items():
            assert torch.allclose(value, weights(two, "discriminator")[key], atol=1e-6)

    def test_accumulate_weighs_parts_and_steps_once(self, tmp_path):
        adam = 'optimizer = { type = "Adam", lr = 0.1 }'
        text = PLAIN.replace(SGD, adam) + loss("r1", "R1", weight=0.3)
        whole, parts = trainer(tmp_path, text, steps=3), trainer(tmp_path, text, ["run.accumulate=4"], steps=3)
        for name in ("generator", "discriminator"):
            for key, value in weights(whole, name).items():
                assert torch.allclose(value, weights(parts, name)[key], atol=1e-5), key
        for name, value in whole.values().items():
            assert parts.values()[name] == pytest.approx(value, rel=1e-4), name
        assert (
            int(parts.owners["generator"].optimizer.state[next(iter(parts.networks["generator"].parameters()))]["step"])
            == 3
        )

    @pytest.mark.parametrize("extra", [loss("gp", "GradientPenalty"), loss("noise", "LabelNoise", flip=0.5)])
    def test_random_numbers_of_rows_are_those_of_the_whole_batch(self, tmp_path, extra):
        whole, parts = (trainer(tmp_path, PLAIN + extra, o, steps=1) for o in ((), ["run.accumulate=4"]))
        for name in ("generator", "discriminator"):
            for key, value in weights(whole, name).items():
                assert torch.allclose(value, weights(parts, name)[key], atol=1e-5), key

    def test_clipping_is_per_optimizer_and_reaches_closures_too(self, tmp_path):
        for kind in (
            '{ type = "SGD", lr = 1.0 }',
            '{ type = "ExtraAdam", lr = 1.0 }',
            '{ type = "LBFGS", lr = 1.0, max_iter = 1 }',
        ):
            text = PLAIN.replace(SGD, f"optimizer = {kind}")
            made = trainer(tmp_path, text, ["run.clip_grad_norm=1e-4"], steps=1)
            for name in ("generator", "discriminator"):
                norm = torch.cat([p.grad.flatten() for p in made.networks[name].parameters()]).norm()
                assert float(norm) == pytest.approx(1e-4, rel=1e-3), (kind, name)

    def test_a_loss_that_is_not_finite_stops_with_its_name(self, tmp_path):
        PROBES["look"] = lambda step: step.fake["discriminator"].mean() * math.inf
        made = trainer(tmp_path, PLAIN + loss("probe", "Probe", name='"look"'))
        before = snapshot(made)
        with pytest.raises(
            TrainingFault, match=r"loss 'probe.discriminator' is -?(inf|nan) at step 0 in the discriminator's turn"
        ):
            made.step(0)
        assert not moved(made, before)

    def test_a_loss_may_have_nothing_to_say(self, tmp_path):
        PROBES["look"] = lambda step: None
        text = DATA + GENERATOR + DISCRIMINATOR + loss("probe", "Probe", name='"look"')
        made = trainer(tmp_path, text, steps=2)
        assert made.values() == {}
        assert moving(tmp_path, text) == set()

    def test_layers_draw_from_a_stream_of_the_turn(self, tmp_path):
        """Whoever draws from torch's own generator between the steps changes nothing."""
        drop = GENERATOR.replace('"Tanh"', '{ type = "Dropout", p = 0.5 }, "Tanh"')
        for share in ("false", "true"):
            made = [
                trainer(tmp_path, DATA + drop + DISCRIMINATOR + GAME, [f"run.share_fake={share}"]) for _ in range(2)
            ]
            for step in range(3):
                for i, one in enumerate(made):
                    torch.manual_seed(100 * i + step)
                    one.step(step)
            assert not moved(made[0], snapshot(made[1])), share


class TestShareFake:
    def test_refused_where_the_fake_pass_reads_what_the_discriminators_turn_trains(self, tmp_path):
        reads = network("generator", '["z", "m"]', f'{{ type = "Add", from = ["@z", "@m"] }}, {line(4)}')
        shared = network("m", '["label"]', line(4), 'trained_with = "discriminator"')
        text = (
            DATA.replace("batch_size = 8", "batch_size = 8\nshare_fake = true") + reads + shared + DISCRIMINATOR + GAME
        )
        ((row, _, told),) = faults(tmp_path, text)
        assert "run.share_fake: the fake pass reads m, which the discriminators' turn trains" in told
        assert row == place(text, "[networks.generator]")[0] or row == place(text, "share_fake")[0]

    def test_also_through_a_network_called_as_a_layer_two_calls_deep(self, tmp_path):
        text = DATA.replace("batch_size = 8", "batch_size = 8\nshare_fake = true")
        text += network("m", '["z"]', line(4), 'trained_with = "discriminator"') + network(
            "between", '["z"]', '"m"', ""
        )
        text += network("embed", '["z"]', '"between"', 'trained_with = "generator"')
        text += network("generator", '["embed"]', line(4)) + DISCRIMINATOR + GAME
        found = faults(tmp_path, text)
        assert len(found) == 1 and "the fake pass reads m" in found[0][2]

    def test_only_in_the_phases_that_share(self, tmp_path):
        text = DATA + network("m", '["label"]', line(4), 'trained_with = "discriminator"')
        text += (
            network("generator", '["z", "m"]', f'{{ type = "Add", from = ["@z", "@m"] }}, {line(4)}')
            + DISCRIMINATOR
            + GAME
        )
        text += '[phases.one]\nsteps = 1\nshare_fake = true\ntrains = ["generator"]\nlosses = ["game"]\n'
        text += "[phases.two]\nsteps = 2\n"
        assert not faults(tmp_path, text)
        assert faults(tmp_path, text.replace('trains = ["generator"]\n', ""))


class TestPhases:
    TEXT = (
        PLAIN
        + loss("warm", "MSELoss", input='"fake.x"', target='"real.x"')
        + """
    [phases.pretrain]
    steps = 3
    batch_size = 4
    losses = ["warm"]
    trains = ["generator"]
    [phases.game]
    steps = 2
    discriminator_steps = 2
    losses = ["game"]
    [phases.both]
    steps = 4
    """
    )

    def test_a_phase_is_a_run_for_a_stretch(self, tmp_path):
        made = trainer(tmp_path, self.TEXT)
        assert [(p.name, p.begin, p.end) for p in made.plan.parts.phases] == [
            ("pretrain", 0, 3),
            ("game", 3, 5),
            ("both", 5, 9),
        ]
        told = []
        for step in range(9):
            before = snapshot(made)
            position = made.feed.position
            made.step(step)
            told.append((made.now(step).phase, sorted(moved(made, before)), made.feed.position - position))
        assert told[:3] == [("pretrain", ["generator"], 4)] * 3
        assert told[3:5] == [("game", ["discriminator", "generator"], 16)] * 2
        assert told[5:] == [("both", ["discriminator", "generator"], 8)] * 4
        assert made.stretch(100).name == "both"

    def test_steps_default_to_runs(self, tmp_path):
        made = planned(tmp_path, self.TEXT.replace("steps = 4\n", ""), ["run.steps=7"])
        assert made.parts.phases[-1].end == 12

    def test_optimizers_go_on(self, tmp_path):
        made = trainer(tmp_path, self.TEXT.replace(SGD, 'optimizer = "Adam"'), steps=6)
        state = made.owners["generator"].optimizer.state
        assert {int(entry["step"]) for entry in state.values()} == {6}
        assert {int(entry["step"]) for entry in made.owners["discriminator"].optimizer.state.values()} == {5}

    def test_what_a_whole_phase_does_not_train_is_frozen_in_it(self, tmp_path):
        text = self.TEXT.replace(line(4, "h"), line(4, "h") + ', "BatchNorm1d"')
        text = text.replace('losses = ["game"]', 'losses = ["game"]\ntrains = ["discriminator"]')
        made = trainer(tmp_path, text)
        modes = []
        for step in range(6):
            before = snapshot(made)
            made.step(step)
            modes.append(
                (
                    made.networks["generator"].training,
                    made.networks["discriminator"].training,
                    "generator" in moved(made, before),
                )
            )
        assert modes == [(True, False, True)] * 3 + [(False, True, False)] * 2 + [(True, True, True)]

    def test_terms_of_a_phase(self, tmp_path):
        made = trainer(tmp_path, self.TEXT, steps=2)
        assert set(made.values()) == {"warm"}
        for step in range(2, 4):
            made.step(step)
        assert set(made.values()) == {"warm", "game.discriminator", "game.generator"}


class TestNumbers:
    def test_rates_betas_and_weights_follow_curves_of_the_whole_runs_step(self, tmp_path):
        ramp = '{ type = "Ramp", start = 1.0, end = 0.0, steps = 4 }'
        fall = '{ type = "Ramp", start = 0.9, end = 0.5, steps = 4 }'
        adam = f'optimizer = {{ type = "Adam", lr = {ramp}, betas = [0.5, {fall}] }}'
        text = DATA + GENERATOR.replace(SGD, adam) + DISCRIMINATOR + GAME
        text += "[phases.one]\nsteps = 2\n[phases.two]\nsteps = 4\n"
        made = trainer(tmp_path, text)
        (group,) = made.owners["generator"].optimizer.param_groups
        seen = []
        for step in range(6):
            made.step(step)
            seen.append((group["lr"], *group["betas"]))
        assert [lr for lr, _, _ in seen] == pytest.approx([1.0, 0.75, 0.5, 0.25, 0.0, 0.0])
        assert [b for _, _, b in seen] == pytest.approx([0.9, 0.8, 0.7, 0.6, 0.5, 0.5]) and {a for _, a, _ in seen} == {
            0.5
        }

    def test_a_schedule_is_stepped_once_a_step(self, tmp_path):
        keys = SGD + '\nschedule = { type = "StepLR", step_size = 2, gamma = 0.1 }'
        text = DATA + GENERATOR.replace(SGD, keys) + DISCRIMINATOR + GAME
        made = trainer(tmp_path, text, ["run.generator_steps=3"])
        rates = []
        for step in range(5):
            rates.append(made.owners["generator"].optimizer.param_groups[0]["lr"])
            made.step(step)
        assert rates == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001])

    def test_a_schedule_of_a_network_that_a_phase_does_not_train_warns_nobody(self, tmp_path):
        keys = SGD + '\nschedule = { type = "StepLR", step_size = 2, gamma = 0.1 }'
        text = (
            DATA
            + GENERATOR
            + DISCRIMINATOR.replace(SGD, keys)
            + GAME
            + loss("warm", "MSELoss", input='"fake.x"', target='"real.x"')
        )
        text += '[phases.one]\nsteps = 2\nlosses = ["warm"]\ntrains = ["generator"]\n[phases.two]\nsteps = 2\n'
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            trainer(tmp_path, text, steps=4)

    def test_a_schedule_beside_a_curve_is_an_error(self, tmp_path):
        keys = (
            'optimizer = { type = "SGD", lr = { type = "Ramp", start = 1.0, end '
            '= 0.0, steps = 4 } }\nschedule = { type = "StepLR", step_size = 2 }'
        )
        found = faults(tmp_path, DATA + GENERATOR.replace(SGD, keys) + DISCRIMINATOR + GAME)
        assert len(found) == 1 and "schedule" in found[0][2]

    def test_curves_of_losses_and_augmentations_are_read_each_step(self, tmp_path):
        ramp = '{ type = "Ramp", start = 0.0, end = 4.0, steps = 4 }'
        augmented = DISCRIMINATOR.replace(SGD, SGD + f'\naugment = {{ type = "Plus", amount = {ramp} }}')
        made, seen = looked(tmp_path, DATA + GENERATOR + augmented + GAME, lambda step: step.real["x"].clone())
        means = []
        for step in range(4):
            SEEN.clear()
            made.step(step)
            means.append(float((SEEN["d"][0] - SEEN["look"][0][1]).mean()))
        assert means == pytest.approx([0.0, 1.0, 2.0, 3.0], abs=1e-5)

    def test_a_latent_that_is_a_curve(self, tmp_path):
        text = (
            PLAIN + '[latents.fade]\ntype = "Constant"\nvalue = { type = "Ramp", start = 0.0, end = 1.0, steps = 2 }\n'
        )
        _, seen = looked(tmp_path, text, lambda step: float(step.fake["fade"].unique()), steps=3)
        assert [value for _, value in seen] == [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]


class TestAverages:
    def test_the_average_moves_once_a_step_after_the_last_generator_turn(self, tmp_path):
        text = PLAIN.replace(SGD, SGD + "\nema = 0.75", 1)
        made = trainer(tmp_path, text, ["run.generator_steps=2"])
        by_hand = weights(made, "generator")
        for step in range(4):
            made.step(step)
            for key, value in weights(made, "generator").items():
                by_hand[key] = torch.lerp(by_hand[key], value, 0.25)
        twin = made.model.twins["generator_ema"]
        assert all(torch.equal(by_hand[key], value) for key, value in twin.state_dict().items())
        assert not twin.training and not any(p.requires_grad for p in twin.parameters())
        assert set(made.model.everything()) == {"generator", "discriminator", "generator_ema"}

    def test_followers_inherit_it_and_false_turns_it_off(self, tmp_path):
        def followers(keys):
            mapping = network("mapping", '["z"]', line(4), f'trained_with = "generator"\n{keys}')
            generator = network(
                "generator", '["z"]', f'{{ type = "mapping", from = "@z" }}, {line(4)}', SGD + "\nema = 0.5"
            )
            return trainer(tmp_path, DATA + mapping + generator + DISCRIMINATOR + GAME, steps=2)

        made = followers("")
        assert set(made.model.twins) == {"generator_ema", "mapping_ema"}
        twin = made.model.twins["generator_ema"]
        z = torch.randn(8, 4)
        mapped = made.model.twins["mapping_ema"](z)
        state = twin.state_dict()
        assert torch.allclose(twin(z), mapped @ state["Linear_0.weight"].T + state["Linear_0.bias"], atol=1e-6)
        assert not torch.equal(mapped, made.networks["mapping"](z))
        without = followers("ema = false")
        assert set(without.model.twins) == {"generator_ema"}
        assert without.model.twins["generator_ema"].shared["mapping"] is without.networks["mapping"]

    def test_buffers_are_copied(self, tmp_path):
        text = PLAIN.replace(line(4, "h"), line(4, "h") + ', "BatchNorm1d"').replace(SGD, SGD + "\nema = 0.9", 1)
        made = trainer(tmp_path, text, steps=3)
        live, twin = made.networks["generator"].state_dict(), made.model.twins["generator_ema"].state_dict()
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            assert torch.equal(live[f"BatchNorm1d_0.{name}"], twin[f"BatchNorm1d_0.{name}"])
        assert not torch.equal(live["h.weight"], twin["h.weight"])

    def test_a_curve_or_a_half_life(self, tmp_path):
        text = PLAIN.replace(SGD, SGD + '\nema = { type = "HalfLife", images = 16 }', 1)
        made = trainer(tmp_path, text)
        before = weights(made, "generator")
        made.step(0)
        after, twin = weights(made, "generator"), made.model.twins["generator_ema"].state_dict()
        keep = 0.5**0.5
        for key in before:
            assert torch.allclose(twin[key], keep * before[key] + (1 - keep) * after[key], atol=1e-6)
        curve = PLAIN.replace(SGD, SGD + '\nema = { type = "Steps", values = [0.0, 1.0], at = [1] }', 1)
        made = trainer(tmp_path, curve, steps=1)
        kept = weights(made, "generator")
        made.step(1)
        twin = made.model.twins["generator_ema"].state_dict()
        assert all(torch.equal(twin[key], kept[key]) for key in kept)


class TestPairs:
    TEXT = DATA.replace("shapes.x", "shapes.b") + "".join(
        network(name, f'["{reads}"]', line(4 if makes else 1), f'{SGD}\n{"makes" if makes else "judges"} = "{field}"')
        for name, reads, makes, field in (
            ("ab", "a", True, "b"),
            ("ba", "b", True, "a"),
            ("judge_a", "a", False, "a"),
            ("judge_b", "b", False, "b"),
        )  # fmt: skip
    )

    def test_a_discriminator_is_paired_with_whoever_makes_its_field(self, tmp_path):
        made = trainer(tmp_path, self.TEXT + loss("w", "Watcher"), steps=1)
        seen = [(what, g, d) for what, _, _, g, d in SEEN["watcher"] if what in ("discriminator", "generator")]
        pairs = [("ab", "judge_b"), ("ba", "judge_a")]
        assert seen == [(side, *pair) for side in ("discriminator", "generator") for pair in pairs]
        assert set(made.states) == {"w.ab.judge_b", "w.ba.judge_a"}
        assert set(made.values()) == {f"w.{side}.{g}.{d}" for side in ("discriminator", "generator") for g, d in pairs}

    def test_a_loss_is_narrowed_to_a_pair(self, tmp_path):
        for keys, pairs in (({"generator": '"ab"'}, {"ab.judge_b"}), ({"discriminator": '"judge_a"'}, {"ba.judge_a"})):
            made = trainer(tmp_path, self.TEXT + loss("w", "Watcher", **keys), steps=1)
            assert {name.partition("tor.")[2] for name in made.values()} == pairs
        text = self.TEXT + loss("w", "Watcher", generator='"ab"', discriminator='"judge_a"')
        found = faults(tmp_path, text)
        assert len(found) == 1 and "reaches no network" in found[0][2]

    def test_what_reads_fake_is_evaluated_once_per_generator_and_anything_else_once(self, tmp_path):
        text = (
            self.TEXT
            + loss("f", "Keep", name='"f"', input='"fake.a"')
            + loss("r", "Keep", name='"r"', input='"real.ab"')
        )
        text += loss("o", "OrthogonalRegularization", trains='["ab", "ba"]') + loss(
            "g", "Keep", name='"g"', input='"fake.b"', generator='"ab"'
        )
        made = trainer(tmp_path, text, steps=1)
        assert {n: len(SEEN[n]) for n in "frg"} == {"f": 2, "r": 1, "g": 1}
        assert set(made.values()) == {"f.ab", "f.ba", "r", "o", "g.ab"}

    def test_pairs_asks_once_a_turn_for_all(self, tmp_path):
        PROBES["look"] = lambda step: SEEN.setdefault("all", []).append(
            [(s.generator, s.discriminator) for s in step.pairs]
        )
        trainer(tmp_path, self.TEXT + loss("p", "Probe", name='"look"'), steps=1)
        assert SEEN["all"][0] == [("ab", "judge_b"), ("ba", "judge_a")]

    def test_two_generators_of_one_field(self, tmp_path):
        second = network("second", '["z"]', line(4), SGD + '\nmakes = "x"')
        made = trainer(tmp_path, PLAIN + second, steps=1)
        assert set(made.values()) == {
            f"game.{side}.{g}.discriminator" for side in ("discriminator", "generator") for g in ("generator", "second")
        }
        before = snapshot(made)
        made.step(1)
        assert moved(made, before) == {"generator", "second", "discriminator"}

    def test_two_discriminators_of_one_field_and_path_length_once(self, tmp_path):
        text = PLAIN + network("other", '["x"]', line(1), SGD + '\njudges = "x"')
        text += loss("path", "PathLength", wire='"fake.generator.h"')
        made = trainer(tmp_path, text, steps=1)
        assert {n for n in made.values() if n.startswith("path")} == {"path"}
        assert {n for n in made.values() if n.startswith("game.gen")} == {
            "game.generator.generator.discriminator",
            "game.generator.generator.other",
        }

    def test_state_is_per_pair(self, tmp_path):
        made = trainer(tmp_path, self.TEXT + loss("l", "LeCam") + loss("game", "Hinge"), steps=3)
        assert set(made.states) == {"l.ab.judge_b", "l.ba.judge_a"}
        assert {int(state["seen"]) for state in made.states.values()} == {3}

    def test_sums_over_pairs(self, tmp_path):
        made = trainer(tmp_path, self.TEXT + loss("game", "Hinge"))
        before = snapshot(made)
        made.step(0)
        assert moved(made, before) == {"ab", "ba", "judge_a", "judge_b"}


class TestLosses:
    @pytest.mark.parametrize(
        "extra",
        [
            loss("l", "LatentOptimisation"),
            loss("l", "Unrolled", steps=2),
            loss("l", "LeCam", warmup=1),
            loss("l", "GradientPenalty"),
            loss("l", "R2", every=2),
            loss("l", "ConsistencyRegularization", augment='"Plus"', on_latent=5.0, spread=0.5),
            loss("l", "ImagePool", size=4),
            loss("l", "OrthogonalRegularization"),
            loss("l", "Minimax", symmetric="true"),
            loss("l", "PathLength", wire='"fake.generator.h"'),
            loss("l", "EBGAN"),
        ],
        ids=lambda text: text.split('"')[1],
    )
    def test_the_stock_in_the_engine(self, tmp_path, extra):
        made = trainer(tmp_path, PLAIN + extra)
        before = snapshot(made)
        for step in range(4):
            made.step(step)
        assert moved(made, before) == {"generator", "discriminator"}
        assert all(math.isfinite(value) for value in made.values().values())

    def test_latent_optimisation_moves_what_both_sides_see(self, tmp_path):
        made, seen = looked(
            tmp_path,
            DATA + GENERATOR + DISCRIMINATOR + loss("l", "LatentOptimisation", fraction=1.0, limit=100.0) + GAME,
            lambda step: (step.fake["z"], step.real["z"], step.fake["x"], step.fake["generator.h"]),
        )
        for turn, (z, drawn, x, h) in seen:
            assert not torch.equal(z, drawn), turn
            assert torch.equal(h.tanh(), x)
        assert len(seen) == 2

    def test_unrolling_leaves_the_discriminator_where_it_was(self, tmp_path):
        text = DATA + GENERATOR + DISCRIMINATOR + loss("l", "Unrolled", steps=3, lr=1.0)
        made = trainer(tmp_path, text, ["run.discriminator_steps=0"])
        before = snapshot(made)
        made.step(0)
        assert moved(made, before) == {"generator"}

    def test_wires_that_are_nothing(self, tmp_path):
        for wire, told in (
            ("fake.y", "unknown name 'y'"),
            ("fake.generator.hh", "binds no wire 'hh'; there are h, z; did you mean 'h'?"),
            ("faek.x", "did you mean 'fake'?"),
        ):
            text = PLAIN + loss("k", "Keep", name='"k"', input=f'"{wire}"')
            found = faults(tmp_path, text)
            assert len(found) == 1 and told in found[0][2], (wire, found)
            assert found[0][:2] == place(text, f'"{wire}"')

    def test_a_network_that_is_only_a_layer_is_in_no_batch(self, tmp_path):
        cell = network(
            "cell", '["h", "z"]', f'{{ type = "Add", from = ["@h", "@z"] }}, {line(4)}', 'trained_with = "generator"'
        )
        calls = network("generator", '["z"]', f'{line(4)}, {{ type = "cell", from = ["@last", "@z"], as = "out" }}')
        text = DATA + cell + calls + DISCRIMINATOR + GAME
        assert not faults(tmp_path, text)
        text += loss("k", "Keep", name='"k"', input='"fake.cell"')
        found = faults(tmp_path, text)
        assert len(found) == 1 and "'cell' reads 'h', which no batch has" in found[0][2]

    def test_a_loss_wire_without_a_batch(self, tmp_path):
        text = PLAIN + loss("k", "Keep", name='"k"', input='"x"')
        found = faults(tmp_path, text)
        assert len(found) == 1 and found[0][:2] == place(text, '"x"', text.count('"x"'))


class TestWeights:
    def file(self, folder, made, names, prefix="generator."):
        """A safetensors file with some of a network's tensors."""
        state = made.networks["generator"].state_dict()
        save_file({f"{prefix}{n}": torch.full_like(state[n], 0.5) for n in names}, folder / "w.safetensors")

    def loaded(self, folder, keys='weights = "w.safetensors"', optimizer=SGD):
        return trainer(folder, DATA + GENERATOR.replace(SGD, f"{optimizer}\n{keys}") + DISCRIMINATOR + GAME)

    def test_what_fits_is_loaded_and_told(self, tmp_path):
        self.file(tmp_path, trainer(tmp_path, PLAIN), ["h.weight"])
        made = self.loaded(tmp_path)
        assert float(made.networks["generator"].state_dict()["h.weight"].mean()) == 0.5
        (told,) = made.model.notices
        assert told.startswith("generator: loaded 1 of 2 from ") and "(generator)" in told
        assert told.endswith("new: h.bias; unused: none")

    def test_averaged_ones_come_first_then_bare_names(self, tmp_path):
        plain = trainer(tmp_path, PLAIN)
        state = plain.networks["generator"].state_dict()
        both = {f"generator.{n}": torch.zeros_like(v) for n, v in state.items()}
        both |= {f"generator_ema.{n}": torch.ones_like(v) for n, v in state.items()} | {"other.x": torch.ones(1)}
        save_file(both, tmp_path / "w.safetensors")
        made = self.loaded(tmp_path)
        assert (
            float(made.networks["generator"].state_dict()["h.weight"].mean()) == 1
            and "(generator_ema)" in made.model.notices[0]
        )
        save_file(
            {**{n: torch.full_like(v, 2.0) for n, v in state.items()}, "extra": torch.ones(1)},
            tmp_path / "w.safetensors",
        )
        made = self.loaded(tmp_path)
        assert float(made.networks["generator"].state_dict()["h.weight"].mean()) == 2
        assert made.model.notices[0].endswith("new: none; unused: extra")

    def test_the_average_starts_from_what_was_loaded(self, tmp_path):
        self.file(tmp_path, trainer(tmp_path, PLAIN), ["h.weight", "h.bias"])
        made = self.loaded(tmp_path, 'ema = 0.9\nweights = "w.safetensors"')
        assert float(made.model.twins["generator_ema"].state_dict()["h.weight"].mean()) == 0.5

    def test_a_frozen_generator_needs_weights_only(self, tmp_path):
        self.file(tmp_path, trainer(tmp_path, PLAIN), ["h.weight"])
        made = self.loaded(tmp_path, optimizer="")
        before = snapshot(made)
        made.step(0)
        assert moved(made, before) == {"discriminator"} and not made.networks["generator"].training

    @pytest.mark.parametrize(
        ("tensors", "keys", "told"),
        [
            ({"generator.h.weight": (3, 4)}, "", "'h.weight' is (3, 4) in"),
            ({"generator.h.wieght": (4, 4)}, "", "has the name of a tensor of 'generator'"),
            ({"discriminator.h.weight": (4, 4)}, "", "has the name of a tensor of 'generator'"),
        ],
    )
    def test_what_is_refused(self, tmp_path, tensors, keys, told):
        save_file({n: torch.zeros(shape) for n, shape in tensors.items()}, tmp_path / "w.safetensors")
        with pytest.raises(SpecError) as error:
            self.loaded(tmp_path, 'weights = "w.safetensors"' + keys)
        assert told in str(error.value) and "networks.generator.weights" in str(error.value)
        assert error.value.errors[0].place.line > 1

    def test_a_tensor_of_another_shape_may_be_skipped(self, tmp_path):
        save_file(
            {"generator.h.weight": torch.zeros(3, 4), "generator.h.bias": torch.ones(4)}, tmp_path / "w.safetensors"
        )
        made = self.loaded(tmp_path, 'weights = "w.safetensors"\nweights_skip = ["h.weight"]')
        assert made.model.notices[0].endswith("new: h.weight; unused: h.weight")
        assert float(made.networks["generator"].state_dict()["h.bias"].mean()) == 1

    def test_from_a_run_its_newest_checkpoint(self, tmp_path):
        text = PLAIN.replace(SGD, SGD + "\nema = 0.5", 1).replace(
            "batch_size = 8", "batch_size = 8\nsteps = 2\ncheckpoint_every = 1"
        )
        run = api.train(api.read_spec(written(tmp_path, text)), tmp_path / "runs" / "toy" / "0001", registry=registry())
        for where in ("runs/toy/0001", "runs/toy"):
            made = self.loaded(tmp_path, f'weights = "{where}"')
            kept = run.networks["generator_ema"].state_dict()
            assert all(torch.equal(kept[k], v) for k, v in made.networks["generator"].state_dict().items())
            assert "step-00000002 (generator_ema)" in made.model.notices[0] and "loaded 2 of 2" in made.model.notices[0]

    def test_a_file_that_is_not_there_or_no_safetensors(self, tmp_path):
        with pytest.raises(SpecError, match="w.safetensors"):
            self.loaded(tmp_path)
        (tmp_path / "w.safetensors").write_bytes(b"not tensors at all")
        with pytest.raises(SpecError, match="is no safetensors file"):
            self.loaded(tmp_path)
