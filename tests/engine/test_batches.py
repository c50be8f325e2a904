"""What a name means in a batch, and that each network is computed once (rules 8 and 9)."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from ganframe.scene import Latents, Scene
from tests.engine.lab import CALLS, PROBES, SEEN, faults, place, planned, trainer

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

OPT = 'optimizer = { type = "SGD", lr = 0.1 }'


def network(name, inputs, layers, keys=OPT):
    """A network's table."""
    return f"\n[networks.{name}]\ninputs = {inputs}\n{keys}\nlayers = [{layers}]\n"


GENERATOR = network(
    "generator",
    '["z", "label"]',
    """
  { type = "Count", name = "g" }, { type = "Concat", from = ["@last", "@label"] },
  { type = "Linear", out_features = 4, as = "h" }, "Tanh" """,
)
DISCRIMINATOR = network(
    "discriminator",
    '["x", "label"]',
    """
  { type = "Count", name = "d" }, { type = "Concat", from = ["@last", "@label"] },
  { type = "Linear", out_features = 5 },
  { type = "Tanh", as = "features" }, { type = "Linear", out_features = 1, as = "logits" } """,
)
GAME = '\n[losses.game]\ntype = "Hinge"\n'
#: Inner wires that a loss names are planned for: one pass gives them all.
ASKED = """
[losses.features]
type = "Keep"
name = "features"
input = "fake.discriminator.features"
[losses.h]
type = "Keep"
name = "h"
input = "fake.generator.h"
"""


def scene_of(made, step=0, part=None) -> Scene:
    """All batches of a turn, before anything is computed."""
    fields = made.feed.next(8)
    now = made.now(step)
    parts = made.plan.parts

    def stream(name):
        return made.stream("latent", name, step, 0)

    latents = Latents(parts.latents, 8, made.now(step), fields, parts.data, stream)
    return made.scene(latents, fields, now, part, (step, 0))


