"""How a component is written in a spec: one line of TOML, and the shipped specs that have it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
import tomli

from ganframe.cli.describe import toml
from ganframe.cli.specs import shipped
from ganframe.component import REQUIRED, options
from ganframe.registry import Entry, Registry

#: Where a spec names a component of each kind; views and exporters stand in no spec.
_LINES = {
    "layer": "layers = [{}]",
    "initializer": "init = {}",
    "parametrization": "parametrize = {}",
    "loss": "losses.{name} = {}",
    "curve": "lr = {}",
    "optimizer": "optimizer = {}",
    "schedule": "schedule = {}",
    "latent": "latents.z = {}",
    "dataset": "data = {}",
    "sampler": "data.sampler = {}",
    "augmentation": "augment = {}",
    "metric": "metrics.{name} = {}",
    "hook": "hooks.{name} = {}",
}
#: Kinds by the key, or the section, under which a component is written.
_KEYS = {
    "layers": "layer", "shortcut": "layer", "init": "initializer", "parametrize": "parametrization",
    "optimizer": "optimizer", "schedule": "schedule", "sampler": "sampler", "augment": "augmentation",
}  # fmt: skip
_SECTIONS = {"losses": "loss", "latents": "latent", "metrics": "metric", "hooks": "hook"}
_SHOWN = 12
#: Where a new word begins in a class's name.
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
#: Wires that are usually what a generator makes.
_MADE = ("input", "input1", "anchor", "x", "wire")


def example(entry: Entry, registry: Registry) -> str:
    """A line of TOML with what has no default, or nothing where a spec does not name such a component."""
    return written_line(entry.kind, entry.name, _needed(entry.cls, registry))


def written_line(kind: str, name: str, said: Mapping[str, Any] = MappingProxyType({})) -> str:
    """The line of a spec that uses a component with these options."""
    more = {"weight": 1.0} if kind == "loss" else {}
    text = _LINES.get(kind, "").replace("{name}", _HUMP.sub("_", name).lower())
    return text.replace("{}", _written(name, {**said, **more}))


def users(entry: Entry) -> str:
    """The shipped specs that use it, or nothing; a small version of another spec is left out."""
    specs = shipped()
    whole = [name for name in specs if "/" not in name or name.rpartition("/")[2] not in specs]
    names = [name for name in whole if entry.name in _named(specs[name], entry.kind)]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _needed(cls: type, registry: Registry) -> dict[str, Any]:
    """A value for every option without default: the class's own example, or one of its type.

    All of the example's where the class refuses to be made of less.
    """
    examples: tuple[dict[str, Any], ...] = getattr(cls, "examples", ())
    own = examples[0].get("options", {}) if examples else {}
    needed = _without_default(cls)
    values = {f.name: own[f.name] if f.name in own else _value(f, registry) for f in needed}
    try:
        cls(**{f.alias or f.name: values[f.name] for f in needed})
    except ValueError:
        return {**values, **own}
    return values


def _without_default(cls: type) -> list[attrs.Attribute[Any]]:
    return [field for field in options(cls).values() if field.default is REQUIRED]


def _value(field: attrs.Attribute[Any], registry: Registry) -> Any:
    about, several = field.metadata, get_origin(field.type) is tuple
    if about.get("wire"):
        side = "fake" if "fake" in field.name or field.name in _MADE else "real"
        return f"{side}.{'label' if 'label' in field.name else 'x'}"
    if about.get("choices"):
        return [about["choices"][0]] if several else about["choices"][0]
    if about.get("kind"):
        plain = next(e.name for e in registry.kind(about["kind"]).values() if not _without_default(e.cls))
        return [plain] if several else plain
    return _of_type(field.type, max(about.get("min") or 1, 1))


def _written(name: str, said: dict[str, Any]) -> str:
    """A component as a spec writes it."""
    inner = ", ".join(f"{key} = {_text(value)}" for key, value in said.items())
    return f'{{ type = "{name}", {inner} }}' if said else f'"{name}"'


def _text(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_text, value))}]"
    if not attrs.has(type(value)):
        return toml(value)
    own = {name: getattr(value, name) for name, field in options(type(value)).items()}
    changed = {name: v for name, v in own.items() if v is not options(type(value))[name].default}
    return _written(type(value).__name__, changed)


def _of_type(annotation: Any, number: float) -> Any:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _of_type(parts[0], number)
    if origin is tuple:
        return [_of_type(part, number) for part in parts if part is not Ellipsis]
    if annotation in (int, float):
        return annotation(number)
    return annotation is not bool and ("path/to/it" if annotation is Path else "x")


def _named(path: Path, kind: str) -> set[str]:
    """The components of a kind that a spec's own text names."""
    return {name for found, name in _uses(tomli.loads(path.read_text(encoding="utf-8")), ()) if found in (kind, "")}


def _uses(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Kind (empty where an option takes it) and name of everything that may be a component."""
    if isinstance(value, str):
        yield _kind(path), value
    elif isinstance(value, list):
        for item in value:
            yield from _uses(item, path)
    elif isinstance(value, dict):
        if isinstance(value.get("type"), str):
            yield _kind(path), value["type"]
        for key, inner in value.items():
            if key != "type":
                yield from _uses(inner, (*path, key))


def _kind(path: tuple[str, ...]) -> str:
    if path == ("data",):
        return "dataset"
    if len(path) >= 2 and path[-2] in _SECTIONS:
        return _SECTIONS[path[-2]]
    return _KEYS.get(path[-1], "") if path else ""
