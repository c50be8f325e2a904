"""The structure of a spec: what every section becomes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from spec_texts import SMALL, SPECS

from ganframe.spec.read import SECTIONS, read


def spec_of(write, text):
    spec = read(write(text))
    assert [str(p) for p in spec.problems] == []
    return spec


def plain(nodes):
    return {name: node.plain() for name, node in nodes.items()}


def test_the_small_spec_as_a_whole(write, tmp_path):
    spec = spec_of(write, SMALL)
    assert (spec.name, str(spec.path), spec.text) == ("a", "a.toml", SMALL)
    assert plain(spec.run) == {"steps": 10}
    assert (spec.data.kind, spec.data.type.value, plain(spec.data.options)) == (
        "dataset", "ImageFolder", {"path": "pictures"},
    )  # fmt: skip
    assert spec.sampler is None
    assert (spec.latents["z"].path, plain(spec.latents["z"].options)) == ("latents.z", {"size": 8})
    generator, discriminator = spec.networks.values()
    assert [node.value for node in generator.inputs] == ["z"]
    assert generator.makes == {("fake", ""): None}
    assert (generator.judges, discriminator.judges, discriminator.makes) == (None, "", {})
    assert [line.use.type.value for line in generator.layers] == ["Linear", "ReLU"]
    assert (generator.layers[1].path, plain(generator.layers[0].use.options)) == (
        "networks.generator.layers[1]", {"out_features": 4},
    )  # fmt: skip
    assert (generator.optimizer.path, discriminator.optimizer.type.value) == ("networks.generator.optimizer", "Adam")
    loss = spec.losses["game"]
    assert (loss.use.type.value, loss.weight, loss.every, loss.trains, loss.fake) == (
        "NonSaturating", None, None, None, "fake",
    )  # fmt: skip
    assert spec.warnings == []


def test_a_line_with_every_key(write):
    spec = spec_of(write, SMALL.replace(
        '"ReLU"]',
        '{ type = "LSTM", hidden_size = 3, hx = ["@h", "@c"], from = ["@a", "@last"], as = ["o", "h"], init = false, '
        'parametrize = "SpectralNorm", defaults.Linear = { bias = false }, repeat = 2 },'
        '{ type = "Linear", for.out_features = [1, 2], for.as = ["p", "q"] }, "$data.act"]',
    ))  # fmt: skip
    _, line, each, act = spec.networks["generator"].layers
    assert plain(line.use.options) == {"hidden_size": 3, "hx": ["@h", "@c"]}
    assert (line.source.plain(), line.names.plain(), line.repeat.value) == (["@a", "@last"], ["o", "h"], 2)
    assert (line.init.value, line.parametrize.value, line.defaults.plain()) == (
        False, "SpectralNorm", {"Linear": {"bias": False}},
    )  # fmt: skip
    assert plain(each.each) == {"out_features": [1, 2], "as": ["p", "q"]}
    assert (act.use.type.value, act.use.options) == ("$data.act", {})


def test_a_block_with_every_key(write):
    spec = spec_of(write, SMALL + """
[blocks.Up]
params = { width = 64, norm = "BatchNorm2d", skip = "@in" }
layers = [
  "$norm", { type = "Conv2d", out_channels = "$width", as = "h" }, { type = "Concat", from = ["@last", "$skip"] },
]
shortcut = []
exports = ["h"]
output = "@h"
[blocks.Plain]
layers = ["ReLU"]
""")  # fmt: skip
    block = spec.blocks["Up"]
    assert plain(block.params) == {"width": 64, "norm": "BatchNorm2d", "skip": "@in"}
    assert [line.use.type.value for line in block.layers] == ["$norm", "Conv2d", "Concat"]
    assert (block.shortcut, block.exports, block.output.value, block.path) == ((), ("h",), "@h", "blocks.Up")
    assert spec.blocks["Plain"].shortcut is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('makes = "x"', {("fake", "x"): None}),
        ('makes = "real.z"', {("real", "z"): None}),
        ('makes = { x = "@g32", x16 = "@g16" }', {("fake", "x"): "@g32", ("fake", "x16"): "@g16"}),
        ('makes = { real.x16 = "@x16", "real.x8" = "@x8" }', {("real", "x16"): "@x16", ("real", "x8"): "@x8"}),
        ('makes = { fake.x = "@a", real.y = "@b" }', {("fake", "x"): "@a", ("real", "y"): "@b"}),
        ("makes = false", {}),
        ("", {("fake", ""): None}),
    ],
)
def test_makes_in_all_its_forms(write, written, expected):
    spec = spec_of(write, SMALL.replace('inputs = ["z"]', f'inputs = ["z"]\n{written}'))
    made = spec.networks["generator"].makes
    assert {key: wire and wire.value for key, wire in made.items()} == expected


def test_judges_may_be_named_or_turned_off(write):
    for written, expected in (('judges = "h"', "h"), ("judges = false", None), ("", "")):
        spec = spec_of(write, SMALL.replace('inputs = ["x"]', f'inputs = ["x"]\n{written}'))
        assert spec.networks["discriminator"].judges == expected


def test_a_network_with_every_key(write):
    spec = spec_of(write, SMALL.replace('inputs = ["x"]\noptimizer = "Adam"', """inputs = ["x", "label"]