class TestLookup:
    def test_real_holds_the_fields_and_fake_what_is_made_over_the_latents_over_them(self, tmp_path):
        made = trainer(tmp_path, DATA + GENERATOR + DISCRIMINATOR + GAME)
        scene = scene_of(made)
        real, fake = scene.real, scene.fake("generator")
        held = made.plan.parts.data.rows
        rows = real["a"]
        assert all(any(torch.equal(row, other) for other in held["a"]) for row in rows)
        assert fake["a"] is real["a"] and fake["label"] is real["label"]
        assert not torch.equal(fake["x"], real["x"])
        by_hand = made.networks["generator"](fake["z"], real["label"])
        assert torch.equal(fake["x"], by_hand)
        assert list(real) == ["a", "label", "x"] and real.rows == 8
        assert "generator.h" in fake and "generator.nope" not in fake and "nope" not in real

    def test_a_latent_is_drawn_once_and_is_the_same_tensor_in_every_batch(self, tmp_path):
        made = trainer(
            tmp_path,
            DATA + GENERATOR + DISCRIMINATOR + GAME + '[batches.other]\nx = "real.a"\n[losses.k]\n'
            'type = "Keep"\nname = "k"\ninput = "other.x"\ntrains = ["generator"]\n',
            ["losses.k=false", "batches.other.x='real.a'"],
        )
        scene = scene_of(made)
        z = scene.fake("generator")["z"]
        assert scene.real["z"] is z and scene.base["z"] is z and scene.batch("other", None)["z"] is z
        assert torch.equal(z, torch.randn(8, 4, generator=made.stream("latent", "z", 0, 0)))

    def test_a_network_in_the_real_batch_runs_on_the_real_batch(self, tmp_path):
        made = trainer(tmp_path, DATA + GENERATOR + DISCRIMINATOR + GAME)
        scene = scene_of(made)
        nets = made.networks
        assert torch.equal(scene.real["discriminator"], nets["discriminator"](scene.real["x"], scene.real["label"]))
        fake = scene.fake("generator")
        assert torch.equal(fake["discriminator"], nets["discriminator"](fake["x"], scene.real["label"]))
        assert torch.equal(scene.real["generator"], nets["generator"](scene.real["z"], scene.real["label"]))

    def test_inner_wires_come_from_the_same_pass(self, tmp_path):
        made = trainer(tmp_path, DATA + GENERATOR + DISCRIMINATOR + GAME + ASKED)
        scene = scene_of(made)
        fake = scene.fake("generator")
        features, logits, again, x = (
            fake["discriminator.features"],
            fake["discriminator"],
            fake["discriminator.logits"],
            fake["discriminator.x"],
        )
        assert torch.equal(logits, again) and x is fake["x"]
        last = made.networks["discriminator"].state_dict()
        assert torch.allclose(logits, F.linear(features, last["logits.weight"], last["logits.bias"]))
        assert CALLS["d"] == 1

    def test_in_its_own_fake_batch_a_generators_names_mean_the_pass_that_made_it(self, tmp_path):
        made = trainer(tmp_path, DATA + GENERATOR + DISCRIMINATOR + GAME + ASKED)
        fake = scene_of(made).fake("generator")
        assert torch.equal(fake["generator"], fake["x"])
        assert torch.equal(fake["generator.h"].tanh(), fake["x"])
        assert CALLS["g"] == 1

    def test_a_generator_reads_the_real_field_it_replaces(self, tmp_path):
        text = (
            DATA
            + network(
                "generator",
                '["x", "z"]',
                '{ type = "Add", from = ["@x", "@z"] }, { type = "Linear", out_features = 4, as = "h" }',
            )
            + DISCRIMINATOR
            + GAME
        )
        made = trainer(tmp_path, text)
        scene = scene_of(made)
        fake = scene.fake("generator")
        by_hand = made.networks["generator"](scene.real["x"], scene.real["z"])
        assert torch.equal(fake["x"], by_hand) and torch.equal(fake["generator"], by_hand)

    def test_a_latent_with_a_fields_name_replaces_it_in_fake_alone(self, tmp_path):
        for kind in (
            'type = "OneHot"\nsize = 3',
            'type = "Shuffle"\nfield = "label"',
            'type = "FromData"\nfield = "label"',
        ):
            made = trainer(tmp_path, DATA + f"[latents.label]\n{kind}\n" + GENERATOR + DISCRIMINATOR + GAME)
            scene = scene_of(made)
            real, fake = scene.real, scene.fake("generator")
            assert not torch.equal(real["label"], fake["label"]), kind
            assert set(fake["label"].sum(1).tolist()) == {1.0}
            nets = made.networks
            assert torch.equal(fake["x"], nets["generator"](fake["z"], fake["label"]))
            assert torch.equal(fake["discriminator"], nets["discriminator"](fake["x"], fake["label"]))
            assert torch.equal(real["discriminator"], nets["discriminator"](real["x"], real["label"]))
            if "Shuffle" in kind:
                assert torch.equal(real["label"].sum(0), fake["label"].sum(0))

    def test_the_maker_of_a_name_that_the_batch_lacks(self, tmp_path):
        text = (
            DATA
            + GENERATOR
            + network(
                "encoder",
                '["x"]',
                '{ type = "Count", name = "e" }, { type = "Linear", out_features = 4 }',
                'trained_with = "generator"\nmakes = "real.z"',
            )
            + network(
                "discriminator",
                '["x", "z"]',
                '{ type = "Concat", from = ["@x", "@z"] }, { type = "Linear", out_features = 1 }',
            )
            + GAME
        )
        made = trainer(tmp_path, text)
        scene = scene_of(made)
        real, fake = scene.real, scene.fake("generator")
        encoded = made.networks["encoder"](real["x"])
        CALLS.clear()
        assert torch.equal(real["z"], encoded)
        assert torch.equal(real["discriminator"], made.networks["discriminator"](real["x"], encoded))
        assert torch.equal(fake["z"], torch.randn(8, 4, generator=made.stream("latent", "z", 0, 0)))
        assert torch.equal(fake["encoder"], made.networks["encoder"](fake["x"]))
        assert torch.equal(real["generator"], made.networks["generator"](encoded, real["label"]))
        assert CALLS["e"] == 3  # once on real, once on fake, once by hand

    def test_several_made_names_and_a_pyramid_of_the_real_batch(self, tmp_path):
        text = DATA + network(
            "generator",
            '["z"]',
            '{ type = "Linear", out_features = 4, as = "big" }, { type = "Linear", out_features = 2, as = "small" }',
            OPT + '\nmakes = { x = "@big", s = "@small" }',
        )
        text += network("pyramid", '["x"]', '{ type = "Slice", stop = 2, as = "s" }', 'makes = { real.s = "@s" }')
        text += (
            network(
                "discriminator",
                '["x", "s"]',
                '{ type = "Concat", from = ["@x", "@s"] }, { type = "Linear", out_features = 1 }',
            )
            + GAME
        )
        made = trainer(tmp_path, text)
        scene = scene_of(made)
        fake = scene.fake("generator")
        assert torch.equal(scene.real["s"], scene.real["x"][:, :2])
        assert fake["s"].shape == (8, 2) and not torch.equal(fake["s"], fake["x"][:, :2])
        assert torch.equal(fake["s"], fake["generator.small"])
        for step in range(2):
            made.step(step)

    def test_an_unknown_name_says_what_there_is(self, tmp_path):
        made = trainer(tmp_path, DATA + GENERATOR + DISCRIMINATOR + GAME)
        with pytest.raises(
            KeyError,
            match="a batch has no 'lable'; there are a, discriminator, generator, label, x, z; did you mean 'label'",
        ):
            scene_of(made).real["lable"]

    def test_two_generators_see_their_own_fakes(self, tmp_path):
        text = DATA.replace("shapes.x", "shapes.b")
        text += network(
            "ab",
            '["a"]',
            '{ type = "Count", name = "ab" }, { type = "Linear", out_features = 4 }',
            OPT + '\nmakes = "b"',
        )
        text += network(
            "ba",
            '["b"]',
            '{ type = "Count", name = "ba" }, { type = "Linear", out_features = 4 }',
            OPT + '\nmakes = "a"',
        )
        text += network("judge", '["b"]', '{ type = "Linear", out_features = 1 }', OPT + '\njudges = "b"') + GAME
        made = trainer(tmp_path, text)
        scene = scene_of(made)
        nets, real, ab, ba = made.networks, scene.real, scene.fake("ab"), scene.fake("ba")
        assert ab["a"] is real["a"] and torch.equal(ab["b"], nets["ab"](real["a"]))
        assert torch.equal(ba["a"], nets["ba"](real["b"])) and ba["b"] is real["b"]
        CALLS.clear()
        assert torch.equal(ab["ba"], nets["ba"](ab["b"]))
        assert torch.equal(real["ba"], nets["ba"](real["b"]))
        assert torch.equal(ab["judge"], nets["judge"](ab["b"])) and torch.equal(ba["judge"], nets["judge"](real["b"]))
        assert CALLS["ab"] == 0


