"""Strict conversion of one value: no number from a string, no int from 3.7, no bool from 1."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ganframe.errors import did_you_mean
from ganframe.spec import paths
from ganframe.spec.model import Node

#: `nested(kind, node, path)` makes the component that stands at a node.
Nested = Callable[[str, Node, str], Any]


class Fault(Exception):
    """A value that does not fit: where it stands and why."""

    def __init__(self, node: Node, path: str, message: str) -> None:
        self.node, self.path, self.message = node, path, message
        super().__init__(message)


class Recorded(Exception):
    """A value that does not fit and whose faults are recorded already."""


def convert(annotation: Any, node: Node, path: str, about: Mapping[str, Any], nested: Nested, base: Path | None) -> Any:
    """The Python value of a node under an annotation. Raises Fault or Recorded."""
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    if about.get("kind") and not _takes(annotation, type(node.value)):
        return _components(annotation, node, path, about["kind"], nested)
    if about.get("curve") and _may_be_curve(annotation, node):
        return nested("curve", node, path)
    if _origin(annotation) in (typing.Union, types.UnionType):
        return _union(annotation, node, path, about, nested, base)
    if _origin(annotation) in (tuple, list):
        return _array(annotation, node, path, about, nested, base)
    if _origin(annotation) is dict:
        return _table(annotation, node, path, about, nested, base)
    if _origin(annotation) is typing.Literal:
        return _choice(typing.get_args(annotation), node, path)
    return _scalar(annotation, node, path, base)


def an(kind: str) -> str:
    """A kind with its article."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _takes(annotation: Any, scalar: type) -> bool:
    """True for an annotation that has an arm for such a number or bool beside the component."""
    arms = typing.get_args(annotation) or (annotation,)
    return scalar in (int, float, bool) and (scalar in arms or (scalar is int and float in arms))


def _origin(annotation: Any) -> Any:
    return typing.get_origin(annotation) or annotation


def _may_be_curve(annotation: Any, node: Node) -> bool:
    if isinstance(node.value, dict):
        return True
    return isinstance(node.value, str) and annotation in (int, float) and _number(node.value) is None


def _components(annotation: Any, node: Node, path: str, kind: str, nested: Nested) -> Any:
    if not isinstance(node.value, list):
        return nested(kind, node, path)
    many = [a for a in (annotation, *typing.get_args(annotation)) if _origin(a) in (tuple, list)]
    if not many:
        raise Fault(node, path, f"expected one {kind}, found an array")
    made = [nested(kind, item, f"{path}[{i}]") for i, item in enumerate(node.value)]
    return _origin(many[0])(made)


def _union(annotation: Any, node: Node, path: str, about: Mapping[str, Any], nested: Nested, base: Path | None) -> Any:
    arms = [a for a in typing.get_args(annotation) if a is not type(None)]
    faults: list[Fault] = []
    # An int stays an int where both would do.
    for arm in sorted(arms, key=lambda a: a is float):
        try:
            return convert(arm, node, path, about, nested, base)
        except Fault as fault:
            faults.append(fault)
    near = [f for arm, f in zip(sorted(arms, key=lambda a: a is float), faults, strict=True) if _same_form(arm, node)]
    if len(arms) == 1 or len(near) == 1:
        raise (near or faults)[0]
    hint = _hint(node, float) if float in arms or int in arms else ""
    raise Fault(node, path, f"expected {describe(annotation)}, found {found(node)}{hint}")


def _same_form(arm: Any, node: Node) -> bool:
    forms: dict[type, tuple[Any, ...]] = {list: (tuple, list), dict: (dict,), str: (str, typing.Literal, Path)}
    return _origin(arm) in forms.get(type(node.value), ())


def _array(annotation: Any, node: Node, path: str, about: Mapping[str, Any], nested: Nested, base: Path | None) -> Any:
    make, args, items = _origin(annotation), typing.get_args(annotation), node.value
    any_length = make is list or len(args) < 2 or args[1] is Ellipsis
    if not isinstance(items, list):
        hint = f"; write [{_written(node)}]" if any_length and not isinstance(items, (dict, str)) else _comma_hint(node)
        raise Fault(node, path, f"expected {describe(annotation)}, found {found(node)}{hint}")
    if any_length:
        wanted = [args[0] if args else Any] * len(items)
    else:
        wanted = list(args)
    if len(wanted) != len(items):
        raise Fault(node, path, f"expected {describe(annotation)}, found {len(items)}")
    each = zip(wanted, items, strict=True)
    return make([convert(a, item, f"{path}[{i}]", about, nested, base) for i, (a, item) in enumerate(each)])


