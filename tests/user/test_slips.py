"""Slips of somebody who writes a spec: each is one line at its own place, without what merely follows from it."""

from __future__ import annotations

import pytest

from ganframe import estimate
from ganframe.errors import SpecError
from ganframe.plan import plan
from ganframe.spec.read import read
from tests.toy import registry

SPEC = """\
format = 1
[run]
steps = 10
batch_size = 8
[data]
type = "Ring"
[latents.z]
type = "Normal"
size = 2
[blocks.Res]
layers = [{ type = "Linear", out_features = 4, as = "h" }, "ReLU"]
shortcut = []
[networks.generator]
inputs = ["z"]
optimizer = { type = "Adam", lr = 1e-3 }
layers = [{ type = "Linear", out_features = 4, as = "h" }, { type = "Res" }, { type = "Linear", out_features = 2 }]
[networks.discriminator]
inputs = ["x"]
optimizer = { type = "Adam", betas = [0.5, 0.9] }
layers = [{ type = "Linear", out_features = 4 }, { type = "ReLU", as = "features" }, { type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
[losses.alike]
type = "MSELoss"
input = "fake.discriminator.features"
target = "real.discriminator.features"
[metrics.modes]
type = "Modes"
samples = 100
"""

#: What is written instead, and the whole answer, or its beginning where it ends in "...".
SLIPS = [
    ("size = 2", "size = -2", "9:8: latents.z.size: 'size' must be at least 1, not -2"),
    ('"Normal"\nsize', '"Normal"\nmeen = 1\nsize', "9:1: latents.z: 'Normal' has no option 'meen'; did you mean 'mean'?"),
    ('type = "Normal"', 'tpye = "Normal"', "7:10: latents.z: a latent needs a type: ..."),
    ("[latents.z]", "[latnets.z]", "7:2: latnets: unknown key 'latnets'; did you mean 'latents'?"),
    ("[data]", "[dtaa]", "5:2: dtaa: unknown key 'dtaa'; did you mean 'data'?"),
    ("size = 2", "size = [900_000_000, 900_000_000, 900_000_000]", "7:10: latents.z: a batch of 8 rows ..."),
    ("batch_size = 8", "batch_size = 9_000_000_000_000_000_000", "4:14: run.batch_size: 'batch_size' must be at most ..."),
    (
        "batch_size = 8", "batch_size = 8\ndiscriminator_steps = 0\ngenerator_steps = 0",
        "6:19: run.generator_steps: with 0 steps for either side nothing would be trained",
    ),
    ("optimizer = { type = \"Adam\", lr", "opptimizer = { type = \"Adam\", lr", "15:1: networks.generator.opptimizer: ..."),
    ('optimizer = { type = "Adam", lr = 1e-3 }', "optimizer = 3", "15:13: networks.generator.optimizer: expected an ..."),
    ('layers = [{ type = "Linear", out_features = 4, as = "h" }, { type = "Res" }', "layers = 3 #", "16:10: ..."),
    ("shortcut = []", "shortcut = 3", "12:12: blocks.Res.shortcut: expected an array of layers, found the number 3"),
    (', { type = "ReLU", as = "features" }', ', { type = "ReLU", from = "", as = "features" }', "20:74: ..."),
    ('inputs = ["z"]', 'inputs = ["generator"]', "14:11: networks.generator.inputs[0]: 'generator' cannot read its own ..."),
    (
        'optimizer = { type = "Adam", lr = 1e-3 }', 'trained_with = "discriminator"',
        "15:16: networks.generator.trained_with: 'generator' and 'discriminator' play against each other: ...",
    ),
    (
        "[networks.generator]", '[networks.pyramid]\nmakes = "small"\ninputs = ["x"]\nlayers = []\n[networks.generator]',
        "13:11: networks.pyramid: 'pyramid' makes a field and needs `optimizer`, `trained_with` or `weights`; to supply "
        'it in any batch: makes = "real.small"',
    ),
    (
        'optimizer = { type = "Adam", lr', 'makes = { x = "@hh" }\noptimizer = { type = "Adam", lr',
        "15:15: networks.generator.makes.x: binds no wire '@hh'; did you mean 'h'?",
    ),
    ('inputs = ["x"]', 'inputs = ["generator"]', "18:10: networks.discriminator.inputs: 'discriminator' judges 'x', but ..."),
    ("betas = [0.5, 0.9]", "betas = 0.5", "19:38: networks.discriminator.optimizer.betas: expected an array of 2 numbers, ..."),
    ('type = "NonSaturating"', 'typ = "NonSaturating"', "21:9: losses.game: 'game' has no type; did you mean 'type' by 'typ'?"),
    ('"NonSaturating"', '"Normal"', "22:8: losses.game: unknown loss 'Normal'; 'Normal' is a..."),
    ("[losses.alike]", "[[losses]]", "23:9: this key has a value already; what stands here has names: ..."),
    ("[losses.alike]", "[losses.größe]", "23:11: expected ']' ...; a name holds only letters a to z, digits, _ and -"),
    ('type = "Modes"', 'type = "ClassAccuracy"', "27:10: metrics.modes: 'ClassAccuracy' cannot judge this data: ..."),
    ("samples = 100", 'samples = 100\nsplit = "test"', "30:9: metrics.modes.split: this data has no split 'test'"),
    ("batch_size = 8", 'batch_size = 8\nkeep_best = "modes.modez"', "5:13: run.keep_best: metric 'modes' has no figure ..."),
    ("batch_size = 8", "batch_size = 8\n[device]\nthreads = 9_000_000_000_000", "6:11: device.threads: ..."),
]  # fmt: skip