class TestNamed:
    TEXT = (
        DATA
        + GENERATOR
        + DISCRIMINATOR
        + network("encoder", '["x"]', '{ type = "Linear", out_features = 4 }', OPT + '\nmakes = "real.z"')
        + network("aside", '["a"]', '{ type = "Count", name = "aside" }, "Tanh"', "")
        + """
    [batches.rebuilt]
    x = "real.generator"
    [batches.back]
    x = "fake.x"
    a = "rebuilt.generator.h"
    [losses.one]
    type = "Keep"
    name = "one"
    input = "rebuilt.discriminator.features"
    [losses.two]
    type = "Keep"
    name = "two"
    input = "back.generator"
    """
        + GAME
    )

    def test_the_real_batch_with_names_replaced(self, tmp_path):
        made = trainer(tmp_path, self.TEXT)
        scene = scene_of(made)
        nets, real, rebuilt = made.networks, scene.real, scene.batch("rebuilt", None)
        image = nets["generator"](nets["encoder"](real["x"]), real["label"])
        assert torch.equal(rebuilt["x"], image) and rebuilt["label"] is real["label"]
        assert torch.equal(rebuilt["discriminator"], nets["discriminator"](image, real["label"]))
        assert torch.equal(rebuilt["z"], nets["encoder"](image))

    def test_what_hangs_not_on_the_replaced_names_is_the_real_batchs(self, tmp_path):
        made = trainer(tmp_path, self.TEXT)
        scene = scene_of(made)
        assert scene.real["aside"] is scene.batch("rebuilt", None)["aside"] and CALLS["aside"] == 1
        scene.batch("back", "generator")["aside"]
        assert CALLS["aside"] == 2

    def test_a_batch_of_batches_is_each_generators_own(self, tmp_path):
        made = trainer(tmp_path, self.TEXT)
        scene = scene_of(made)
        back, fake = scene.batch("back", "generator"), scene.fake("generator")
        assert back["x"] is fake["x"] and back["a"] is scene.batch("rebuilt", "generator")["generator.h"]
        assert torch.equal(
            back["generator"], made.networks["generator"](made.networks["encoder"](fake["x"]), back["label"])
        )

    def test_faults_in_batches(self, tmp_path):
        for wrong, told in (
            ('x = "fake.y"', "unknown name 'y'"),
            ('x = "faek.x"', "there is no batch 'faek'; did you mean 'fake'?"),
            ('x = "real.generator.hh"', "binds no wire 'hh'; did you mean 'h'?"),
            ('xx = "fake.x"', "'xx'"),
        ):
            text = self.TEXT.replace('x = "fake.x"', wrong)
            found = faults(tmp_path, text)
            assert len(found) == 1 and told in found[0][2], (wrong, found)
            assert found[0][0] == place(text, wrong)[0]

    def test_batches_that_read_one_another_in_a_circle(self, tmp_path):
        text = self.TEXT.replace('x = "real.generator"', 'x = "back.x"').replace('x = "fake.x"', 'x = "rebuilt.x"')
        found = faults(tmp_path, text)
        assert found and "circle" in found[0][2]


