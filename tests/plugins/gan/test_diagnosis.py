"""The diagnosis tells a healthy run from a collapsed one and from one that knows its rows by heart."""

import json
import math
import re
from types import SimpleNamespace

import pytest
import torch
from ganframe_gan.data.table import Table
from ganframe_gan.diagnosis import nearest, separation
from ganframe_gan.diagnosis.case import Logits, copies
from ganframe_gan.diagnosis.direction import judged as heard
from ganframe_gan.diagnosis.gradients import by_layer, few
from ganframe_gan.hooks.diagnose import Diagnose, figures

import ganframe
from ganframe import Field, api, component, option
from ganframe.cli import cli
from ganframe.cli.errors import run_guarded
from ganframe.testing.game import registry
from tests.toy import NO_HOOKS

#: A generator that is the identity, and data that are normal: it is right from the start.
IDENTITY = """format = 1
[run]
steps = 2
batch_size = 32
[data]
type = "GaussianMixture"
means = [[0.0, 0.0]]
std = 1.0
rows = 600
[latents.z]
type = "Normal"
size = 2
[networks.generator]
inputs = ["z"]
init = "Eye"
optimizer = { type = "Adam", lr = 1e-6 }
layers = [{ type = "Linear", out_features = 2 }]
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 16 }, "Tanh", { type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
"""
CONSTANT = IDENTITY.replace('"Eye"', '"Zeros"')
#: The same with a discriminator that sees 24 rows of it 300 times.
HEART = (
    IDENTITY.replace("steps = 2\n", "steps = 220\n").replace("size = 2\n", "size = 16\n")
    .replace("out_features = 16 }", "out_features = 256 }").replace("out_features = 2 }", "out_features = 16 }")
    .replace('type = "GaussianMixture"\nmeans = [[0.0, 0.0]]\nstd = 1.0\nrows = 600\n', 'type = "FewRows"\n')
)  # fmt: skip
DIGITS = """format = 1
[run]
steps = 1
batch_size = 64
[data]
type = "Digits"
[latents.z]
type = "Normal"
size = 8
[networks.generator]
inputs = ["z"]
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 64 }, "Tanh", { type = "Unflatten", dim = 1, unflattened_size = [1, 8, 8] }]
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = ["Flatten", { type = "Linear", out_features = 16 }, "ReLU", { type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
"""
TWO = IDENTITY + """
[networks.other]
inputs = ["x"]
judges = "x"
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 1 }]
"""


@component
class FewRows:
    """24 rows of normal noise, or 200 others."""

    split: str = option("train", "which", choices=("train", "test"))

    def open(self):
        count = {"train": 24, "test": 200}[self.split]
        x = torch.randn(count, 16, generator=torch.Generator().manual_seed(count))
        return Table({"x": x}, {"x": Field((16,))})


def train(folder, text):
    (folder / "run.toml").write_text(text + NO_HOOKS)
    return api.train(ganframe.read_spec(folder / "run.toml"), folder / "run", registry=registry("dataset", FewRows))


def asked(run, **options):
    found = Diagnose(samples=256, **options).diagnose(run, run.path)
    assert not any("Cannot be told" in it.says for it in found)
    return {it.name: it for it in found}


def test_a_generator_that_is_right(tmp_path):
    run = train(tmp_path, IDENTITY)
    found = asked(run)
    assert {name: it.verdict for name, it in found.items() if it.verdict in ("bad", "look")}.keys() <= {"accuracy"}
    assert found["modes"].figures["coverage"] > 0.9
    assert found["neighbours"].figures["ratio"] == pytest.approx(1, abs=0.3)
    assert found["jacobian"].figures["condition"] == pytest.approx(1, abs=0.01)
    assert found["jacobian"].figures["directions"] == pytest.approx(2, abs=0.01)
    assert found["direction"].figures["asked"] == pytest.approx(1, abs=1e-3)
    assert "no split 'test'" in found["accuracy"].says and math.isnan(found["accuracy"].figures["held_out"])


def test_a_generator_that_makes_one_thing(tmp_path):
    found = asked(train(tmp_path, CONSTANT))
    assert {name for name, it in found.items() if it.verdict == "bad"} >= {"watch", "modes", "jacobian"}
    assert "all look alike" in found["watch"].says and "R1" in found["watch"].change
    assert "mode collapse" in found["modes"].says and found["modes"].figures["coverage"] < 0.1
    assert "ignores its latent" in found["jacobian"].says


def test_a_discriminator_that_knows_its_rows_by_heart(tmp_path):
    found = asked(train(tmp_path, HEART))
    assert found["accuracy"].verdict == "bad" and "by heart" in found["accuracy"].says
    assert found["accuracy"].figures["overfitting"] > 0.6 and "ADA" in found["accuracy"].change
    assert found["modes"].verdict == "good"


