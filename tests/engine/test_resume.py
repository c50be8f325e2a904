"""A run that was stopped and resumed has the bits of one that was not: tensors, state and log."""

from __future__ import annotations

import re

import pytest
import torch

from ganframe import api, state
from ganframe.errors import SpecError
from tests.alike import equal, last, lines, same
from tests.engine.lab import registry, written

RUN = """
[run]
steps = 40
batch_size = 6
seed = 3
log_every = 1
checkpoint_every = 20
keep = 50
[data]
type = "Made"
shapes.x = [3, 8, 8]
shapes.label = [4]
classes = ["label"]
rows = 50
[latents.z]
type = "Normal"
size = 5
[latents.label]
type = "Shuffle"
field = "label"
"""

GENERATOR = """
[vars]
rate = { type = "Cosine", start = 1e-2, end = 1e-3, steps = 30 }
beta = { type = "Ramp", start = 0.8, end = 0.99, begin = 10, steps = 20 }
[networks.mapping]
inputs = ["label"]
trained_with = "generator"
layers = [{ type = "Linear", out_features = 5 }, "BatchNorm1d"]
[networks.generator]
inputs = ["z", "mapping"]
ema = { type = "HalfLife", images = 40, rampup = 0.5 }
optimizer = { type = "Adam", lr = "$rate", betas = [0.5, "$beta"] }
layers = [
  { type = "Concat", from = ["@z", "@mapping"] }, { type = "Linear", out_features = 12 }, "BatchNorm1d",
  { type = "Dropout", p = 0.3 }, "ReLU",
  "Wander", { type = "Linear", out_features = 192, as = "h" },
  { type = "Unflatten", dim = 1, unflattened_size = [3, 8, 8] }, "Noise", "Tanh",
]
"""

DISCRIMINATOR = """
[networks.discriminator]
inputs = ["x", "label"]
parametrize = "SpectralNorm"
augment = { type = "ADA", target = 0.0, every = 2, images = 200 }
optimizer = { type = "RMSprop", lr = 1e-3, momentum = 0.5 }
schedule = { type = "StepLR", step_size = 7, gamma = 0.9 }
layers = [
  { type = "Conv2d", out_channels = 4, kernel_size = 3, stride = 2 }, { type = "LeakyReLU", negative_slope = 0.2 },
  "Flatten",
  { type = "Dropout", p = 0.2 }, { type = "Projection", label = "@label" },
]
"""

LOSSES = """
[losses.game]
type = "NonSaturating"
[losses.r1]
type = "R1"
every = 3
weight = { type = "Ramp", start = 0.1, end = 1.0, steps = 40 }
[losses.lecam]
type = "LeCam"
warmup = 4
[losses.pool]
type = "ImagePool"
size = 10
[losses.path]
type = "PathLength"
wire = "fake.generator.h"
every = 4
"""

PHASES = """
[phases.one]
steps = 25
losses = ["game", "r1", "pool"]
[phases.two]
steps = 15
batch_size = 4
discriminator_steps = 2
"""

CYCLE = (
    RUN.replace("shapes.x", "shapes.a = [5]\nshapes.b").replace("[3, 8, 8]", "[5]").partition("[latents")[0]
    + "".join(
        f"""
[networks.{name}]
inputs = ["{reads}"]
{"makes" if makes else "judges"} = "{field}"
optimizer = {{ type = "{optimizer}", lr = 1e-2 }}
layers = [{{ type = "Linear", out_features = 6 }}, "BatchNorm1d", "ReLU", {{ type = "Dropout", p = 0.2 }},
{{ type = "Linear", out_features = {5 if makes else 1} }}]
"""
        for name, reads, makes, field, optimizer in (
            ("ab", "a", True, "b", "ExtraAdam"),
            ("ba", "b", True, "a", "Adam"),
            ("judge_a", "a", False, "a", "OptimisticAdam"),
            ("judge_b", "b", False, "b", "SGD"),
        )  # fmt: skip
    )
    + """
[losses.game]
type = "LeastSquares"
[losses.pool]
type = "ImagePool"
size = 9
[losses.cycle]
type = "L1Loss"
generator = "ab"
input = "fake.ba"
target = "real.a"
"""
)

BEGAN = (
    RUN.partition("[latents.label]")[0].replace("[3, 8, 8]", "[6]")
    + """
[networks.generator]
inputs = ["z"]
ema = 0.9
optimizer = { type = "Lookahead", inner = { type = "AdamW", lr = 1e-2 }, k = 3 }
layers = [{ type = "Linear", out_features = 8 }, { type = "Dropout", p = 0.4 }, "BatchNorm1d", "ReLU",
{ type = "Linear", out_features = 6 }]
[networks.discriminator]
inputs = ["x"]
joint = true
optimizer = { type = "Adagrad", lr = 1e-2 }
schedule = { type = "SequentialLR", milestones = [5], schedulers = [{ type = "LinearLR", total_iters = 5 },
{ type = "CosineAnnealingLR", T_max = 20 }] }
layers = [{ type = "Linear", out_features = 8 }, "BatchNorm1d", "Tanh", { type = "Linear", out_features = 6 }]
[losses.game]
type = "BEGAN"
rate = 0.1
"""
)