class TestReplace:
    def test_it_forgets_only_what_hangs_on_the_names(self, tmp_path):
        text = (
            DATA
            + GENERATOR
            + DISCRIMINATOR
            + network("aside", '["a"]', '{ type = "Count", name = "aside" }, "Tanh"', "")
            + GAME
        )
        made = trainer(tmp_path, text)
        real = scene_of(made).real
        real["aside"], real["discriminator"]
        other = real.replace(x=torch.zeros(8, 4))
        assert other["aside"] is real["aside"] and other["label"] is real["label"]
        assert torch.equal(other["discriminator"], made.networks["discriminator"](torch.zeros(8, 4), real["label"]))
        assert other["z"] is real["z"]
        CALLS.clear()
        assert other.replace(a=real["x"])["discriminator"] is other["discriminator"] and CALLS["d"] == 0

    def test_a_fake_batch_with_another_image_keeps_its_pass(self, tmp_path):
        made = trainer(tmp_path, DATA + GENERATOR + DISCRIMINATOR + GAME + ASKED)
        fake = scene_of(made).fake("generator")
        fake["x"]
        CALLS.clear()
        older = fake.replace(x=torch.zeros(8, 4))
        assert (
            older["generator.h"] is fake["generator.h"] and older["generator"] is fake["generator"] and CALLS["g"] == 0
        )
        assert torch.equal(older["discriminator"], made.networks["discriminator"](torch.zeros(8, 4), fake["label"]))

    def test_a_fake_batch_with_another_latent_is_made_anew(self, tmp_path):
        made = trainer(tmp_path, DATA + GENERATOR + DISCRIMINATOR + GAME + ASKED)
        scene = scene_of(made)
        fake, nets = scene.fake("generator"), made.networks
        fake["discriminator"]
        z = torch.zeros(8, 4)
        other = fake.replace(z=z)
        image = nets["generator"](z, scene.real["label"])
        assert torch.equal(other["x"], image) and torch.equal(other["generator"], image)
        assert torch.equal(other["generator.h"].tanh(), image)
        assert torch.equal(other["discriminator"], nets["discriminator"](image, scene.real["label"]))
        deeper = other.replace(label=torch.zeros(8, 3))
        assert torch.equal(deeper["x"], nets["generator"](z, torch.zeros(8, 3)))
        assert other.replace(x=z)["generator.h"] is other["generator.h"]
        assert other.replace(a=z)["x"] is other["x"]

    def test_but_not_where_the_real_field_of_the_made_name_is_read(self, tmp_path):
        text = (
            DATA
            + network(
                "generator",
                '["x", "z"]',
                '{ type = "Add", from = ["@x", "@z"] }, { type = "Linear", out_features = 4 }',
            )
            + DISCRIMINATOR
            + GAME
        )
        made = trainer(tmp_path, text)
        scene = scene_of(made)
        fake = scene.fake("generator")
        other = fake.replace(x=torch.ones(8, 4))
        assert torch.equal(other["x"], torch.ones(8, 4)) and other["generator"] is fake["generator"]
        again = fake.replace(z=torch.zeros(8, 4))
        assert torch.equal(again["x"], made.networks["generator"](scene.real["x"], torch.zeros(8, 4)))

    def test_run_is_a_fresh_pass_with_other_parameters(self, tmp_path):
        made = trainer(tmp_path, DATA + GENERATOR + DISCRIMINATOR + GAME)
        real = scene_of(made).real
        kept = real["discriminator"]
        assert torch.equal(real.run("discriminator"), kept) and real.run("discriminator") is not kept
        zeros = {name: torch.zeros_like(p) for name, p in made.networks["discriminator"].named_parameters()}
        assert float(real.run("discriminator", zeros).abs().max()) == 0
        assert torch.equal(real.run("discriminator"), kept)


