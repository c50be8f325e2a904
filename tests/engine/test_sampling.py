"""How samples are drawn (rule 14): the same rows however many, nothing of the run changed."""

from __future__ import annotations

import copy

import pytest
import torch
from safetensors.torch import save_file

from ganframe import api, device
from ganframe.errors import SpecError
from ganframe.model import Model
from ganframe.parts import Facts
from ganframe.plan import plan
from ganframe.sample import Sampler
from ganframe.spec.read import read
from tests.engine.lab import registry, sampler, trainer, written

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
[sample]
batch_size = 16
"""

SGD = 'optimizer = { type = "SGD", lr = 0.1 }'
JUDGE = f'\n[networks.discriminator]\ninputs = ["x"]\n{SGD}\nlayers = [{{ type = "Linear", out_features = 1 }}]\n'
GAME = '\n[losses.game]\ntype = "Hinge"\n'


def generator(inputs='["z", "label"]', layers="", keys=""):
    """A generator's table that joins its inputs."""
    wires = ", ".join(f'"@{name.strip().strip(chr(34)).rpartition(".")[2]}"' for name in inputs.strip("[]").split(","))
    joined = f'{{ type = "Concat", from = [{wires}] }}' if "," in inputs else '"Identity"'
    return f"""
[networks.generator]
inputs = {inputs}
{SGD}
{keys}
layers = [{joined}, {layers} {{ type = "Linear", out_features = 4, as = "out" }}]
"""


PLAIN = DATA + generator() + JUDGE + GAME


def without_data(folder, text, frequencies=None, overrides=()):
    """A sampler of a fresh model that knows the data by its facts alone."""
    path = written(folder, text)
    full = plan(read(path, overrides), registry())
    made = plan(read(path, overrides), registry(), Facts(full.parts.fields, full.parts.facts))
    return Sampler(Model(made, device.choose(made.parts.device)), None, frequencies or {})


class TestRows:
    def test_the_first_ten_of_a_hundred_are_ten(self, tmp_path):
        for layers, options in (
            ("", []),
            ('"BatchNorm1d",', ["sample.mode='train'"]),
            ('{ type = "Dropout", p = 0.5 },', ["sample.mode='train'"]),
            ('"BatchNorm1d",', ["sample.standing_statistics=3"]),
            ("", ["sample.batch_size=7"]),
        ):
            draw = sampler(trainer(tmp_path, DATA + generator(layers=layers) + JUDGE + GAME, options, steps=2)).draw
            many, few = draw(100, 3), draw(10, 3)
            assert set(many) == set(few) == {"x", "z", "label"}
            assert all(torch.equal(many[name][:10], few[name]) for name in few), (layers, options)
            assert len({tuple(row.tolist()) for row in many["z"]}) == 100

    def test_a_seed_is_a_stream_and_drawing_twice_is_the_same(self, tmp_path):
        made = sampler(trainer(tmp_path, PLAIN, steps=1))
        one, two = made.draw(5, 0), made.draw(5, 1)
        assert all(torch.equal(one[n], v) for n, v in made.draw(5, 0).items())
        assert not torch.equal(one["z"], two["z"]) and not torch.equal(one["x"], two["x"])

    def test_everything_made_and_what_was_used_and_nothing_else(self, tmp_path):
        text = DATA + '[latents.fade]\ntype = "Constant"\nvalue = 0.5\n[latents.unused]\ntype = "Normal"\nsize = 2\n'
        text += f'[networks.embed]\ninputs = ["label"]\n{SGD}\nlayers = [{{ type = "Linear", out_features = 2 }}]\n'
        text += generator('["z", "embed", "fade"]', keys='makes = { x = "@out", h = "@z" }') + JUDGE + GAME
        drawn = sampler(trainer(tmp_path, text)).draw(3)
        assert set(drawn) == {"x", "h", "z", "label", "fade"}
        assert all(
            value.device.type == "cpu" and len(value) == 3 and not value.requires_grad for value in drawn.values()
        )
        assert torch.equal(drawn["fade"], torch.full((3, 1), 0.5))

    def test_samples_are_the_networks_output_in_eval_mode(self, tmp_path):
        made = trainer(tmp_path, DATA + generator(layers='"BatchNorm1d",') + JUDGE + GAME, steps=3)
        drawn = sampler(made).draw(20)
        network = made.networks["generator"].eval()
        chunks = [network(drawn["z"][i : i + 16], drawn["label"][i : i + 16]) for i in (0, 16)]
        assert torch.allclose(torch.cat(chunks), drawn["x"], atol=1e-6)

    def test_none_is_too_few(self, tmp_path):
        with pytest.raises(SpecError, match="cannot draw 0 samples"):
            sampler(trainer(tmp_path, PLAIN)).draw(0)


