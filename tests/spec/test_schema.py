"""The JSON Schema of specs."""

from __future__ import annotations

import copy

import pytest
import tomli
from fake_stock import Stock
from jsonschema import Draft7Validator
from spec_texts import SMALL, SPECS

from ganframe.registry import discover
from ganframe.spec.schema import schema

LINES = ("networks", "generator", "layers")


@pytest.fixture(scope="module")
def small():
    return Draft7Validator(schema(Stock()))


@pytest.fixture(scope="module")
def installed():
    registry = discover()
    return Draft7Validator(schema(registry)), registry


def test_it_is_a_schema(small, installed):
    Draft7Validator.check_schema(small.schema)
    Draft7Validator.check_schema(installed[0].schema)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_specs_of_many_models_fit(path, installed):
    validator, registry = installed
    document = tomli.loads(path.read_text())
    if document.get("data", {}).get("type") not in (None, *registry.kind("dataset")):
        document.pop("data")
    assert [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(document)] == []


def test_the_small_spec_fits(small):
    assert list(small.iter_errors(tomli.loads(SMALL))) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rum",), {}),
        (("format",), 2),
        (("run", "steps"), "many"),
        (("run", "steps"), 0),
        (("run", "stepz"), 1),
        (("run", "on_nonfinite"), "ignore"),
        (("device", "precision"), "float8"),
        (("latents", "z", "size"), 0),
        (("latents", "z", "size"), "8"),
        (("latents", "z", "sizes"), 8),
        (("losses", "game", "type"), "NonSaturatin"),
        (("losses", "game", "every"), 0),
        (("losses", "m"), {"type": "MSELoss", "input": "x", "target": "real.x"}),
        (("losses", "m"), {"type": "MSELoss", "input": "fake.x"}),
        (("losses", "m"), {"type": "MSELoss", "input": "fake.x", "target": "real.x", "reduction": "none"}),
        (LINES, [{"type": "Linear", "out_features": 0}]),
        (LINES, [{"type": "Linear", "out_feature": 3}]),
        (LINES, [{"type": "Conv2d", "out_channels": 3, "kernel_size": [3, 3, 3]}]),
        (LINES, [{"type": "Conv2d", "out_channels": 3, "padding_mode": "mirror"}]),
        (LINES, [{"out_features": 3}]),
        (LINES, [{"type": "LSTM", "hx": "h"}]),
        (LINES, [{"type": "Linear", "from": "h"}]),
        (LINES, ["@h"]),
        (("networks", "generator", "optimizer"), {"type": "Adam", "betas": [0.5]}),
        (("networks", "generator", "optimizer"), {"type": "Adam", "lr": {"type": "Ramp"}}),
        (("networks", "generator", "optimiser"), "Adam"),
        (("networks", "generator", "augment"), ["Flop"]),
        (("blocks",), {"B": {"inputs": []}}),
        (("phases",), {"p": {"seed": 1}}),
        (("hooks",), {"samples": {"type": "SampleGrid", "colums": 3}}),
        (("batches",), {"b": {"x": "x"}}),
        (("data", "sampler"), {"type": "Weightd"}),
        (("sample",), {"emma": True}),
    ],
)
def test_what_is_wrong_does_not_fit(small, path, value):
    document = tomli.loads(SMALL)
    table = document
    for part in path[:-1]:
        table = table.setdefault(part, {})
    table[path[-1]] = value
    assert list(small.iter_errors(document))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("run", "steps"), "$n"),
        (("losses", "r1"), {"weight": 5}),
        (("losses", "r1"), False),
        (("losses", "m"), {"type": "MSELoss", "input": "fake.q.h", "target": "$p", "weight": "Flat"}),
        (LINES, ["Up", "$norm", {"type": "Up", "width": 3, "for": {"as": ["a"]}, "repeat": 2}]),
        (LINES, [{"type": "Linear", "init": False, "for": {"out_features": [1, 2]}}]),
        (LINES, [{"type": "LSTM", "hidden_size": 2, "hx": ["@h", "@c"], "as": ["a", "b"]}]),
        (LINES, [{"type": "Concat", "from": ["@a", "$skip"], "defaults": {"Linear": False}}]),
        (("networks", "generator", "optimizer"), {"type": "Adam", "lr": {"type": "Ramp", "steps": 3}}),
        (("networks", "generator", "optimizer"), {"type": "Adam", "betas": [0, "$b"]}),
        (("networks", "generator", "augment"), {"type": "Chain", "parts": ["Flip", {"type": "Flip", "p": "Flat"}]}),
        (("networks", "generator", "makes"), {"real": {"x": "@h"}}),
        (("data", "sampler"), "Weighted"),
        (("hooks",), {"samples": {"every": 3}, "watch": False}),
    ],
)  # fmt: skip
def test_every_form_of_the_language_fits(small, path, value):
    document = copy.deepcopy(tomli.loads(SMALL))
    table = document
    for part in path[:-1]:
        table = table[part] if part in table else table.setdefault(part, {})
    table[path[-1]] = value
    assert [e.message[:200] for e in small.iter_errors(document)] == []


def test_a_component_is_one_object_with_its_texts_and_defaults(small):
    forms = small.schema["definitions"]["layer"]["anyOf"]
    conv = next(form for form in forms if form.get("properties", {}).get("type", {}).get("enum") == ["Conv2d"])
    assert conv["additionalProperties"] is False
    assert conv["properties"]["stride"]["default"] == 1
    assert conv["properties"]["stride"]["description"] == "step"
    assert conv["properties"]["type"]["description"] == "A convolution."
    assert {"as", "from", "for", "repeat", "init", "parametrize", "defaults"} < set(conv["properties"])
