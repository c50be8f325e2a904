"""Components written out: every default said, every path absolute."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from ganframe.component import is_component
from ganframe.spec import paths
from ganframe.spec.convert import Components
from ganframe.spec.env import is_parameter
from ganframe.spec.model import Node
from ganframe.spec.uses import option_fields

Fields = Mapping[str, "attrs.Attribute[Any]"]


def fields(registry: Components, kind: str, name: Any) -> Fields:
    """The options of a component, none where the registry has no such name."""
    return option_fields(registry.get(kind, name)) if name in registry.kind(kind) else {}


def component(registry: Components, kind: str, node: Node) -> Any:
    """A component as plain data with its defaults; what is no literal component stays as written."""
    table = node.value if isinstance(node.value, dict) else {"type": node}
    name = table["type"].value if "type" in table else None
    known = fields(registry, kind, name) if isinstance(name, str) else {}
    if not known and not (isinstance(name, str) and name in registry.kind(kind)):
        return node.plain()
    rest = {key: value for key, value in table.items() if key != "type"}
    by_default = {key: str(path) for key, path in paths.defaults(known, (), table["type"]).items()}
    return {"type": name, **defaults(known), **by_default, **options(registry, known, rest)}


def options(registry: Components, known: Fields, nodes: Mapping[str, Node]) -> dict[str, Any]:
    """Options as plain data, in the order written."""
    return {
        key: option(registry, known[key], node) if key in known else node.plain() for key, node in nodes.items()
    }


def option(registry: Components, field: attrs.Attribute[Any], node: Node) -> Any:
    """One option's value as plain data: components below it filled, paths absolute."""
    about = field.metadata
    if isinstance(node.value, list):
        return [option(registry, field, item) for item in node.value]
    if is_parameter(node):
        return node.value
    if about.get("kind") and isinstance(node.value, (str, dict)):
        return component(registry, about["kind"], node)
    if about.get("curve") and isinstance(node.value, (str, dict)):
        return component(registry, "curve", node)
    return absolute(node) if holds_path(field.type) else node.plain()


def absolute(node: Node) -> Any:
    """A path from the root of the file system; what is no path stays as written."""
    if not isinstance(node.value, str) or is_parameter(node):
        return node.plain()
    try:
        return str(paths.absolute(node))
    except ValueError:
        return node.value


def holds_path(annotation: Any) -> bool:
    """True for an annotation with a path anywhere in it."""
    return annotation is Path or any(map(holds_path, typing.get_args(annotation)))


def defaults(known: Fields) -> dict[str, Any]:
    """Every default that TOML can say; the rest is said by leaving it out."""
    said = {name: _said(field.default) for name, field in known.items()}
    return {name: value for name, value in said.items() if value is not None}


def _said(value: Any) -> Any | None:
    if isinstance(value, attrs.Factory) and not value.takes_self:  # type: ignore[arg-type]
        value = value.factory()
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        items = [_said(item) for item in value]
        return None if None in items else items
    if isinstance(value, dict):
        return {key: _said(entry) for key, entry in value.items()}
    if value is not attrs.NOTHING and is_component(value):
        own = {field.name: _said(getattr(value, field.name)) for field in attrs.fields(type(value))}
        return {"type": type(value).__name__, **{name: entry for name, entry in own.items() if entry is not None}}
    return None