class TestLabels:
    def test_an_index_or_a_class_name_or_all(self, tmp_path):
        draw = sampler(trainer(tmp_path, PLAIN, steps=1)).draw
        for value in (1, "1", "b"):
            assert torch.equal(draw(5, 0, {"label": value})["label"], torch.eye(3)[[1] * 5])
        assert torch.equal(draw(7, 0, {"label": "all"})["label"], torch.eye(3)[[0, 1, 2, 0, 1, 2, 0]])
        assert torch.equal(draw(7, 0, {"label": 1})["z"], draw(7, 0)["z"])

    def test_all_cycles_over_the_whole_draw_not_over_chunks(self, tmp_path):
        drawn = sampler(trainer(tmp_path, PLAIN)).draw(40, 0, {"label": "all"})
        assert drawn["label"].argmax(1).tolist() == [i % 3 for i in range(40)]

    @pytest.mark.parametrize(
        ("value", "told"),
        [(3, "'label' has no class '3'; there are a, b, c, or 'all'"), (-1, "no class '-1'"), ("d", "no class 'd'")],
    )
    def test_a_class_that_is_not_there(self, tmp_path, value, told):
        with pytest.raises(SpecError, match=told):
            sampler(trainer(tmp_path, PLAIN)).draw(5, 0, {"label": value})

    def test_a_name_that_is_nothing(self, tmp_path):
        with pytest.raises(
            SpecError,
            match="nothing is called 'lable' that could be given; there are x, a, label, z; did you mean 'label'",
        ):
            sampler(trainer(tmp_path, PLAIN)).draw(5, 0, {"lable": 1})

    def test_labels_of_a_latent_of_the_fields_name(self, tmp_path):
        text = PLAIN + '[latents.label]\ntype = "OneHot"\nsize = 3\n'
        draw = sampler(trainer(tmp_path, text, steps=1)).draw
        assert torch.equal(draw(4, 0, {"label": "c"})["label"], torch.eye(3)[[2] * 4])
        assert torch.equal(draw(4, 0, {"label": "c"})["x"], draw(4, 0, {"label": torch.eye(3)[[2]]})["x"])

    def test_without_anything_given_the_stored_frequencies_are_used(self, tmp_path):
        for skewed in ([0.0, 1.0, 0.0], [0.5, 0.0, 0.5]):
            drawn = without_data(tmp_path, PLAIN, {"label": skewed}).draw(200)
            shares = drawn["label"].mean(0)
            assert (
                torch.allclose(shares, torch.tensor(skewed), atol=0.12)
                and float(shares[torch.tensor(skewed) == 0].sum()) == 0
            )

    def test_with_and_without_the_data_the_same(self, tmp_path):
        with_data = sampler(trainer(tmp_path, PLAIN))
        without = without_data(tmp_path, PLAIN, with_data.frequencies)
        one, two = with_data.draw(30), without.draw(30)
        assert all(torch.equal(one[name], two[name]) for name in one)


