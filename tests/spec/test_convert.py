"""Conversion of component tables: strict, located, nothing lost and nothing raised."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from fake_stock import KINDS, Adam, Conv2d, Linear, Ramp, Stock
from hypothesis import given
from hypothesis import strategies as st

from ganframe.component import component, option
from ganframe.errors import Place, PluginFault, Problem
from ganframe.spec import text
from ganframe.spec.convert import Env, Resolver, UnknownFact, UnknownName, substitute
from ganframe.spec.env import NOWHERE, as_node
from ganframe.spec.model import Node, RunOptions, Use
from ganframe.spec.uses import use

PATH = "networks.generator.layers[3]"


def node(source: str) -> Node:
    return text.parse(f"v = {source}", "f.toml").value["v"]


def resolve(kind: str, source: str, env: Env | None = None, call: str = "component"):
    """The component that a TOML value stands for, and the lines that were recorded."""
    problems: list[Problem] = []
    resolver = Resolver(Stock(), problems, None, layers=["Up", "mapping"])
    made = getattr(resolver, call)(use(kind, node(source), PATH), env or Env({}))
    return made, [str(problem) for problem in problems]


GOOD = [
    ("layer", '"ReLU"', {}),
    ("layer", '{ type = "Linear", out_features = 4 }', {"out_features": 4, "bias": True}),
    ("layer", '{ type = "Conv2d", out_channels = 4, kernel_size = [3, 5], padding = "same" }',
     {"kernel_size": (3, 5), "padding": "same", "stride": 1, "padding_mode": "zeros"}),
    ("layer", '{ type = "Conv2d", out_channels = 4, kernel_size = 3, padding = 1 }', {"kernel_size": 3, "padding": 1}),
    ("layer", '{ type = "BatchNorm2d", eps = 1 }', {"eps": 1.0, "momentum": 0.1}),
    ("layer", '{ type = "BatchNorm2d", momentum = "none" }', {"momentum": "none"}),
    ("layer", '{ type = "Unflatten", unflattened_size = [4, 2, 2] }', {"unflattened_size": (4, 2, 2)}),
    ("layer", '{ type = "Spans", spans = [[0, 1], [1, 3]], table = { a = 1 } }',
     {"spans": ((0, 1), (1, 3)), "table": {"a": 1}}),
    ("optimizer", '{ type = "Adam", lr = 1, betas = [0, 0.9] }', {"lr": 1.0, "betas": (0.0, 0.9)}),
    ("latent", '{ type = "Normal", size = 8 }', {"size": 8}),
    ("latent", '{ type = "Normal", size = [8, 2] }', {"size": (8, 2)}),
    ("loss", '{ type = "MSELoss", input = "fake.q.code", target = "real.x" }',
     {"input": "fake.q.code", "target": "real.x", "also": None, "reduction": "mean"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "source", "expected"), GOOD)
def test_a_table_becomes_its_component(kind, source, expected):
    made, said = resolve(kind, source)
    assert said == []
    values = {name: getattr(made, name) for name in expected}
    assert values == expected
    assert [type(value) for value in values.values()] == [type(value) for value in expected.values()]


BAD = [
    ("layer", '{ type = "Linear" }', f"f.toml:1:5: {PATH}: 'Linear' needs the option 'out_features'"),
    ("layer", '{ type = "Linear", out_feature = 4, out_features = 4 }',
     f"f.toml:1:24: {PATH}: 'Linear' has no option 'out_feature'; did you mean 'out_features'?"),
    ("layer", '{ type = "Linear", out_features = 4, zzz = 1 }', "it takes as, bias, defaults, for, from, init, out_fe"),
    ("layer", '{ type = "Linear", out_features = "4" }',
     f"f.toml:1:39: {PATH}.out_features: expected an integer, found the string '4'; write it without quotes: 4"),
    ("layer", '{ type = "Linear", out_features = 3.7 }', "expected an integer, found the number 3.7"),
    ("layer", '{ type = "Linear", out_features = 1e5 }', "found the number 100000.0; write 100_000"),
    ("layer", '{ type = "Linear", out_features = true }', "expected an integer, found true"),
    ("layer", '{ type = "Linear", out_features = 0 }',
     f"f.toml:1:39: {PATH}.out_features: 'out_features' must be at least 1, not 0"),
    ("layer", '{ type = "Linear", out_features = [4] }', "expected an integer, found an array of 1"),
    ("layer", '{ type = "Linear", out_features = "@h" }',
     "expected an integer, found the wire '@h', which has no value yet"),
    ("layer", '{ type = "Linear", out_features = 4, bias = 1 }', "true or false, found the number 1; write true"),
    ("layer", '{ type = "Linear", out_features = 4, bias = "no" }', "found the string 'no'; write false"),
    ("layer", '{ type = "Dropout", p = 1.5 }', "'p' must be at most 1, not 1.5"),
    ("layer", '{ type = "Conv2d", out_channels = 4, kernel_size = [3, 0] }',
     f"f.toml:1:56: {PATH}.kernel_size: 'kernel_size' must be at least 1, not 0"),
    ("layer", '{ type = "Conv2d", out_channels = 4, kernel_size = [3, 3, 3] }', "an array of 2 integers, found 3"),
    ("layer", '{ type = "Conv2d", out_channels = 4, kernel_size = [3, 3.5] }',
     f"f.toml:1:60: {PATH}.kernel_size[1]: expected an integer, found the number 3.5"),
    ("layer", '{ type = "Conv2d", out_channels = 4, kernel_size = 3, padding = "sane" }',
     "expected 'same' or 'valid', found the string 'sane'; did you mean 'same'?"),
    ("layer", '{ type = "Conv2d", out_channels = 4, kernel_size = 3.5 }',
     "expected an integer or an array of 2 integers, found the number 3.5"),
    ("layer", '{ type = "Conv2d", out_channels = 4, kernel_size = 3, padding_mode = "mirror" }',
     "'padding_mode' must be one of 'zeros', 'reflect', not 'mirror'"),
    ("layer", '{ type = "Unflatten", unflattened_size = 4 }', "array of integers, found the number 4; write [4]"),
    ("layer", '{ type = "Unflatten", unflattened_size = "4, 2" }', "found the string '4, 2'; write [4, 2]"),
    ("layer", '{ type = "Spans", spans = [[0]] }',
     f"f.toml:1:32: {PATH}.spans[0]: expected an array of 2 integers, found 1"),
    ("layer", '{ type = "Spans", spans = [], table = { a = "x" } }', f"{PATH}.table.a: expected an integer, found"),
    ("layer", '{ type = "Picky", low = 3 }', f"f.toml:1:5: {PATH}: low must be below high"),
    ("layer", '"Relu"', f"f.toml:1:5: {PATH}: unknown layer 'Relu'; did you mean 'ReLU'?"),
    ("layer", '{ type = "Conv2D" }', f"f.toml:1:14: {PATH}: unknown layer 'Conv2D'; did you mean 'Conv2d'?"),
    ("layer", '{ type = "Upp" }', "unknown layer 'Upp'; did you mean 'Up'?"),
    ("layer", '"Mapping"', "unknown layer 'Mapping'; did you mean 'mapping'?"),
    ("curve", '"Wobble"', "unknown curve 'Wobble'; there are Ramp, Flat"),
    ("layer", "{ type = 3 }", "'type' must be the name of a layer, not the number 3"),
    ("optimizer", '{ type = "Adam", lr = "2e-4" }',
     f"f.toml:1:27: {PATH}.lr: expected a number, found the string '2e-4'; write it without quotes: 2e-4"),
    ("optimizer", '{ type = "Adam", lr = ".5" }', "write it without quotes: 0.5"),
    ("optimizer", '{ type = "Adam", lr = "ramp" }', "unknown curve 'ramp'; did you mean 'Ramp'?"),
    ("optimizer", '{ type = "Adam", lr = { start = 1 } }',
     f'f.toml:1:27: {PATH}.lr: a curve needs a type: {{ type = "..." }}'),
    ("optimizer", '{ type = "Adam", lr = { type = "Ramp" } }', f"{PATH}.lr: 'Ramp' needs the option 'steps'"),
    ("optimizer", '{ type = "Adam", lr = { type = "Ramp", steps = 1e5 } }', f"{PATH}.lr.steps: expected an integer"),
    ("optimizer", '{ type = "Adam", betas = [0.5, { type = "Ramp", steps = 0 }] }',
     f"f.toml:1:61: {PATH}.betas[1].steps: 'steps' must be at least 1, not 0"),
    ("optimizer", '{ type = "Adam", betas = [0.5, 1.5] }', "'betas' must be at most 1, not 1.5"),
    ("optimizer", '{ type = "Adam", betas = 0.5 }', "array of 2 numbers, found the number 0.5"),
    ("latent", '{ type = "Normal", size = "8" }', "expected an integer or an array of integers, found the string '8'"),
    ("latent", '{ type = "Normal", size = [8, "a"] }', f"{PATH}.size[1]: expected an integer, found the string 'a'"),
    ("loss", '{ type = "MSELoss", input = "x", target = "real.x" }',
     'expected a tensor "BATCH.NAME" such as "fake.x", found the string \'x\'; write "fake.x" or "real.x"'),
    ("loss", '{ type = "MSELoss", input = "@x", target = "real.x" }', 'write "fake.x" or "real.x"'),
    ("loss", '{ type = "MSELoss", input = ["fake.a", "fake.b"], target = "real.x" }', "found an array of 2"),
    ("loss", '{ type = "MSELoss", input = "a.b.c.d", target = "real..x" }', "found the string 'a.b.c.d'"),
    ("loss", '{ type = "MSELoss", input = [], target = 3 }', f"{PATH}.target: expected a tensor"),
    ("loss", '{ type = "MSELoss", target = "real.x" }', "'MSELoss' needs the option 'input'"),
    ("loss", '{ type = "MSELoss", input = "a.b", target = "real.x", reduction = "none" }',
     "expected 'mean' or 'sum', found the string 'none'"),
    ("dataset", '{ type = "ImageFolder", path = "" }', f"{PATH}.path: the path is empty"),
    ("dataset", '{ type = "ImageFolder", path = "s3://b/x" }', "nothing is downloaded"),
    ("dataset", '{ type = "ImageFolder", path = "a\\u0000" }', "cannot hold the character NUL"),
    ("dataset", '{ type = "ImageFolder", path = 3 }', "expected a path, found the number 3"),
    ("dataset", '{ type = "ImageFolder", path = "x", size = "48, 48" }', "found the string '48, 48'; write [48, 48]"),
    ("augmentation", '{ type = "Chain", parts = ["Flip", { p = 1 }] }', f"{PATH}.parts[1]: an augmentation needs a"),
    ("augmentation", '{ type = "Chain", parts = ["Flop"] }', f"{PATH}.parts[0]: unknown augmentation 'Flop'; did"),
    ("augmentation", '{ type = "Chain", parts = ["Flip", { type = "Flip", p = 2 }] }',
     f"{PATH}.parts[1].p: 'p' must be at most 1, not 2"),
    ("augmentation", '{ type = "Chain", first = ["Flip"] }', f"{PATH}.first: expected one augmentation, found"),
    ("augmentation", '{ type = "Chain", first = 3 }', f"{PATH}.first: expected an augmentation, found the number 3"),
    ("augmentation", '{ type = "Chain", first = { p = 3 } }', f"{PATH}.first: an augmentation needs a type"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "source", "expected"), BAD)
def test_what_does_not_fit_is_recorded_at_its_place(kind, source, expected):
    made, said = resolve(kind, source)
    assert made is None
    assert any(expected in line for line in said), said


def test_all_faults_of_a_table_are_recorded_at_once():
    _, said = resolve("layer", '{ type = "Conv2d", kernel_size = 0, padding = 1.5, strid = 2 }')
    assert len(said) == 4


def test_a_mistyped_option_is_not_missed_as_well():
    _, said = resolve("layer", '{ type = "Linear", out_feature = 4 }')
    assert said == [f"f.toml:1:24: {PATH}: 'Linear' has no option 'out_feature'; did you mean 'out_features'?"]


def test_a_layers_wires_are_the_parameters_of_build():
    made, said = resolve("layer", '{ type = "LSTM", hidden_size = 3, hx = ["@h", "@c"] }', call="layer")
    assert said == []
    layer, wires = made
    assert layer.hidden_size == 3
    assert {name: wire.plain() for name, wire in wires.items()} == {"hx": ["@h", "@c"]}
    (_, wires), _ = resolve("layer", '{ type = "ConditionalBatchNorm2d", condition = "@y" }', call="layer")
    assert wires["condition"].value == "@y"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{ type = "LSTM", hidden_size = 3, hx = "h" }',
         f"f.toml:1:44: {PATH}.hx: expected a wire such as \"@in\", found the string 'h'; write \"@h\""),
        ('{ type = "LSTM", hidden_size = 3, hx = 3 }', "found the number 3"),
        ('{ type = "LSTM", hidden_size = 3, hx = ["@h", 3] }', f"f.toml:1:51: {PATH}.hx: expected a wire"),
        ('{ type = "LSTM", hidden_size = 3, hx = [] }', "found an empty array"),
        ('{ type = "LSTM", hidden_size = 3, hx = "$nope" }', f"{PATH}.hx: no parameter, variable or fact is named"),
        ('{ type = "Concat", more = "@h" }', "'Concat' has no option 'more'"),
        ('{ type = "ConditionalBatchNorm2d", conditon = "@y" }', "did you mean 'condition'?"),
        ('{ type = "Linear", out_features = 3, repeats = 2 }', "did you mean 'repeat'?"),
    ],
)  # fmt: skip
def test_what_is_no_wire_is_recorded(source, expected):
    made, said = resolve("layer", source, call="layer")
    assert made is None
    assert any(expected in line for line in said), said


def test_a_generated_signature_of_build_is_asked():
    import inspect

    def build(self, *wires): ...

    named = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in ("self", "x", "memory")]
    build.__signature__ = inspect.Signature(named)
    cls = component(type("Decoder", (), {"build": build, "__doc__": "Made.", "__annotations__": {}}))
    problems: list[Problem] = []
    stock = Stock({**KINDS, "layer": (cls,)})
    made = Resolver(stock, problems).layer(use("layer", node('{ type = "Decoder", memory = "@m" }'), PATH), Env({}))
    assert made[1]["memory"].value == "@m"
    assert problems == []


ENV = Env(
    {
        "width": node("[1, 2, 3]").value[1],
        "lr": node('{ type = "Ramp", steps = 3 }'),
        "norm": node('{ type = "BatchNorm2d", eps = 2 }'),
        "name": node('"ReLU"'),
        "wire": node('"@h"'),
        "engine": node('{ type = "ReLU", as = "h" }'),
    },
    outer=Env({"data.classes": 10, "data.spans": [(0, 1), (1, 4)], "width": 99, "plain": 7}),
)


def test_parameters_stand_for_whole_values_and_entries():
    made, _ = resolve("layer", '{ type = "Linear", out_features = "$width" }', ENV)
    assert made.out_features == 2
    made, _ = resolve("layer", '{ type = "Linear", out_features = "$data.classes" }', ENV)
    assert made.out_features == 10
    made, _ = resolve("layer", '{ type = "Unflatten", unflattened_size = ["$plain", 2] }', ENV)
    assert made.unflattened_size == (7, 2)
    made, _ = resolve("layer", '{ type = "Spans", spans = "$data.spans" }', ENV)
    assert made.spans == ((0, 1), (1, 4))
    made, _ = resolve("optimizer", '{ type = "Adam", lr = "$lr" }', ENV)
    assert isinstance(made.lr, Ramp)
    made, _ = resolve("optimizer", '{ type = "Adam", lr = { type = "Ramp", steps = "$width" } }', ENV)
    assert made.lr.steps == 2
    (_, wires), _ = resolve("layer", '{ type = "LSTM", hidden_size = 1, hx = "$wire" }', ENV, "layer")
    assert wires["hx"].value == "@h"


def test_a_parameter_may_be_a_type_or_hold_a_table():
    made, _ = resolve("layer", '{ type = "$name" }', ENV)
    assert type(made).__name__ == "ReLU"
    made, _ = resolve("layer", '"$norm"', ENV)
    assert made.eps == 2
    made, _ = resolve("layer", '{ type = "$norm", momentum = 0.5 }', ENV)
    assert (made.eps, made.momentum) == (2, 0.5)
    made, said = resolve("layer", '{ type = "$engine" }', ENV)
    assert made is None
    assert "'as' cannot stand in a table used as a type" in said[0]


def test_a_fault_in_a_parameters_value_is_told_where_the_value_stands():
    value = Node("no", Place("g.toml", 7, 9), Place("g.toml", 7, 1))
    _, said = resolve("layer", '{ type = "LeakyReLU", negative_slope = "$slope" }', Env({"slope": value}))
    assert said == [f"g.toml:7:9: {PATH}.negative_slope: expected a number, found the string 'no'"]
    _, said = resolve("layer", '{ type = "LeakyReLU", negative_slope = "$data.x" }', Env({"data.x": "no"}))
    assert said == [f"f.toml:1:44: {PATH}.negative_slope: expected a number, found the string 'no'"]


def test_an_unknown_parameter_lists_what_is_in_reach():
    _, said = resolve("layer", '{ type = "Linear", out_features = "$widht" }', ENV)
    unknown = "no parameter, variable or fact is named '$widht'; did you mean 'width'?"
    assert said == [f"f.toml:1:39: {PATH}.out_features: {unknown}"]
    _, said = resolve("layer", '{ type = "Linear", out_features = "$q" }', Env({"a": 1, "b": 2}))
    assert said[0].endswith("is named '$q'; in reach are $a, $b")
    _, said = resolve("layer", '{ type = "Linear", out_features = "$HOME" }')
    assert said[0].endswith("'$HOME'; none is in reach here; environment variables are not read")


def test_a_value_that_hangs_on_data_not_open_is_none_without_a_problem():
    closed = Env({"width": 3}, unknown=frozenset({"data"}))
    for source in ('{ type = "Linear", out_features = "$data.classes" }', '"$data.layer"'):
        assert resolve("layer", source, closed) == (None, [])
    made, said = resolve("layer", '{ type = "Conv2d", out_channels = "$data.channels", kernel_size = 0 }', closed)
    assert made is None
    assert len(said) == 1


def test_scopes_are_looked_up_inward_out():
    assert ENV.lookup("width").value == 2
    assert ENV.lookup("plain").plain() == 7
    assert ENV.names()[:3] == ["data.classes", "data.spans", "engine"]
    with pytest.raises(UnknownName, match="'\\$z'"):
        ENV.lookup("z")
    with pytest.raises(KeyError):
        ENV.lookup("z")
    with pytest.raises(UnknownFact):
        Env({}, unknown=frozenset({"data"})).lookup("data.x")
    assert Env({"data.x": 1}, outer=Env({}, unknown=frozenset({"data"}))).lookup("data.x").value == 1


def test_substitution_reaches_into_tables_and_arrays_and_keeps_places():
    tree = node('{ a = ["$plain", { b = "$width" }], c = "@in", d = "$data.classes" }')
    done = substitute(tree, ENV)
    assert done.plain() == {"a": [7, {"b": 2}], "c": "@in", "d": 10}
    assert done.value["d"].place == tree.value["d"].place
    assert done.value["a"].value[1].value["b"].key == tree.value["a"].value[1].value["b"].key
    with pytest.raises(UnknownName) as raised:
        substitute(node('["$nope"]'), ENV)
    assert str(raised.value.node.place) == "f.toml:1:6"


def test_paths_start_from_the_file_and_those_of_overrides_from_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    problems: list[Problem] = []
    resolver = Resolver(Stock(), problems, Path("base"))

    def made(place: Place, value: object = "pictures") -> Path:
        options = {"path": as_node(value, place), "more": as_node(["a", "../b"], place)}
        written = Use("dataset", as_node("ImageFolder", place), options, "data", as_node({}, place))
        return resolver.component(written, Env({}))

    data = made(Place("zoo/a.toml", 3, 4))
    assert (data.path, data.more) == (tmp_path / "zoo/pictures", (tmp_path / "zoo/a", tmp_path / "b"))
    assert made(Place("--set data.path=pictures")).path == tmp_path / "pictures"
    assert made(NOWHERE).path == tmp_path / "base/pictures"
    assert made(Place("zoo/a.toml", 3, 4), "/abs/x").path == Path("/abs/x")
    assert made(Place("zoo/a.toml", 3, 4), "~/$x").path == tmp_path / "zoo/~/$x"
    assert problems == []


def test_numbers_may_be_curves_and_have_bounds():
    problems: list[Problem] = []
    resolver = Resolver(Stock(), problems)
    assert resolver.number(node("3"), Env({}), "w") == 3.0
    assert isinstance(resolver.number(node('{ type = "Ramp", steps = 3 }'), Env({}), "w"), Ramp)
    assert type(resolver.number(node('"Flat"'), Env({}), "w")).__name__ == "Flat"
    assert problems == []
    assert resolver.number(node("-1"), Env({}), "w", min=0) is None
    assert resolver.number(node("2"), Env({}), "w", max=1) is None
    assert resolver.number(node("true"), Env({}), "w") is None
    assert [str(p) for p in problems] == [
        "f.toml:1:5: w: must be at least 0, not -1",
        "f.toml:1:5: w: must be at most 1, not 2",
        "f.toml:1:5: w: expected a number, found true",
    ]


def test_engine_tables_are_converted_the_same_way():
    problems: list[Problem] = []
    resolver = Resolver(Stock(), problems)
    table = node("{ steps = 7, share_fake = true }")
    run = resolver.options(RunOptions, table.value, Env({}), "run", table)
    assert (run.steps, run.share_fake, run.batch_size) == (7, True, 64)
    assert resolver.options(RunOptions, {}, Env({}), "run", None).steps == 10_000
    wrong = node('{ steps = 1e5, sede = 1, on_nonfinite = "x" }')
    assert resolver.options(RunOptions, wrong.value, Env({}), "run", wrong) is None
    assert [str(p) for p in problems] == [
        "f.toml:1:15: run.steps: expected an integer, found the number 100000.0; write 100_000",
        "f.toml:1:20: run: unknown key 'sede'; did you mean 'seed'?",
        "f.toml:1:45: run.on_nonfinite: 'on_nonfinite' must be one of 'stop', 'rollback', not 'x'",
    ]


def test_nested_and_single_values():
    problems: list[Problem] = []
    resolver = Resolver(Stock(), problems)
    assert type(resolver.nested("initializer", node('"XavierUniform"'), Env({}), "init")).__name__ == "XavierUniform"
    assert resolver.nested("initializer", node("3"), Env({}), "init") is None
    assert resolver.value(tuple[int, ...], node("[1, 2]"), "v", {}, Env({})) == (1, 2)
    assert resolver.value(bool, node("1"), "v", {}, Env({})) is None
    assert len(problems) == 2


def test_a_broken_annotation_is_the_plugins_fault():
    @component
    class Wrong:
        """Names what is not there."""

        x: Missing = option(1, "x")  # noqa: F821

        def build(self, y): ...

    stock = Stock({**KINDS, "layer": (Wrong,)})
    with pytest.raises(PluginFault, match=r"Wrong: an option's annotation cannot be read: name 'Missing'"):
        Resolver(stock, []).component(use("layer", node('"Wrong"'), PATH), Env({}))


JSON = st.recursive(
    st.booleans() | st.integers(-3, 9) | st.floats(-2, 2) | st.sampled_from(["", "@h", "$p", "Ramp", "fake.x", "1"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["type", "steps", "start", "p", "a"]), inner, max_size=3),
    max_leaves=5,
)
CLASSES = [(kind, cls) for kind, classes in KINDS.items() for cls in classes]


@given(st.data())
def test_any_table_gives_a_component_of_declared_types_or_problems(data):
    kind, cls = data.draw(st.sampled_from(CLASSES))
    names = [a.name for a in attrs.fields(cls)] + ["from", "hx", "zz"]
    table = {"type": cls.__name__, **data.draw(st.dictionaries(st.sampled_from(names), JSON, max_size=4))}
    problems: list[Problem] = []
    written = use(kind, as_node(table, Place("f", 1, 1)), "p")
    made = Resolver(Stock(), problems).component(written, Env({"p": 3}))
    assert (made is None) == bool(problems)
    if isinstance(made, Linear):
        assert type(made.out_features) is int
        assert type(made.bias) is bool
    if isinstance(made, Conv2d):
        assert isinstance(made.kernel_size, (int, tuple))
    if isinstance(made, Adam):
        assert isinstance(made.lr, float) or hasattr(made.lr, "at")
