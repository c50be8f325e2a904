"""Hypothesis strategies for options, made from what a component says of them: type, bounds, choices, nested kind."""

from __future__ import annotations

import functools
import math
import types
from pathlib import Path
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin

import attrs
from hypothesis import strategies as st

from ganframe.component import options
from ganframe.errors import PluginFault
from ganframe.testing.stock import installed

Strategy = st.SearchStrategy[Any]
Attribute: TypeAlias = "attrs.Attribute[Any]"


def drawn(cls: type, base: dict[str, Any], fixed: frozenset[str]) -> Strategy | None:
    """The base options with one or two of the others drawn, or None where nothing can be drawn."""
    free = {name: s for name, a in options(cls).items() if name not in fixed and (s := value(a)) is not None}
    if not free:
        return None

    @st.composite
    def some(draw: st.DrawFn) -> dict[str, Any]:
        names = draw(st.lists(st.sampled_from(sorted(free)), min_size=1, max_size=2, unique=True))
        return base | {name: draw(free[name]) for name in names}

    return some()


def value(attribute: Attribute) -> Strategy | None:
    """Legal values of one option, or None where only the author knows them (names, files, wires)."""
    about = attribute.metadata
    if about.get("wire") or about.get("kind") not in (None, "curve"):
        return None
    if about.get("choices"):
        one = st.sampled_from(about["choices"])
        return _several(attribute, one) if _is_tuple(attribute.type) else one
    return _of_type(attribute.type, attribute.default, about.get("min"), about.get("max"))


def _is_tuple(annotation: Any) -> bool:
    return get_origin(annotation) is tuple


def _several(attribute: Attribute, one: Strategy) -> Strategy:
    return st.lists(one, min_size=1, max_size=3, unique=True).map(tuple)


def _of_type(annotation: Any, default: Any, low: float | None, high: float | None) -> Strategy | None:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (Union, types.UnionType):
        known = [s for part in parts if (s := _of_type(part, default, low, high)) is not None]
        return st.one_of(known) if known else None
    if origin is tuple:
        return _tuple(parts, default, low, high)
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        return _ints(default, low, high)
    if annotation is float:
        return _floats(default, low, high)
    return None


def _tuple(parts: tuple[Any, ...], default: Any, low: float | None, high: float | None) -> Strategy | None:
    entries = default if isinstance(default, tuple) else ()
    if parts and parts[-1] is Ellipsis:
        one = _of_type(parts[0], entries[0] if entries else None, low, high)
        size = len(entries) or 2
        return None if one is None else st.lists(one, min_size=size, max_size=size).map(tuple)
    each = [_of_type(p, entries[i] if i < len(entries) else None, low, high) for i, p in enumerate(parts)]
    return None if None in each else st.tuples(*[s for s in each if s is not None])


def _ints(default: Any, low: float | None, high: float | None) -> Strategy:
    """Small numbers inside the bounds; without a bound, between half and twice the default, which keeps its sense."""
    usual = default if isinstance(default, int) else 2
    least = math.ceil(low) if low is not None else min(usual // 2, usual * 2)
    most = max(least, min(usual * 2, 64) if abs(usual) > 1 else least + 2)
    return st.integers(least, min(most, math.floor(high)) if high is not None else most)


def _floats(default: Any, low: float | None, high: float | None) -> Strategy:
    """Both bounds and what lies between; without a bound, half and twice the default stand for it."""
    usual = float(default) if isinstance(default, (int, float)) else 1.0
    least = low if low is not None else min(usual / 2, usual * 2)
    usually = max(usual * 2, usual / 2, least)
    most = usually if high is None or high > 1e4 * abs(usual) + 1e4 else high  # a bound that only keeps infinity out
    return st.integers(0, 8).map(lambda eighths: least + (most - least) * eighths / 8)


def least(attribute: Attribute, size: int) -> Any:
    """A plain legal value for an option without default: `size` where it is a number. Raises LookupError for a name."""
    about, annotation = attribute.metadata, attribute.type
    if about.get("wire"):
        return f"real.{attribute.name}"
    if about.get("choices"):
        return (about["choices"][0],) if _is_tuple(annotation) else about["choices"][0]
    if about.get("kind"):
        one = nested(about["kind"])
        return (one,) if _is_tuple(annotation) else one
    low, high = about.get("min"), about.get("max")
    fits = max(size, low) if low is not None else size
    return _least(attribute.name, annotation, min(fits, high) if high is not None else fits)


def _least(name: str, annotation: Any, size: float) -> Any:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return parts[0]
    if origin in (Union, types.UnionType):
        return _least(name, parts[0], size)
    if origin is tuple:
        return tuple(_least(name, part, size) for part in parts if part is not Ellipsis)
    if annotation in (int, float):
        return annotation(size)
    if annotation is bool:
        return False
    wanted = "a file or folder" if annotation is Path else f"a value of type {annotation}"
    raise LookupError(f"option '{name}' needs {wanted}: give `examples` or `example(cls, folder)` to the class")


@functools.cache
def nested(kind: str) -> Any:
    """An installed component of that kind that needs no options; raises LookupError where there is none."""
    for entry in installed().kind(kind).values():
        try:
            return entry.cls()
        except (TypeError, ValueError, PluginFault):
            continue
    raise LookupError(f"no installed {kind} can be made without options: give `examples` to the class")