class TestGiven:
    def test_latents_are_taken_as_given_and_cycle(self, tmp_path):
        draw = sampler(trainer(tmp_path, PLAIN, steps=1)).draw
        z = torch.randn(3, 4)
        drawn = draw(20, 0, {"z": z, "label": 0})
        assert torch.equal(drawn["z"], z[torch.arange(20) % 3])
        assert torch.allclose(drawn["x"][0], drawn["x"][3]) and not torch.allclose(drawn["x"][0], drawn["x"][1])
        again = draw(20, 0, {name: drawn[name] for name in ("z", "label")})
        assert torch.equal(again["x"], drawn["x"])

    def test_a_given_tensor_of_another_shape_says_so(self, tmp_path):
        with pytest.raises(SpecError, match=r"'z' takes rows of shape \(4,\), not \(5,\)"):
            sampler(trainer(tmp_path, PLAIN)).draw(3, 0, {"z": torch.randn(3, 5)})
        with pytest.raises(SpecError, match=r"'label' takes rows of shape \(3,\), not \(\)"):
            sampler(trainer(tmp_path, PLAIN)).draw(3, 0, {"label": torch.tensor([0, 1])})

    def test_a_number_for_what_is_one_number(self, tmp_path):
        text = DATA + '[latents.psi]\ntype = "Constant"\nvalue = 1.0\n' + generator('["z", "psi"]') + JUDGE + GAME
        draw = sampler(trainer(tmp_path, text)).draw
        for value in (0.25, "0.25"):
            assert torch.equal(draw(3, 0, {"psi": value})["psi"], torch.full((3, 1), 0.25))
        assert torch.equal(draw(3, 0, {"psi": 2})["psi"], torch.full((3, 1), 2.0))

    def test_a_number_for_what_is_no_class_is_refused(self, tmp_path):
        text = PLAIN.replace("shapes.a = [4]", "shapes.a = [4, 2]")
        with pytest.raises(SpecError, match="'a' has no classes; give a tensor"):
            sampler(trainer(tmp_path, text)).draw(3, 0, {"a": 1})

    def test_a_field_for_a_conditional_generator(self, tmp_path):
        text = DATA + generator('["a", "z"]') + JUDGE + GAME
        made = trainer(tmp_path, text, steps=1)
        a = torch.randn(2, 4)
        drawn = sampler(made).draw(5, 0, {"a": a})
        assert torch.equal(drawn["a"], a[[0, 1, 0, 1, 0]])
        first = sampler(made).draw(5)
        assert torch.equal(first["a"], made.plan.parts.data.rows["a"][:5])

    def test_fields_without_data_must_be_given(self, tmp_path):
        text = DATA + generator('["a", "z"]') + JUDGE + GAME
        made = without_data(tmp_path, text)
        with pytest.raises(
            SpecError, match="these samples need 'a', and the data is not here; give it with --given a="
        ):
            made.draw(3)
        assert made.draw(3, 0, {"a": torch.zeros(1, 4)})["x"].shape == (3, 4)