class TestJudged:
    def judged(self, folder, text):
        """Names of judged tensors, by a probe in a discriminators' turn."""
        PROBES["look"] = lambda step: SEEN.setdefault("judged", []).append(
            (step.turn, step.judged_names, [t.shape for t in step.fake.judged], [t.shape for t in step.real.judged])
        )
        trainer(folder, text + '[losses.probe]\ntype = "Probe"\nname = "look"\n', steps=1)
        return SEEN["judged"]

    def test_what_the_generator_makes_in_inputs_order(self, tmp_path):
        assert self.judged(
            tmp_path, DATA + GENERATOR + DISCRIMINATOR.replace('["x", "label"]', '["label", "x"]') + GAME
        )[0][1] == ("x",)

    def test_x_and_z_of_bigan(self, tmp_path):
        text = (
            DATA
            + network("generator", '["z"]', '{ type = "Linear", out_features = 4 }', OPT)
            + network(
                "encoder",
                '["x"]',
                '{ type = "Linear", out_features = 4 }',
                'trained_with = "generator"\nmakes = "real.z"',
            )
            + network(
                "discriminator",
                '["x", "z"]',
                '{ type = "Concat", from = ["@x", "@z"] }, { type = "Linear", out_features = 1 }',
            )
            + GAME
        )
        assert self.judged(tmp_path, text)[0][1] == ("x",)

    def test_what_is_computed_from_it(self, tmp_path):
        text = (
            DATA
            + GENERATOR
            + network("spectrum", '["x"]', '{ type = "Slice", stop = 3 }', 'makes = "real.s"')
            + network(
                "discriminator",
                '["s", "label"]',
                '{ type = "Concat", from = ["@s", "@label"] }, { type = "Linear", out_features = 1 }',
            )
            + GAME
        )
        for turn, names, fake, real in self.judged(tmp_path, text):
            assert names == ("s",) and fake == real == [(8, 3)], turn

    def test_wires_of_features(self, tmp_path):
        text = (
            DATA
            + GENERATOR
            + network(
                "features",
                '["x"]',
                '{ type = "Linear", out_features = 3, as = "p0" }, { type = "Tanh", as = "p1" }',
                "",
            )
            + network(
                "discriminator",
                '["features.p1", "a", "features.p0"]',
                '{ type = "Concat", from = ["@p0", "@p1", "@a"] }, { type = "Linear", out_features = 1 }',
            )
            + GAME
        )
        assert self.judged(tmp_path, text)[0][1] == ("features.p1", "features.p0")

    def test_penalties_move_behind_a_frozen_transform(self, tmp_path):
        text = (
            DATA
            + GENERATOR
            + network(
                "spectrum", '["x"]', '{ type = "Count", name = "s" }, { type = "Slice", stop = 3 }', 'makes = "real.s"'
            )
            + network("discriminator", '["s"]', '{ type = "Linear", out_features = 1, as = "only" }')
            + '[losses.game]\ntype = "Wasserstein"\n[losses.r1]\n'
            'type = "R1"\n[losses.r2]\ntype = "R2"\n[losses.gp]\ntype = "GradientPenalty"\n'
        )
        made = trainer(tmp_path, text)
        weight = made.networks["discriminator"].state_dict()["only.weight"].clone()
        made.step(0)
        values = made.values()
        for name in ("r1", "r2"):
            assert values[name] == pytest.approx(float(weight.square().sum()) / 2, rel=1e-5)
        assert values["gp"] == pytest.approx((float(weight.norm()) - 1) ** 2, rel=1e-4)
        assert CALLS["s"] == 3  # real, fake; fake in the generator's turn


