"""Runs as their owner finds them: odd figures, changed options on resume, networks that make nothing."""

from __future__ import annotations

import json
import math

import attrs
import pytest
import torch
from small_data import write

from ganframe import api, checkpoint
from ganframe.errors import SpecError
from ganframe.registry import discover
from tests.cli.small import RING
from tests.toy import NO_HOOKS

STEPS = """
[metrics.modes]
type = "Modes"
every = 2
samples = 64
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    """Read a text, without hooks, in an empty working directory."""
    monkeypatch.chdir(tmp_path)

    def made(text, overrides=()):
        hooks = NO_HOOKS.partition("[hooks]")[2]
        (tmp_path / "a.toml").write_text(f"{text}\n[hooks]{hooks}", encoding="utf-8")
        return api.read_spec("a.toml", overrides)

    return made


def weights(run):
    return {name: value.clone() for name, value in run.networks["generator"].state_dict().items()}


class TestFigures:
    @pytest.fixture(autouse=True)
    def endless(self, monkeypatch):
        """A metric whose figure is infinite, as the distance to modes that nothing reaches."""
        modes = discover().get("metric", "Modes")

        def build(self, fields, facts, device):
            meter = original(self, fields, facts, device)
            compute = meter.compute
            meter.compute = lambda: {**compute(), "kl": math.inf, "modes": math.nan}
            return meter

        original = modes.build
        monkeypatch.setattr(modes, "build", build)

    def test_a_checkpoint_takes_them(self, spec):
        run = api.train(spec(RING + STEPS), "run")
        assert math.isinf(run.figures["modes.kl"])
        assert json.loads(run.path.joinpath("metrics.jsonl").read_text().splitlines()[-1])["modes.kl"] is None
        assert math.isnan(api.open_run("run").figures["modes.kl"])
        assert math.isinf(api.resume("run", 7).figures["modes.kl"])

    def test_none_of_them_is_the_best(self, spec):
        run = api.train(spec(RING + STEPS, ["run.keep_best=modes.modes"]), "run")
        assert run.best == {}


class TestResume:
    def test_a_changed_learning_rate_holds(self, spec):
        before = weights(api.train(spec(RING), "run"))
        after = weights(api.resume("run", 9, ["networks.generator.optimizer.lr=0.0"]))
        assert all(torch.equal(before[name], after[name]) for name in before)

    def test_a_constant_takes_the_place_of_a_curve(self, spec):
        curve = '{ type = "Adam", lr = { type = "Ramp", start = 0.0, end = 1.0, steps = 10 } }'
        text = RING.replace('inputs = ["z"]\noptimizer = "Adam"', f'inputs = ["z"]\noptimizer = {curve}')
        before = weights(api.train(spec(text), "run"))
        after = weights(api.resume("run", 9, ["networks.generator.optimizer.lr=0.0"]))
        assert all(torch.equal(before[name], after[name]) for name in before)

    def test_what_is_not_changed_goes_on_as_if_never_stopped(self, spec):
        changes = ["networks.generator.schedule={ type = 'StepLR', step_size = 2 }"]
        whole = weights(api.train(spec(RING, [*changes, "run.steps=9"]), "whole"))
        api.train(spec(RING, changes), "run")
        again = weights(api.resume("run", 9, ["run.log_every=3"]))
        assert all(torch.equal(whole[name], again[name]) for name in whole)

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ("optimizer={ type = 'SGD' }", "optimizer: the run goes on with Adam, with which it began"),
            ("schedule={ type = 'ExponentialLR', gamma = 0.5 }", "schedule: the run goes on with the schedule"),
            ("schedule=false", "schedule: the run goes on with the schedule"),
            ("optimizer.lr=0.5", "optimizer.lr: the schedule goes on from the learning rate"),
        ],
    )
    def test_what_the_saved_state_cannot_mean_is_refused(self, spec, change, told):
        api.train(spec(RING, ["networks.generator.schedule={ type = 'StepLR', step_size = 2 }"]), "run")
        with pytest.raises(SpecError, match=f"networks.generator.{told}"):
            api.resume("run", 9, [f"networks.generator.{change}"])

    def test_a_checkpoint_of_before_these_were_kept_goes_on(self, spec, monkeypatch):
        api.train(spec(RING), "run")
        load = checkpoint.load

        def older(path):
            loaded = load(path)
            owners = {
                name: {key: kept[key] for key in ("optimizer", "schedule")} for name, kept in loaded.state["owners"].items()
            }
            return attrs.evolve(loaded, state={**loaded.state, "owners": owners})

        monkeypatch.setattr(checkpoint, "load", older)
        assert api.resume("run", 9).step == 9


def test_a_metric_of_another_split_is_measured_of_an_opened_run(spec):
    text = RING.replace('"Ring"\nrows = 100', '"Digits"').replace("out_features = 2 }", "out_features = 64 }, VIEW")
    text = text.replace("VIEW", '{ type = "Unflatten", dim = 1, unflattened_size = [1, 8, 8] }')
    text = text.replace('layers = [{ type = "Linear", out_features = 4 }', 'layers = ["Flatten", { type = "Linear", out_features = 4 }')
    metric = '[metrics.fd]\ntype = "FrechetDistance"\nsplit = "test"\nsamples = 100\nevery = 5\n'
    run = api.train(spec(text + metric), "run")
    assert api.open_run("run").evaluate() == pytest.approx(run.figures)


def test_where_nothing_is_made_there_are_no_samples(tmp_path, spec):
    write(tmp_path)
    text = """format = 1
[run]
steps = 3
batch_size = 8
[data]
type = "Arrays"
path = "dann.npz"
[networks.features]
inputs = ["x"]
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 2 }]
[losses.classes]
type = "CrossEntropyLoss"
input = "real.features"
target = "real.label"
[device]
threads = 1
"""
    run = api.train(spec(text), "run")
    assert not any("ganframe sample" in command for command in run.commands())
    with pytest.raises(SpecError, match="no network of this spec makes anything"):
        api.open_run("run").draw(3)


def test_a_device_that_is_not_here_is_told_at_its_place(spec):
    with pytest.raises(SpecError) as caught:
        api.train(spec(RING.replace('type = "cpu"', 'type = "gpu"')), "run")
    (problem,) = caught.value.errors
    assert str(problem).startswith("a.toml:6:8: device.type: there is no 'gpu' here")