@pytest.fixture
def said(tmp_path, monkeypatch):
    """The lines that planning a text gives, without the file's name."""
    monkeypatch.chdir(tmp_path)

    def found(text, overrides=()):
        (tmp_path / "a.toml").write_text(text, encoding="utf-8")
        try:
            estimate.check(plan(read("a.toml", overrides), registry()), 8 << 30)
        except SpecError as error:
            return [str(problem).removeprefix("a.toml:") for problem in error.errors]
        return []

    return found


def test_without_a_slip_it_is_a_spec(said):
    assert said(SPEC) == []


@pytest.mark.parametrize(("written", "instead", "answer"), SLIPS, ids=[answer[:60] for _, _, answer in SLIPS])
def test_one_slip_is_one_line_at_its_place(said, written, instead, answer):
    assert SPEC.count(written) >= 1
    (line,) = said(SPEC.replace(written, instead, 1))
    begin, *rest = answer.split("...")
    assert line.startswith(begin)
    assert all(part in line for part in rest)
    assert rest or line == answer


def test_a_game_without_a_player_says_who_plays(said):
    (line, _) = said(SPEC.replace("[networks.generator]", "[networks.g]"))
    assert line == (
        "21:9: losses.game: reaches no network: no network makes a field (one called 'generator' does, or one with "
        "`makes`); 'discriminator' judges 'x'"
    )


def test_slips_that_do_not_hang_together_are_told_together(said):
    text = SPEC.replace("size = 2", "size = 0").replace('"ReLU"', '"Relu"').replace('"Modes"', '"Mode"')
    places = [line.split(": ")[1] for line in said(text.replace("NonSaturating", "NonSaturated"))]
    assert places == [
        "latents.z.size", "blocks.Res.layers[1]", "networks.discriminator.layers[1]", "losses.game", "metrics.modes",
    ]  # fmt: skip


def test_a_block_may_be_given_itself(said):
    block = 'params = { inner = "Identity" }\nlayers = [{ type = "Linear", out_features = 4 }, "$inner"]'
    text = SPEC.replace('layers = [{ type = "Linear", out_features = 4, as = "h" }, "ReLU"]', block)
    assert said(text.replace('{ type = "Res" }', '{ type = "Res", inner = { type = "Res", inner = "Res" } }')) == []
    (line, _) = said(text.replace('inner = "Identity"', 'inner = "Res"'))
    assert line == "10:9: blocks.Res: blocks use one another in a circle: Res -> Res"


def test_parameters_that_double_from_block_to_block_are_refused(said):
    blocks = "".join(
        f'[blocks.B{i}]\nparams = {{ p = 1 }}\nlayers = [{{ type = "B{i + 1}", p = ["$p", "$p"] }}]\n' for i in range(40)
    )
    last = '[blocks.B40]\nparams = { p = 1 }\nlayers = ["ReLU"]\n[networks.generator]'
    text = SPEC.replace("[networks.generator]", blocks + last).replace('{ type = "Res" }', '"B0"')
    assert any("is given parameters of more than 10_000 entries" in line for line in said(text))


def test_a_metric_may_ask_for_another_split_where_the_data_has_it(said):
    digits = SPEC.replace('"Ring"', '"Digits"').replace("out_features = 2 }", "out_features = 64 }, \"View\"")
    digits = digits.replace('"View"', '{ type = "Unflatten", dim = 1, unflattened_size = [1, 8, 8] }')
    digits = digits.replace('layers = [{ type = "Linear", out_features = 4 }', 'layers = ["Flatten", { type = "Linear", out_features = 4 }')
    digits = digits.replace('"Modes"', '"FrechetDistance"')
    assert said(digits.replace("samples = 100", 'samples = 100\nsplit = "test"')) == []
    (line,) = said(digits.replace("samples = 100", 'samples = 100\nsplit = "tset"'))
    assert line == "30:9: metrics.modes.split: 'split' must be one of 'all', 'train', 'test', not 'tset'"