class TestOnce:
    def test_a_discriminator_of_many_heads_runs_once_per_batch_and_turn(self, tmp_path):
        text = (
            DATA
            + GENERATOR
            + network(
                "discriminator",
                '["x"]',
                """
          { type = "Count", name = "trunk" }, { type = "Linear", out_features = 5, as = "h" },
          { type = "Count", from = "@h", name = "classes" }, { type = "Linear", out_features = 3, as = "classes" },
          { type = "Count", from = "@h", name = "decoder" }, { type = "Linear", out_features = 4, as = "rebuilt" },
          { type = "Count", from = "@h", name = "logits" }, { type = "Linear", out_features = 1 } """,
            )
            + GAME
            + """
        [losses.r1]
        type = "R1"
        [losses.drift]
        type = "Drift"
        [losses.class]
        type = "CrossEntropyLoss"
        input = "real.discriminator.classes"
        target = "real.label"
        trains = ["discriminator"]
        [losses.fake_class]
        type = "CrossEntropyLoss"
        input = "fake.discriminator.classes"
        target = "fake.label"
        trains = ["generator"]
        [losses.decoded]
        type = "MSELoss"
        input = "real.discriminator.rebuilt"
        target = "real.x"
        trains = ["discriminator"]
        """
        )
        trainer(tmp_path, text, steps=1)
        # Discriminators' turn: real and fake; the generators': fake alone.
        assert CALLS == {"trunk": 3, "logits": 3, "classes": 2, "decoder": 1, "g": 2}

    def test_helpers_on_what_is_not_replaced_run_once_a_turn(self, tmp_path):
        text = (
            DATA
            + network(
                "embed",
                '["label"]',
                '{ type = "Count", name = "embed" }, { type = "Linear", out_features = 4 }',
                'trained_with = "generator"',
            )
            + network(
                "generator",
                '["z", "embed"]',
                '{ type = "Add", from = ["@z", "@embed"] }, { type = "Linear", out_features = 4 }',
            )
            + network(
                "discriminator",
                '["x", "embed"]',
                '{ type = "Add", from = ["@x", "@embed"] }, { type = "Linear", out_features = 1 }',
            )
            + '[losses.game]\ntype = "RelativisticPairing"\n'
        )
        trainer(tmp_path, text, steps=1)
        assert CALLS["embed"] == 2

    def test_infogans_head_is_on_the_pass_that_the_game_made(self, tmp_path):
        text = (
            DATA
            + '[latents.category]\ntype = "OneHot"\nsize = 3\n'
            + network(
                "generator",
                '["z", "category"]',
                '{ type = "Concat", from = ["@z", "@category"] }, { type = "Linear", out_features = 4 }',
            )
            + DISCRIMINATOR
            + network(
                "q",
                '["discriminator.features"]',
                '{ type = "Count", name = "q" }, { type = "Linear", out_features = 3, as = "category" }',
                'trained_with = "generator"',
            )
            + GAME
            + '[losses.info]\ntype = "CrossEntropyLoss"\ninput = "fake.q.category"\ntarget '
            '= "fake.category"\ntrains = ["generator", "q", "discriminator"]\n'
        )
        trainer(tmp_path, text, steps=1)
        assert CALLS["d"] == 3 and CALLS["q"] == 2

    def test_the_generators_turn_pays_for_the_real_logits_only_where_they_are_asked_for(self, tmp_path):
        for game, calls in (("Hinge", 3), ("RelativisticPairing", 4)):
            trainer(tmp_path, DATA + GENERATOR + DISCRIMINATOR + f'[losses.game]\ntype = "{game}"\n', steps=1)
            assert CALLS["d"] == calls, game

    def test_a_shared_fake_saves_a_generators_pass(self, tmp_path):
        for share, calls in (("false", 4), ("true", 3)):
            trainer(
                tmp_path,
                DATA + GENERATOR + DISCRIMINATOR + GAME,
                [f"run.share_fake={share}", "run.discriminator_steps=3"],
                steps=1,
            )
            assert CALLS["g"] == calls, share

    def test_rebuilding_losses_share_the_pass(self, tmp_path):
        text = TestNamed.TEXT + '[losses.pixels]\ntype = "MSELoss"\ninput = "rebuilt.x"\ntarget = "real.x"\n'
        trainer(tmp_path, text, steps=1)
        # The generators' turn: fake, rebuilt and back.generator; the discriminators': fake.
        assert CALLS["g"] == 4