class TestLatentsOfData:
    @pytest.mark.parametrize("kind", ["FromData", "Shuffle"])
    def test_labels_from_data_that_is_not_here_come_from_the_frequencies(self, tmp_path, kind):
        text = PLAIN + f'[latents.label]\ntype = "{kind}"\nfield = "label"\n'
        assert sampler(trainer(tmp_path, text)).draw(3)["label"].sum() == 3
        drawn = without_data(tmp_path, text, {"label": [0.0, 0.0, 1.0]}).draw(5)
        assert torch.equal(drawn["label"], torch.eye(3)[[2] * 5])

    @pytest.mark.parametrize("kind", ["FromData", "Shuffle"])
    def test_other_fields_must_be_given(self, tmp_path, kind):
        text = DATA + f'[latents.a]\ntype = "{kind}"\nfield = "a"\n' + generator('["a", "z"]') + JUDGE + GAME
        assert sampler(trainer(tmp_path, text)).draw(3)["a"].shape == (3, 4)
        with pytest.raises(SpecError, match="--given a="):
            without_data(tmp_path, text).draw(3)

    def test_the_sample_table_overrides_latents(self, tmp_path):
        text = PLAIN + '[sample.latents.z]\ntype = "Uniform"\nsize = 4\nmin = 5.0\nmax = 6.0\n'
        made = trainer(tmp_path, text, steps=1)
        drawn = sampler(made).draw(50)
        assert float(drawn["z"].min()) >= 5 and float(drawn["z"].max()) < 6
        assert torch.equal(sampler(made).draw(3, 0, {"z": torch.zeros(1, 4)})["z"], torch.zeros(3, 4))
        text = (
            DATA + '[latents.psi]\ntype = "Constant"\n'
            'value = 1.0\n[sample.latents]\npsi = { type = "Constant", value = 0.7 }\n'
            + generator('["z", "psi"]')
            + JUDGE
            + GAME
        )
        assert torch.equal(sampler(trainer(tmp_path, text)).draw(2)["psi"], torch.full((2, 1), 0.7))

    def test_curves_of_latents_are_read_at_the_runs_step(self, tmp_path):
        text = (
            DATA
            + '[latents.fade]\ntype = "Constant"\nvalue = { type = "Ramp", start = 0.0, end = 1.0, steps = 4 }\n'
            + generator('["z", "fade"]')
            + JUDGE
            + GAME
        )
        made = sampler(trainer(tmp_path, text, steps=2))
        made.step = 2
        assert torch.equal(made.draw(2)["fade"], torch.full((2, 1), 0.5))