SPECS = {
    "everything": (RUN + GENERATOR + DISCRIMINATOR + LOSSES + PHASES, []),
    "accumulated": (
        RUN + GENERATOR + DISCRIMINATOR + LOSSES,
        ["run.accumulate=2", "run.clip_grad_norm=1.0", "run.generator_steps=2"],
    ),
    "cycle": (CYCLE, []),
    "began": (BEGAN, []),
    "shared": (BEGAN, ["run.share_fake=true", "run.discriminator_steps=2"]),
    "measured": (
        BEGAN + '[metrics.mean]\ntype = "Mean"\nsamples = 20\nevery = 6\n',
        ["run.keep_best='mean.fake'", "sample.standing_statistics=2"],
    ),
}


def spec(folder, text, overrides):
    """The spec read from a file."""
    folder.mkdir(exist_ok=True)
    return api.read_spec(written(folder, text), overrides)


def until(step):
    """What stops a run at a step: arguments of `train` and `resume`."""
    seen = []
    return {"begin": seen.append, "should_stop": lambda: "told to" if seen and seen[0].step >= step else ""}


@pytest.mark.parametrize("name", SPECS)
def test_stopped_and_resumed(tmp_path, name):
    text, overrides = SPECS[name]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    api.train(spec(tmp_path / "a", text, overrides), whole, registry=registry())
    run = api.train(spec(tmp_path / "b", text, overrides), parts, registry=registry(), **until(20))
    assert run.about["reason"] == "told to" and run.step == 20
    torch.manual_seed(12345)
    resumed = api.resume(parts, registry=registry())
    assert resumed.step == 40 and not [w for w in resumed.warnings if "bit-exact" in w]
    equal(whole, parts)


def test_there_is_something_to_keep(tmp_path):
    """What the runs above must carry over is really there and moves."""
    text, overrides = SPECS["everything"]
    api.train(spec(tmp_path, text, overrides), tmp_path / "run", registry=registry())
    kept = last(tmp_path / "run")
    assert float(kept.state["augmentations"]["discriminator"][0]["p"]) > 0
    assert kept.state["losses"]["pool"]["x"].shape == (10, 3, 8, 8) and int(kept.state["losses"]["lecam"]["seen"]) == 30
    assert float(kept.state["losses"]["path"]["mean"]) > 0
    assert float(kept.state["hidden"]["generator.Wander_0.passes"]) > 40
    assert any("parametrizations.weight.0._u" in key for key in kept.model)
    assert {key.partition(".")[0] for key in kept.model} == {
        "generator",
        "generator_ema",
        "mapping",
        "mapping_ema",
        "discriminator",
    }
    assert kept.state["owners"]["discriminator"]["schedule"]["last_epoch"] == 40
    assert set(state.encode(kept.state)[0])


def test_in_many_pieces_and_across_the_boundary_of_phases(tmp_path):
    text, overrides = SPECS["everything"]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    api.train(spec(tmp_path / "a", text, overrides), whole, registry=registry())
    api.train(spec(tmp_path / "b", text, overrides), parts, registry=registry(), **until(3))
    for stop in (7, 24, 25, 26, 40):
        assert api.resume(parts, registry=registry(), **until(stop)).step == stop
    equal(whole, parts)


def test_steps_after_the_last_checkpoint_are_done_again(tmp_path):
    text, overrides = SPECS["everything"]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    api.train(spec(tmp_path / "a", text, overrides), whole, registry=registry())

    class Power(Exception):
        pass

    seen = []

    def cut():
        if seen[0].step == 33:
            raise Power
        return ""

    with pytest.raises(Power):
        api.train(spec(tmp_path / "b", text, overrides), parts, registry=registry(), begin=seen.append, should_stop=cut)
    assert last(parts).step == 20 and lines(parts)[-1]["step"] == 33
    api.resume(parts, registry=registry())
    equal(whole, parts)


def test_sampling_in_between_changes_nothing(tmp_path):
    text, overrides = SPECS["began"]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    api.train(spec(tmp_path / "a", text, overrides), whole, registry=registry())
    stop = until(20)
    draw = stop["should_stop"]

    def draws():
        seen[0].draw(7, seed=seen[0].step)
        return draw()

    seen = []
    api.train(
        spec(tmp_path / "b", text, overrides),
        parts,
        registry=registry(),
        begin=lambda run: (seen.append(run), stop["begin"](run)),
        should_stop=draws,
    )
    before = api.open_run(parts, registry=registry()).draw(5)
    api.resume(parts, registry=registry())
    equal(whole, parts)
    again = api.open_run(parts, registry=registry(), at=20).draw(5)
    assert all(torch.equal(before[name], value) for name, value in again.items())