def test_the_page_is_whole_and_shows_pictures(tmp_path):
    run = train(tmp_path, DIGITS)
    assert asked(run)["modes"].figures["of_classes"] == 10
    files = {path.name for path in (run.path / "diagnosis").iterdir()}
    assert files == {"saliency-discriminator.png", "neighbours.png", "directions.png", "samples.png"}
    page = (run.path / "diagnosis.html").read_text()
    assert page.count("data:image/png") == 4
    assert not re.search(r"<script|https?://", page)


def test_rows_that_are_trained_on_are_not_held_out(tmp_path):
    run = train(tmp_path, DIGITS)
    assert "among those that it is trained on" in asked(run)["accuracy"].says
    assert copies(run.data, run.held_out("test"), "x") > 0.9


def test_each_pair_is_named(tmp_path):
    found = Diagnose(samples=64).diagnose(train(tmp_path, TWO), None)
    assert {it.pair for it in found if it.name == "accuracy"} == {"generator and discriminator", "generator and other"}
    assert {it.pair for it in found if it.name == "modes"} == {""}
    assert "accuracy_real.generator.other" in figures(found) and "modes_coverage" in figures(found)


def test_without_its_data_a_run_tells_what_it_can(tmp_path):
    import numpy as np

    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(200, 2)).astype("float32"))
    data = IDENTITY[IDENTITY.index("[data]") : IDENTITY.index("[latents.z]")]
    train(tmp_path, IDENTITY.replace(data, '[data]\ntype = "Arrays"\npath = "x.npy"\n'))
    (tmp_path / "x.npy").unlink()
    found = {it.name: it for it in Diagnose(samples=64).diagnose(ganframe.open_run(tmp_path / "run"), None)}
    assert found["jacobian"].verdict == "good" and found["modes"].verdict == found["neighbours"].verdict == "note"
    assert found["saliency"].figures.keys() == {"fake_norm", "fake_focus"} and found["accuracy"].verdict == "note"


def test_the_command_prints_what_it_writes(tmp_path, capsys):
    run = train(tmp_path, CONSTANT)
    bits = {name: value.clone() for name, value in run.model.tensors().items()}
    assert run_guarded(lambda: cli.main(["diagnose", str(run.path), "--samples", "64"], standalone_mode=False)) == 0
    told = capsys.readouterr().out
    assert "What of the data is made: wrong: Much of the data is never made" in told and "  change: " in told
    assert f"page: {run.path / 'diagnosis.html'}" in told
    written = json.loads((run.path / "diagnosis.json").read_text())
    assert written["step"] == 2 and {it["name"] for it in written["findings"]} >= {"watch", "accuracy", "jacobian"}
    again = ganframe.open_run(run.path).model.tensors()
    assert all(torch.equal(value, again[name]) for name, value in bits.items())


def test_accuracy_and_overfitting_by_hand():
    told = Logits(torch.tensor([1.0, 1.0, 3.0, 3.0]), torch.tensor([-2.0, -2.0, 0.0, 4.0]), torch.tensor([2.0, 0.0]))
    found = separation.figures(told)
    assert (found["real"], found["fake"], found["held_out"]) == (0.5, 0.75, 0.5)  # about the middle, 1.0
    assert found["overfitting"] == pytest.approx(0.5)  # (2 - 1) / (2 - 0)


def test_layers_by_name_and_the_generator_against_its_judge():
    ones = {n: torch.ones(4) for n in ("a.Linear_0.weight", "a.Linear_0.bias", "b.parametrizations.weight.original0")}
    assert by_layer(ones) == {"a.Linear_0": pytest.approx(8**0.5), "b": 2.0}
    chosen = few({f"{i}": float(i) for i in range(100)})
    assert len(chosen) == 24 and {"0", "99"} <= chosen.keys()
    assert heard({"asked": -0.2, "reached": 0.1}, torch.ones(2))[0] == "bad"
    assert heard({"asked": 0.2, "reached": 0.1}, torch.ones(2))[0] == "look"
    assert heard({"asked": 0.9, "reached": 0.1}, torch.zeros(2))[0] == "bad"


def test_samples_that_speak_stand_above_their_neighbours_as_text():
    said = SimpleNamespace(
        nearest=(None, torch.tensor([1, 0])), draw=lambda *given: "",
        text=lambda rows: [f"row {int(value)}" for value in rows.flatten()],
    )
    (shown,) = nearest.pairs(said, torch.tensor([[5.0], [6.0]]), torch.tensor([[1.0], [2.0]]))
    assert shown.text == "made:     row 5\ntraining: row 2\n\nmade:     row 6\ntraining: row 1"