class TestModes:
    TEXT = DATA + generator(layers='"BatchNorm1d", { type = "Dropout", p = 0.5 },', keys="ema = 0.5") + JUDGE + GAME

    def state(self, made):
        """All tensors and modes of the networks and their twins, and the global stream."""
        everything = made.model.everything()
        tensors = {f"{n}.{k}": v.clone() for n, net in everything.items() for k, v in net.state_dict().items()}
        modes = {f"{n}.{k}": m.training for n, net in everything.items() for k, m in net.named_modules()}
        return tensors, modes, {n: p.requires_grad for n, p in made.networks["generator"].named_parameters()}

    def same(self, one, two):
        return one[1:] == two[1:] and all(torch.equal(one[0][k], two[0][k]) for k in one[0])

    @pytest.mark.parametrize(
        "options",
        [
            [],
            ["sample.mode='train'"],
            ["sample.standing_statistics=4"],
            ["sample.ema=false"],
            ["sample.mode='train'", "sample.standing_statistics=2"],
        ],
    )
    def test_sampling_changes_nothing_of_the_run(self, tmp_path, options):
        made = trainer(tmp_path, self.TEXT, options, steps=2)
        before = self.state(made)
        sampler(made).draw(40)
        assert self.same(before, self.state(made))
        with pytest.raises(SpecError):
            sampler(made).draw(3, 0, {"label": 9})
        assert self.same(before, self.state(made))

    def test_sampling_between_steps_changes_no_bit_of_training(self, tmp_path):
        a, b = (trainer(tmp_path, self.TEXT, ["sample.standing_statistics=2"]) for _ in range(2))
        for step in range(4):
            a.step(step)
            b.step(step)
            sampler(b).draw(5)
        assert all(torch.equal(v, self.state(b)[0][k]) for k, v in self.state(a)[0].items())

    def test_the_average_is_used_unless_told_otherwise(self, tmp_path):
        made = trainer(tmp_path, self.TEXT, steps=3)
        twin, live = made.model.twins["generator_ema"], copy.deepcopy(made.networks["generator"]).eval()
        drawn = sampler(made).draw(4)
        assert torch.allclose(twin(drawn["z"], drawn["label"]), drawn["x"], atol=1e-6)
        made = trainer(tmp_path, self.TEXT, ["sample.ema=false"], steps=3)
        other = sampler(made).draw(4)
        assert torch.allclose(live(other["z"], other["label"]), other["x"], atol=1e-6)
        assert torch.equal(drawn["z"], other["z"]) and not torch.allclose(drawn["x"], other["x"])

    def test_train_mode_takes_the_chunks_own_statistics(self, tmp_path):
        text = DATA + generator(layers='{ type = "BatchNorm1d", as = "norm" },') + JUDGE + GAME
        made = trainer(tmp_path, text, ["sample.mode='train'"], steps=1)
        drawn = sampler(made).draw(16)
        network = copy.deepcopy(made.networks["generator"]).train()
        assert torch.allclose(network(drawn["z"], drawn["label"]), drawn["x"], atol=1e-5)
        assert not torch.allclose(made.networks["generator"].eval()(drawn["z"], drawn["label"]), drawn["x"], atol=1e-2)

    def test_standing_statistics_are_those_of_many_generated_batches(self, tmp_path):
        text = DATA + generator(layers='{ type = "BatchNorm1d", as = "norm" },') + JUDGE + GAME
        made = trainer(tmp_path, text, ["sample.standing_statistics=200"], steps=1)
        drawn = sampler(made).draw(400)
        state = made.networks["generator"].state_dict()
        x = torch.cat((drawn["z"], drawn["label"]), 1)
        normed = (x - x.mean(0)) / (x.var(0) + 1e-5).sqrt() * state["norm.weight"] + state["norm.bias"]
        by_hand = normed @ state["out.weight"].T + state["out.bias"]
        assert float((by_hand - drawn["x"]).abs().mean()) < 0.1
        eval_mode = made.networks["generator"].eval()(drawn["z"], drawn["label"]).detach()
        assert float((by_hand - eval_mode).abs().mean()) > 2 * float((by_hand - drawn["x"]).abs().mean())

    def test_standing_statistics_leave_frozen_networks_alone(self, tmp_path):
        weights = {"features.BatchNorm1d_0.running_mean": torch.full((4,), 3.0)}
        save_file(weights, tmp_path / "w.safetensors")
        frozen = '[networks.features]\ninputs = ["z"]\nweights = "w.safetensors"\nlayers = ["BatchNorm1d"]\n'
        text = DATA + frozen + generator('["features"]') + JUDGE + GAME
        plain = sampler(trainer(tmp_path, text)).draw(8)
        standing = sampler(trainer(tmp_path, text, ["sample.standing_statistics=3"])).draw(8)
        train = sampler(trainer(tmp_path, text, ["sample.mode='train'"])).draw(8)
        assert torch.equal(plain["x"], standing["x"]) and torch.equal(plain["x"], train["x"])

    def test_a_mapping_of_a_twin_is_a_twin(self, tmp_path):
        mapping = (
            '[networks.mapping]\ninputs = ["z"]\n'
            'trained_with = "generator"\nlayers = [{ type = "Linear", out_features = 4 }, '
            '"BatchNorm1d"]\n'
        )
        layers = 'layers = ["mapping", { type = "Linear", out_features = 4 }]\n'
        text = DATA + mapping + f'[networks.generator]\ninputs = ["z"]\n{SGD}\nema = 0.5\n{layers}' + JUDGE + GAME
        for options in ([], ["sample.mode='train'"], ["sample.standing_statistics=2"]):
            made = trainer(tmp_path, text, options, steps=2)
            before = self.state(made)
            drawn = sampler(made).draw(6)
            assert self.same(before, self.state(made))
            if not options:
                assert torch.allclose(made.model.twins["generator_ema"](drawn["z"]), drawn["x"], atol=1e-6)