def test_a_new_total_of_steps(tmp_path):
    text, overrides = SPECS["began"]
    api.train(spec(tmp_path / "a", text, [*overrides, "run.steps=10"]), tmp_path / "run", registry=registry())
    assert api.resume(tmp_path / "run", registry=registry()).step == 10
    assert api.resume(tmp_path / "run", 15, registry=registry()).step == 15
    api.train(spec(tmp_path / "b", text, [*overrides, "run.steps=15"]), tmp_path / "other", registry=registry())
    one, two = (last(tmp_path / name).model for name in ("run", "other"))
    same(dict(sorted(one.items())), dict(sorted(two.items())))
    with pytest.raises(SpecError, match="at step 15 already"):
        api.resume(tmp_path / "run", 12, registry=registry())


def changed(run, old, new):
    path = run / "resolved.toml"
    text, times = re.subn(old, new, path.read_text())
    assert times
    path.write_text(text)


def test_options_of_an_optimizer_that_changed_are_the_specs(tmp_path):
    text, overrides = SPECS["began"]
    run = tmp_path / "run"
    adam = "networks.generator.optimizer={type='Adam', lr=0.25, betas=[0.5, 0.75]}"
    api.train(spec(tmp_path / "a", text, [*overrides, adam, "run.steps=4"]), run, registry=registry())
    api.resume(run, 6, registry=registry())
    before = last(run).state["owners"]["generator"]
    changed(run, "lr = 0.25", "lr = 0.125")
    api.resume(run, 8, registry=registry())
    after = last(run).state["owners"]["generator"]
    assert before["optimizer"]["groups"][0]["lr"] == 0.25
    assert after["optimizer"]["groups"][0]["lr"] == 0.125
    assert after["optimizer"]["groups"][0]["betas"] == before["optimizer"]["groups"][0]["betas"] == (0.5, 0.75)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "optimizer = .*lr = 0.25.*",
            'optimizer = { type = "SGD", lr = 0.25 }',
            "networks.generator.optimizer: the run goes on with Adam",
        ),
        (
            "schedule = .*",
            'schedule = { type = "ExponentialLR", gamma = 0.5 }',
            "networks.generator.schedule: the run goes on with the schedule",
        ),
        ("lr = 0.25", "lr = 0.125", "networks.generator.optimizer.lr: the schedule goes on from the learning rate"),
    ],
)
def test_what_a_resumed_optimizer_cannot_change(tmp_path, old, new, message):
    text, overrides = SPECS["began"]
    run = tmp_path / "run"
    tables = [
        "networks.generator.optimizer={type='Adam', lr=0.25}",
        "networks.generator.schedule={type='StepLR', step_size=2, gamma=0.5}",
    ]
    api.train(spec(tmp_path / "a", text, [*overrides, *tables, "run.steps=4"]), run, registry=registry())
    changed(run, old, new)
    with pytest.raises(SpecError, match=message):
        api.resume(run, 8, registry=registry())


def test_a_schedule_goes_on_with_its_new_options(tmp_path):
    text, overrides = SPECS["began"]
    run = tmp_path / "run"
    tables = [
        "networks.generator.optimizer={type='Adam', lr=0.25}",
        "networks.generator.schedule={type='StepLR', step_size=2, gamma=0.5}",
    ]
    api.train(spec(tmp_path / "a", text, [*overrides, *tables, "run.steps=4"]), run, registry=registry())
    assert last(run).state["owners"]["generator"]["optimizer"]["groups"][0]["lr"] == 0.0625
    changed(run, "step_size = 2", "step_size = 3")
    api.resume(run, 8, registry=registry())
    assert last(run).state["owners"]["generator"]["optimizer"]["groups"][0]["lr"] == 0.03125


def test_the_resolved_spec_gives_the_same_bits(tmp_path):
    text, overrides = SPECS["everything"]
    run, again = tmp_path / "run", tmp_path / "again"
    api.train(spec(tmp_path / "a", text, [*overrides, "run.seed=9"]), run, registry=registry())
    api.train(api.read_spec(run / "resolved.toml"), again, registry=registry())
    equal(run, again)


def test_a_checkpoint_of_another_spec_is_refused(tmp_path):
    text, overrides = SPECS["began"]
    api.train(spec(tmp_path / "a", text, [*overrides, "run.steps=2"]), tmp_path / "run", registry=registry())
    for path in (tmp_path / "run" / "resolved.toml",):
        path.write_text(path.read_text().replace("out_features = 8", "out_features = 9"))
    with pytest.raises(SpecError, match="the checkpoint is not of this spec: network"):
        api.resume(tmp_path / "run", 4, registry=registry())


def test_keep_best_keeps_the_best(tmp_path):
    text, overrides = SPECS["measured"]
    api.train(
        spec(tmp_path / "a", text, [*overrides, "run.keep=1", "run.checkpoint_every=6"]),
        tmp_path / "run",
        registry=registry(),
    )
    told = {line["step"]: line["mean.fake"] for line in lines(tmp_path / "run") if "mean.fake" in line}
    assert set(told) == {6, 12, 18, 24, 30, 36, 40}
    best = max(told, key=lambda step: told[step])
    kept = {int(path.name[5:]) for path in (tmp_path / "run" / "checkpoints").iterdir()}
    assert kept == {best, 40}
    assert api.open_run(tmp_path / "run", registry=registry(), at="best").step == best