class TestJoint:
    TEXT = (
        DATA
        + GENERATOR
        + network(
            "discriminator",
            '["x", "label"]',
            """
      { type = "Count", name = "d" }, { type = "Linear", out_features = 5, as = "first" },
      { type = "BatchNorm1d", as = "norm" }, "Tanh",
      { type = "Linear", out_features = 1, as = "end" } """,
            OPT + "\njoint = true",
        )
    )

    def by_hand(self, made, both):
        """The discriminator's logits in train mode, by its tensors."""
        state = {k: v.clone() for k, v in made.networks["discriminator"].state_dict().items()}
        x = F.linear(both, state["first.weight"], state["first.bias"])
        x = F.batch_norm(x, None, None, state["norm.weight"], state["norm.bias"], True)
        return F.linear(x.tanh(), state["end.weight"], state["end.bias"])

    def test_real_and_fake_are_one_batch(self, tmp_path):
        made = trainer(tmp_path, self.TEXT + GAME)
        scene = scene_of(made)
        fake = scene.fake("generator")
        real = scene.real_for("generator")
        both = self.by_hand(made, torch.cat((real["x"], fake["x"])))
        CALLS.clear()
        assert torch.allclose(real["discriminator"], both[:8], atol=1e-6)
        assert torch.allclose(fake["discriminator"], both[8:], atol=1e-6)
        assert CALLS["d"] == 1

    def test_in_both_turns_once_and_also_without_asking_for_real_logits(self, tmp_path):
        trainer(tmp_path, self.TEXT + GAME, steps=1)
        assert [len(rows) for rows in SEEN["d"]] == [16, 16]

    def test_leaves_are_marked_before_and_mixtures_run_apart(self, tmp_path):
        text = (
            self.TEXT.replace(' { type = "BatchNorm1d", as = "norm" },', "")
            + GAME
            + '[losses.r1]\ntype = "R1"\n[losses.r2]\ntype = "R2"\n[losses.gp]\ntype = "GradientPenalty"\n'
        )
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        together = trainer(tmp_path / "a", text, steps=3)
        rows = [len(seen) for seen in SEEN["d"]]
        assert rows == [16, 8, 16] * 3
        apart = trainer(tmp_path / "b", text.replace("joint = true", ""), steps=3)
        for name, value in together.values().items():
            assert value == pytest.approx(apart.values()[name], rel=1e-4), name
        for name, value in together.networks["discriminator"].state_dict().items():
            assert torch.allclose(value, apart.networks["discriminator"].state_dict()[name], atol=1e-6)

    def test_per_part_under_accumulate(self, tmp_path):
        trainer(tmp_path, self.TEXT + GAME, ["run.accumulate=2"], steps=1)
        assert [len(rows) for rows in SEEN["d"]] == [8, 8, 8, 8]

    def test_other_batches_run_apart(self, tmp_path):
        text = (
            self.TEXT + GAME + '[batches.swapped]\nx = "real.a"\n[losses.other]\n'
            'type = "Hinge"\nfake = "swapped"\ntrains = ["discriminator"]\n'
        )
        trainer(tmp_path, text, steps=1)
        assert [len(rows) for rows in SEEN["d"]] == [16, 8, 16]

    def test_two_pairs_each_in_one_pass_also_for_what_reads_the_real_batch(self, tmp_path):
        text = DATA.replace("shapes.x = [4]", "shapes.x = [1, 4, 4]").replace("shapes.a = [4]", "shapes.a = [1, 4, 4]")
        augment = '\njoint = true\naugment = { type = "ADA", target = -1.0, every = 1, images = 8 }'
        for field in "xa":
            layers = f'{{ type = "Count", name = "{field}" }}, "Flatten", {{ type = "Linear", out_features = 1 }}'
            text += network(f"judge_{field}", f'["{field}"]', layers, OPT + augment + f'\njudges = "{field}"')
        for name, field in (("one", "x"), ("two", "a")):
            layers = (
                '{ type = "Linear", out_features = 16 }, { type = "Unflatten", dim = 1, unflattened_size = [1, 4, 4] }'
            )
            text += network(name, '["z"]', layers, OPT + f'\nmakes = "{field}"')
        for field in "xa":
            text += f'[losses.keep_{field}]\ntype = "Keep"\nname = "k"\ninput = "real.judge_{field}"\n'
            text += f'trains = ["judge_{field}"]\n'
        made = trainer(tmp_path, text + GAME, steps=1)
        assert {field: [len(rows) for rows in SEEN[field]] for field in "xa"} == {"x": [16, 16], "a": [16, 16]}
        assert all(float(augmenter.states[0]["p"]) > 0 for augmenter in made.augmenters.values())

    def test_a_class_head_reads_the_joint_pass(self, tmp_path):
        text = self.TEXT.replace(
            '"Tanh",', '{ type = "Tanh", as = "t" }, { type = "Linear", out_features = 3, as = "classes" },'
        ).replace('out_features = 1, as = "end"', 'from = "@t", out_features = 1, as = "end"')
        text += (
            GAME + '[losses.class]\ntype = "CrossEntropyLoss"\n'
            'input = "real.discriminator.classes"\ntarget = "real.label"\ntrains = ["discriminator"]\n'
        )
        trainer(tmp_path, text, steps=1)
        assert [len(rows) for rows in SEEN["d"]] == [16, 16]