class TestSeveral:
    def test_two_generators(self, tmp_path):
        text = DATA.replace("shapes.x", "shapes.b") + GAME
        for name, reads, key, size in (
            ("ab", "a", 'makes = "b"', 4),
            ("ba", "b", 'makes = "a"', 4),
            ("ja", "a", 'judges = "a"', 1),
            ("jb", "b", 'judges = "b"', 1),
        ):
            layers = f'layers = [{{ type = "Linear", out_features = {size} }}]'
            text += f'[networks.{name}]\ninputs = ["{reads}"]\n{SGD}\n{key}\n{layers}\n'
        made = trainer(tmp_path, text, steps=1)
        drawn = sampler(made).draw(5)
        rows = made.plan.parts.data.rows
        assert torch.allclose(drawn["b"], made.networks["ab"](rows["a"][:5]), atol=1e-6)
        assert torch.allclose(drawn["a"], made.networks["ba"](rows["b"][:5]), atol=1e-6)

    def test_a_networks_noise_is_the_chunks_own(self, tmp_path):
        made = trainer(
            tmp_path,
            DATA
            + generator(layers='{ type = "Unflatten", dim = 1, unflattened_size = [7, 1] }, "Noise", "Flatten",')
            + JUDGE
            + GAME,
        )
        for name, parameter in made.networks["generator"].named_parameters():
            if "Noise" in name:
                parameter.data.fill_(1.0)
        draw = sampler(made).draw
        same = {"z": torch.zeros(1, 4), "label": 0}
        drawn = draw(32, 0, same)
        torch.manual_seed(99)
        assert torch.equal(drawn["x"], draw(32, 0, same)["x"])


class TestOpened:
    """The same through a run on disk."""

    TEXT = TestModes.TEXT.replace("batch_size = 8", "batch_size = 8\nsteps = 3", 1)

    def test_an_opened_run_draws_what_the_trained_one_does(self, tmp_path):
        run = api.train(api.read_spec(written(tmp_path, self.TEXT)), tmp_path / "run", registry=registry())
        trained = run.draw(20, 5)
        opened = api.open_run(tmp_path / "run", registry=registry())
        assert opened.step == 3 and set(opened.networks) == {"generator", "generator_ema", "discriminator"}
        assert not any(m.training for net in opened.networks.values() for m in net.modules())
        drawn = opened.draw(20, 5)
        assert set(drawn) == set(trained) and all(torch.equal(drawn[n], v) for n, v in trained.items())
        assert torch.equal(opened.sample(7, 5), trained["x"][:7])
        assert opened.sample(2, label="b").shape == (2, 4) and opened.main == "x"

    def test_with_other_sampling_options(self, tmp_path):
        api.train(api.read_spec(written(tmp_path, self.TEXT)), tmp_path / "run", registry=registry())
        live = api.open_run(tmp_path / "run", registry=registry(), overrides=["sample.ema=false"])
        network = live.networks["generator"]
        drawn = live.draw(5)
        assert torch.allclose(network(drawn["z"], drawn["label"]), drawn["x"], atol=1e-6)

    def test_metrics_see_fakes_over_the_real_rows_and_the_sampling_path(self, tmp_path):
        text = self.TEXT + '[metrics.mean]\ntype = "Mean"\nsamples = 20\n'
        run = api.train(api.read_spec(written(tmp_path, text)), tmp_path / "run", registry=registry())
        rows = run.data.rows["x"][torch.linspace(0, 63, 20).round().long()]
        assert run.figures["mean.real"] == pytest.approx(float(rows.mean()), abs=1e-6)
        assert run.protocols["mean"] == {"n": "20", "split": "train", "ema": "yes", "mode": "eval"}
        opened = api.open_run(tmp_path / "run", registry=registry())
        assert opened.evaluate() == run.figures
        (fakes,) = [torch.cat([given["fake"]["x"] for given in opened.sampler().beside(opened.data, 20)])]
        assert run.figures["mean.fake"] == pytest.approx(float(fakes.mean()), abs=1e-6)

    def test_the_test_split(self, tmp_path):
        text = self.TEXT + '[metrics.mean]\ntype = "Mean"\nsamples = 64\nsplit = "test"\n'
        run = api.train(api.read_spec(written(tmp_path, text)), tmp_path / "run", registry=registry())
        assert run.figures["mean.real"] != pytest.approx(float(run.data.rows["x"].mean()))
        assert run.protocols["mean"]["split"] == "test"
