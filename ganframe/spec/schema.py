"""JSON Schema of a spec, for editors: one object for each component, so that they complete its options.

`anyOf` over objects whose `type` is a one-value enum is the form from which editors complete names and options.
A table without `type` is let through, because a spec that `extends` another merges it; `ganframe check` is exact.
"""

from __future__ import annotations

import inspect

import attrs

from ganframe.hookspecs import ENGINE_KEYS, KINDS
from ganframe.spec.convert import Components
from ganframe.spec.forms import Schema, any_of, option_form, ref, table
from ganframe.spec.model import RUN_ONLY, DeviceOptions, RunOptions, SampleOptions
from ganframe.spec.uses import option_fields, wire_parameters

_OFF = {"enum": [False]}
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_COUNT = any_of({"type": "integer", "minimum": 1}, ref("parameter"))
_NUMBER = any_of({"type": "number"}, ref("curve"), ref("parameter"))
_PARTIAL = {"type": "object", "not": {"required": ["type"]}}


def schema(registry: Components) -> Schema:
    """The schema of every spec that the registry's components can write (JSON Schema draft 7)."""
    definitions = {
        "parameter": {"type": "string", "pattern": r"^\$."},
        "tensor": {"type": "string", "pattern": r"^[^@$.]+(\.[^.]+){1,2}$"},
        "wire": {"type": "string", "pattern": "^[@$]."},
        "wires": any_of(ref("wire"), {"type": "array", "items": ref("wire"), "minItems": 1}),
        **{f"key.{key}": form for key, form in _key_forms().items()},
        "line": _line(registry),
        **{kind: _component(registry, kind) for kind in KINDS if kind not in ("view", "exporter")},
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "ganframe spec, format 1",
        **table(_sections()),
        "anyOf": [{"required": ["format"]}, {"required": ["extends"]}],
        "definitions": definitions,
    }


def _sections() -> dict[str, Schema]:
    return {
        "format": {"enum": [1]},
        "extends": {**_TEXT, "description": "the spec that this one changes"},
        "vars": {"type": "object"},
        "about": {"type": "object"},
        "run": _engine(RunOptions),
        "device": _engine(DeviceOptions),
        "phases": _named(table({**_phase(), "losses": _TEXTS, "trains": _TEXTS}), _OFF),
        "data": any_of(ref("dataset"), _PARTIAL),
        "latents": _named(ref("latent"), _PARTIAL, _OFF),
        "blocks": _named(_block(), _OFF),
        "networks": _named(_network(), _OFF),
        "batches": _named({"type": "object", "additionalProperties": any_of(ref("tensor"), ref("parameter"))}, _OFF),
        "losses": _named(ref("loss"), _PARTIAL, _OFF),
        "metrics": _named(ref("metric"), _PARTIAL, _OFF),
        "hooks": _named(ref("hook"), _PARTIAL, _OFF),
        "sample": table({**_options(SampleOptions), "latents": _named(ref("latent"), _PARTIAL, _OFF)}),
    }


def _named(*forms: Schema) -> Schema:
    return {"type": "object", "additionalProperties": any_of(*forms)}


def _options(cls: type) -> dict[str, Schema]:
    return {name: option_form(field) for name, field in option_fields(cls).items()}


def _engine(cls: type) -> Schema:
    return table(_options(cls))


def _phase() -> dict[str, Schema]:
    return {name: form for name, form in _options(RunOptions).items() if name not in RUN_ONLY}


def _component(registry: Components, kind: str) -> Schema:
    """A bare name, or a table of one component's type and options."""
    entries = registry.kind(kind)
    classes = {name: registry.get(kind, name) for name in entries}
    bare = [name for name, cls in classes.items() if kind == "layer" or not _required(cls)]
    objects = [_object(kind, name, cls) for name, cls in classes.items()]
    return any_of({"enum": bare}, ref("parameter"), *objects)


def _object(kind: str, name: str, cls: type) -> Schema:
    keys = {"type": {"enum": [name], "description": inspect.getdoc(cls) or ""}, **_options(cls), **_engine_keys(kind)}
    if kind != "layer":
        return table(keys, ["type", *_required(cls)])
    # What a line leaves out may come from `for` or from the network's `defaults`.
    return table({**keys, **{wire: ref("wires") for wire in wire_parameters(cls) if wire not in keys}}, ["type"])


def _required(cls: type) -> list[str]:
    return [name for name, field in option_fields(cls).items() if field.default is attrs.NOTHING]


def _engine_keys(kind: str) -> dict[str, Schema]:
    return {key: ref(f"key.{key}") for key in _key_forms() if key in ENGINE_KEYS[kind]}


def _key_forms() -> dict[str, Schema]:
    return {
        "as": any_of(_TEXT, _TEXTS),
        "from": ref("wires"),
        "for": {"type": "object", "additionalProperties": any_of({"type": "array"}, ref("parameter"))},
        "repeat": _COUNT,
        "init": any_of(ref("initializer"), _OFF),
        "parametrize": any_of(ref("parametrization"), _OFF),
        "defaults": any_of({"type": "object", "additionalProperties": any_of({"type": "object"}, _OFF)}, _OFF),
        "weight": _NUMBER,
        "every": _COUNT,
        "generator": any_of(_TEXT, _OFF),
        "discriminator": any_of(_TEXT, _OFF),
        "trains": any_of(_TEXTS, _OFF),
        "fake": any_of(_TEXT, _OFF),
        "samples": _COUNT,
        "split": _TEXT,
        "sampler": any_of(ref("sampler"), _OFF),
    }
def _line(registry: Components) -> Schema:
    """A layer, or a block or network of the spec, whose names and parameters no schema can know."""
    own = {
        "type": "object",
        "properties": {
            "type": {"type": "string", "not": {"enum": list(registry.kind("layer"))}},
            **_engine_keys("layer"),
        },
        "required": ["type"],
    }
    return any_of(ref("layer"), {"type": "string", "pattern": "^[^@]"}, own)


def _lines() -> Schema:
    return {"type": "array", "items": ref("line")}


def _block() -> Schema:
    return table(
        {
            "params": {"type": "object"},
            "layers": _lines(),
            "shortcut": any_of(_lines(), _OFF),
            "exports": any_of(_TEXTS, _OFF),
            "output": any_of(ref("wires"), _OFF),
        }
    )


def _network() -> Schema:
    augmentations = {"type": "array", "items": ref("augmentation")}
    return table(
        {
            "inputs": _TEXTS,
            "layers": _lines(),
            "output": any_of(ref("wires"), _OFF),
            "makes": any_of(_TEXT, {"type": "object"}, _OFF),
            "judges": any_of(_TEXT, _OFF),
            "init": any_of(ref("initializer"), _PARTIAL, _OFF),
            "parametrize": any_of(ref("parametrization"), _PARTIAL, _OFF),
            "defaults": ref("key.defaults"),
            "ema": any_of(_NUMBER, _PARTIAL, _OFF),
            "augment": any_of(ref("augmentation"), augmentations, _PARTIAL, _OFF),
            "weights": any_of(_TEXT, _OFF),
            "weights_skip": any_of(_TEXTS, _OFF),
            "optimizer": any_of(ref("optimizer"), _PARTIAL, _OFF),
            "schedule": any_of(ref("schedule"), _PARTIAL, _OFF),
            "trained_with": any_of(_TEXT, _OFF),
            "joint": {"type": "boolean"},
        }
    )