class TestAugment:
    def test_after_the_leaf_and_on_the_first_input_alone(self, tmp_path):
        text = (
            DATA
            + GENERATOR
            + network(
                "discriminator",
                '["x", "label"]',
                '{ type = "Count", name = "d" }, { type = "Linear", out_features = 1, as = "only" }, '
                '{ type = "Count", from = "@label", name = "label" }, '
                '{ type = "Twice", from = ["@only", "@last"], as = ["logits", "l"] }',
                OPT + '\naugment = { type = "Plus", amount = 10.0 }',
            )
            + '[losses.game]\ntype = "Wasserstein"\n[losses.r1]\ntype = "R1"\n'
        )
        PROBES["look"] = lambda step: SEEN.setdefault("x", []).append(
            (step.real["x"].detach().clone(), step.real.judged[0].requires_grad)
        )
        made = trainer(tmp_path, text + '[losses.probe]\ntype = "Probe"\nname = "look"\n')
        weight = made.networks["discriminator"].state_dict()["only.weight"].clone()
        made.step(0)
        (plain, leaf), *_ = SEEN["x"]
        assert torch.allclose(SEEN["d"][0], plain + 10, atol=1e-5) and leaf
        assert set(SEEN["label"][0].unique().tolist()) == {0.0, 1.0}
        assert made.values()["r1"] == pytest.approx(float(weight.square().sum()) / 2, rel=1e-5)
        assert CALLS["Plus"] == 3

    def test_once_on_the_concatenated_rows_when_joint(self, tmp_path):
        text = TestJoint.TEXT.replace("joint = true", 'joint = true\naugment = "Plus"') + GAME
        trainer(tmp_path, text, steps=1)
        assert CALLS["Plus"] == 2 and [len(rows) for rows in SEEN["d"]] == [16, 16]

    def test_a_list_applies_in_order(self, tmp_path):
        text = (
            DATA
            + GENERATOR
            + network(
                "discriminator",
                '["x"]',
                '{ type = "Count", name = "d" }, { type = "Linear", out_features = 1 }',
                OPT + '\naugment = [{ type = "Plus", amount = 1.0 }, { type = "Plus", amount = 2.0 }]',
            )
            + GAME
        )
        PROBES["look"] = lambda step: SEEN.setdefault("x", []).append(step.real["x"].detach().clone())
        trainer(tmp_path, text + '[losses.probe]\ntype = "Probe"\nname = "look"\n', steps=1)
        assert torch.allclose(SEEN["d"][0], SEEN["x"][0] + 3, atol=1e-6) and CALLS["Plus"] == 6

    def test_in_every_batch_but_never_in_sampling(self, tmp_path):
        from tests.engine.lab import sampler

        text = (
            DATA
            + network(
                "generator",
                '["z", "label"]',
                '{ type = "Concat", from = ["@z", "@label"] }, { type = "Linear", out_features = 4 }',
                OPT + '\naugment = "Plus"',
            )
            + DISCRIMINATOR
            + GAME
        )
        made = trainer(tmp_path, text, steps=1)
        assert CALLS["Plus"] == 2
        drawn = sampler(made).draw(8)
        made.networks["generator"].eval()
        assert torch.equal(drawn["x"], made.networks["generator"](drawn["z"], drawn["label"]).detach())


class TestParts:
    def test_latents_of_a_turn_are_one_draw_cut_by_part(self, tmp_path):
        whole = trainer(tmp_path, DATA + GENERATOR + DISCRIMINATOR + GAME, steps=1)
        assert whole.values()
        drawn = [torch.cat([SEEN["g"][0]]), SEEN["g"][1]]
        trainer(tmp_path, DATA + GENERATOR + DISCRIMINATOR + GAME, ["run.accumulate=4"], steps=1)
        assert torch.equal(torch.cat(SEEN["g"][:4]), drawn[0]) and torch.equal(torch.cat(SEEN["g"][4:]), drawn[1])
        assert not torch.equal(drawn[0], drawn[1])

    def test_a_batch_that_does_not_divide(self, tmp_path):
        text = DATA + GENERATOR + DISCRIMINATOR + GAME
        (found,) = faults(tmp_path, text, ["run.accumulate=3"])
        assert "batch_size 8 cannot be cut into 3 equal parts" in found[2]
        (found,) = faults(tmp_path, text.replace("batch_size = 8", "accumulate = 3"))
        assert "batch_size 64 cannot be cut into 3 equal parts" in found[2]
        (found,) = faults(
            tmp_path,
            text + "[phases.one]\nsteps = 3\naccumulate = 2\n[phases.two]\nsteps = 3\nbatch_size = 9\naccumulate = 2\n",
        )
        assert "batch_size 9 cannot be cut into 2 equal parts" in found[2]
        (found,) = faults(tmp_path, text + "[phases.one]\nsteps = 3\naccumulate = 5\n")
        assert found[0] == place(text + "[phases.one]\nsteps = 3\naccumulate = 5\n", "accumulate = 5")[0]


def test_planned_wires_need_no_second_plan(tmp_path):
    """Whatever a spec names is in the program of its network: nothing is planned while training."""
    made = planned(tmp_path, TestNamed.TEXT)
    assert made.names.wanted["discriminator"] and made.names.wanted["generator"]