def _table(annotation: Any, node: Node, path: str, about: Mapping[str, Any], nested: Nested, base: Path | None) -> Any:
    if not isinstance(node.value, dict):
        raise Fault(node, path, f"expected a table, found {found(node)}")
    args = typing.get_args(annotation)
    return {k: convert(args[1] if args else Any, v, f"{path}.{k}", about, nested, base) for k, v in node.value.items()}


def _choice(choices: tuple[Any, ...], node: Node, path: str) -> Any:
    if any(type(c) is type(node.value) and c == node.value for c in choices):
        return node.value
    near = did_you_mean(node.value, [c for c in choices if isinstance(c, str)]) if isinstance(node.value, str) else ""
    raise Fault(node, path, f"expected {' or '.join(_quoted(c) for c in choices)}, found {found(node)}{near}")


def _scalar(annotation: Any, node: Node, path: str, base: Path | None) -> Any:
    value = node.value
    if isinstance(value, str) and value.startswith("@"):
        raise Fault(node, path, f"expected {describe(annotation)}, found the wire '{value}', which has no value yet")
    if annotation is Path and isinstance(value, str):
        try:
            return paths.absolute(node, base)
        except ValueError as error:
            raise Fault(node, path, str(error)) from None
    if annotation is float and type(value) is int:
        return float(value)
    if annotation in (int, float, bool, str) and type(value) is annotation:
        return value
    if annotation not in (int, float, bool, str, Path):
        return node.plain()
    raise Fault(node, path, f"expected {describe(annotation)}, found {found(node)}{_hint(node, annotation)}")


def _hint(node: Node, annotation: Any) -> str:
    value = node.value
    if annotation in (int, float) and isinstance(value, str):
        number = _number(value)
        return f"; write it without quotes: {number}" if number else _comma_hint(node)
    if annotation is int and isinstance(value, float) and value == math.floor(value):
        return f"; write {int(value):_}"
    if annotation is bool and str(value).lower() in ("true", "yes", "on", "1"):
        return "; write true"
    if annotation is bool and str(value).lower() in ("false", "no", "off", "none", "0"):
        return "; write false"
    if annotation is str and not isinstance(value, (dict, list)):
        return f'; write "{_written(node)}"'
    return ""


def _comma_hint(node: Node) -> str:
    parts = str(node.value).split(",")
    ok = len(parts) > 1 and all(_number(p.strip()) for p in parts)
    return f"; write [{', '.join(p.strip() for p in parts)}]" if ok else ""


def _number(text: str) -> str | None:
    """The number a string spells, as TOML writes it, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number) or text != text.strip():
        return None
    text = f"0{text}" if text.startswith(".") else text
    return f"{text}0" if text.endswith(".") else text


def describe(annotation: Any) -> str:
    """An annotation in words: `an integer`, `an array of 2 numbers`."""
    simple = {int: "an integer", float: "a number", bool: "true or false", str: "a string", Path: "a path"}
    if annotation in simple:
        return simple[annotation]
    origin, args = _origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(describe(a) for a in args if a is not type(None)))
    if origin is typing.Literal:
        return " or ".join(_quoted(a) for a in args)
    if origin in (tuple, list):
        if origin is list or len(args) < 2 or args[1] is Ellipsis:
            return f"an array of {_plural(args[0])}" if args else "an array"
        return f"an array of {len(args)} {_plural(args[0]) if len(set(args)) == 1 else 'values'}"
    return "a table" if origin is dict else "a value"


def _plural(annotation: Any) -> str:
    names = {int: "integers", float: "numbers", bool: "true or false", str: "strings", Path: "paths"}
    return names.get(annotation, f"entries, each {describe(annotation)}")


def found(node: Node) -> str:
    """What stands at a node, in words."""
    if isinstance(node.value, dict):
        return "a table"
    if isinstance(node.value, list):
        return f"an array of {len(node.value)}" if node.value else "an empty array"
    if isinstance(node.value, str):
        return f"the string '{node.value if len(node.value) <= 60 else node.value[:57] + '...'}'"
    return _written(node) if isinstance(node.value, bool) else f"the number {_written(node)}"


def _written(node: Node) -> str:
    return str(node.value).lower() if isinstance(node.value, bool) else str(node.value)


def _quoted(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