output = ["@a", "@b"]
init = { type = "XavierUniform", gain = 2 }
parametrize = "SpectralNorm"
defaults.Linear = { bias = false }
defaults.ReLU = false
ema = { type = "Flat" }
augment = ["Flip", { type = "Chain" }]
weights = "old/run"
weights_skip = ["discriminator.Linear_0.weight"]
optimizer = { type = "Adam", lr = 1e-3 }
schedule = { type = "StepLR", step_size = 3 }
joint = true"""))  # fmt: skip
    network = spec.networks["discriminator"]
    assert network.output.plain() == ["@a", "@b"]
    assert (network.init.plain()["gain"], network.parametrize.value, network.ema.plain()) == (
        2, "SpectralNorm", {"type": "Flat"},
    )  # fmt: skip
    assert plain(network.defaults) == {"Linear": {"bias": False}}
    assert [use.path for use in network.augment] == [
        "networks.discriminator.augment[0]", "networks.discriminator.augment[1]",
    ]  # fmt: skip
    assert (network.weights.value, network.weights_skip) == ("old/run", ("discriminator.Linear_0.weight",))
    assert (network.schedule.type.value, network.joint, network.trained_with) == ("StepLR", True, None)


def test_false_turns_a_key_off(write):
    keys = ("init", "parametrize", "ema", "augment", "weights", "schedule", "joint")
    off = "\n".join(f"{key} = false" for key in keys)
    spec = spec_of(write, SMALL.replace('inputs = ["x"]', f'inputs = ["x"]\n{off}\ntrained_with = false'))
    network = spec.networks["discriminator"]
    assert (network.init, network.parametrize, network.augment, network.weights) == (None, None, (), None)
    assert (network.schedule, network.joint, network.trained_with) == (None, False, None)
    assert network.ema.value is False  # a network trained with another would inherit its average


def test_losses_batches_metrics_hooks_sample_and_about(write):
    spec = spec_of(write, SMALL + """
[losses.l1]
type = "MSELoss"
input = "rebuilt.generator"
target = "real.x"
weight = { type = "Ramp", steps = 3 }
every = 4
generator = "generator"
discriminator = "discriminator"
trains = ["generator"]
fake = "rebuilt"
[batches.rebuilt]
x = "real.generator"
[metrics.modes]
type = "Modes"
every = 100
samples = 5_000
split = "test"
radius = 0.2
[hooks.samples]
every = 20
columns = 3
[hooks.mine]
type = "SampleGrid"
[hooks]
watch = false
[sample]
ema = false
batch_size = 8
latents.z = { type = "Normal", size = 8, std = 0.5 }
[about]
authors = ["a"]
license = "$MIT"
""")  # fmt: skip
    loss = spec.losses["l1"]
    assert plain(loss.use.options) == {"input": "rebuilt.generator", "target": "real.x"}
    assert (loss.weight.plain()["steps"], loss.every.value, loss.generator, loss.discriminator) == (
        3, 4, "generator", "discriminator",
    )  # fmt: skip
    assert (loss.trains, loss.fake) == (("generator",), "rebuilt")
    assert plain(spec.batches["rebuilt"]) == {"x": "real.generator"}
    metric = spec.metrics["modes"]
    assert (plain(metric.use.options), metric.every.value, metric.samples.value, metric.split.value) == (
        {"radius": 0.2}, 100, 5000, "test",
    )  # fmt: skip
    assert (list(spec.hooks), spec.removed_hooks) == (["samples", "mine"], ("watch",))
    hook = spec.hooks["samples"]
    assert (hook.use.type.value, plain(hook.use.options), hook.every.value) == ("SampleGrid", {"columns": 3}, 20)
    assert plain(spec.sample.options) == {"ema": False, "batch_size": 8}
    assert spec.sample.latents["z"].path == "sample.latents.z"
    assert spec.about == {"authors": ["a"], "license": "$MIT"}


def test_phases_in_the_order_of_the_file(write):
    spec = spec_of(write, SMALL + """
[phases.second]
steps = 5
losses = ["game"]
[phases.first]
batch_size = 8
trains = ["generator"]
""")  # fmt: skip
    assert list(spec.phases) == ["second", "first"]
    second, first = spec.phases.values()
    assert (plain(second.options), second.losses, second.trains) == ({"steps": 5}, ("game",), None)
    assert (plain(first.options), first.losses, first.trains, first.path) == (
        {"batch_size": 8}, None, ("generator",), "phases.first",
    )  # fmt: skip


def test_data_takes_a_sampler_and_device_its_keys(write):
    text = SMALL.replace('path = "pictures"', 'path = "pictures"\nsampler = { type = "Weighted" }')
    spec = spec_of(write, text + '[device]\ntype = "cpu"\nthreads = 2\n')
    assert (spec.sampler.kind, spec.sampler.path, plain(spec.data.options)) == (
        "sampler", "data.sampler", {"path": "pictures"},
    )  # fmt: skip
    assert plain(spec.device) == {"type": "cpu", "threads": 2}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_specs_of_many_models_have_no_fault(path):
    spec = read(path)
    assert [str(p) for p in spec.problems] == []
    assert spec.networks
    assert spec.losses
    assert all(line.use.type.place.line for network in spec.networks.values() for line in network.layers)


def test_reading_a_spec_imports_no_torch(write):
    path = write(SMALL)
    code = (
        f"import sys; from ganframe.spec import read, dump, schema, convert; read.read({path!r}); "
        "sys.exit(any(m in sys.modules for m in ('torch', 'numpy', 'rich', 'click')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_section_has_a_reader(faults):
    for section in set(SECTIONS) - {"format"}:
        found = faults(f"format = 1\n{section} = 3\n")
        assert any(f": {section}: expected" in line or f": {section}: " in line for line in found), (section, found)
