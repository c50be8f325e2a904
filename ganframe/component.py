"""Components: frozen attrs classes whose fields are the options of a spec's table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

if TYPE_CHECKING:
    import torch

REQUIRED: Any = attrs.NOTHING
_T = TypeVar("_T", bound=type)


def component(cls: _T) -> _T:
    """Make a class a component: frozen, keyword-only, compared by identity; annotated fields are its options."""
    return attrs.frozen(kw_only=True, eq=False, slots=False)(cls)


def is_component(value: object) -> bool:
    """True for an instance of a component class."""
    return attrs.has(type(value)) and not isinstance(value, Field)


def option(
    default: Any = REQUIRED,
    doc: str = "",
    *,
    min: float | None = None,
    max: float | None = None,
    choices: tuple[Any, ...] | None = None,
    curve: bool = False,
    kind: str | None = None,
) -> Any:
    """Declare an option: its default, what it means and what it may be.

    `min` and `max` are inclusive and hold for every number of an array too. `curve` lets a component of kind
    curve stand for the number. `kind` takes a component of that kind (or, for a tuple, several).
    """

    def bounded(instance: object, attribute: Any, value: Any) -> None:
        for number in value if isinstance(value, (tuple, list)) else (value,):
            if choices is not None and number not in choices:
                raise ValueError(f"'{attribute.name}' must be one of {', '.join(map(repr, choices))}, not {number!r}")
            if isinstance(number, bool) or not isinstance(number, (int, float)):
                continue
            if number != number:
                raise ValueError(f"'{attribute.name}' must be a number, not nan")
            if min is not None and number < min:
                raise ValueError(f"'{attribute.name}' must be at least {min}, not {number}")
            if max is not None and number > max:
                raise ValueError(f"'{attribute.name}' must be at most {max}, not {number}")

    about = {"doc": doc, "min": min, "max": max, "choices": choices, "curve": curve, "kind": kind, "wire": False}
    return attrs.field(default=default, validator=bounded, metadata=about)


def wire(doc: str = "", *, optional: bool = False) -> Any:
    """Declare a tensor that a loss reads: the spec says `"BATCH.NAME"`, the method gets it under the field's name."""
    about = {"doc": doc, "min": None, "max": None, "choices": None, "curve": False, "kind": None, "wire": True}
    return attrs.field(default=None if optional else REQUIRED, metadata=about)


def options(cls: type) -> dict[str, attrs.Attribute[Any]]:
    """The options of a component class by name, types resolved; wires of losses are among them."""
    attrs.resolve_types(cls, include_extras=True)
    return {a.name: a for a in attrs.fields(cls)}


class Shape(tuple[int, ...]):
    """The shape of a wire without the batch dimension, and its dtype (float32 unless said)."""

    _dtype: torch.dtype | None

    def __new__(cls, dims: Any = (), dtype: torch.dtype | None = None) -> Shape:
        self = super().__new__(cls, dims)
        self._dtype = dtype
        return self

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of the wire."""
        import torch

        return self._dtype or torch.float32

    def __repr__(self) -> str:
        return f"({', '.join(map(str, self))}{',' if len(self) == 1 else ''})"


def _numbers(shape: Iterable[int]) -> tuple[int, ...]:
    return tuple(shape)


def _strings(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


@attrs.frozen
class Field:
    """What one field of a batch is: shape without the batch dimension, dtype, view, value range and class names.

    `view` is the lower-case name of a view class ("picture" is `Picture`), which shows and writes the field.
    """

    shape: tuple[int, ...] = attrs.field(converter=_numbers)
    dtype: str = "float32"
    view: str = "array"
    range: tuple[float, float] | None = None
    names: tuple[str, ...] = attrs.field(default=(), converter=_strings)


@attrs.frozen
class Survey:
    """What a data set finds at a path (its class method `survey(path) -> Survey | None`), for `ganframe data check`.

    The options of `[data]` that read it, what it holds as texts by a word ("sizes"), and what is odd, a line each.
    Of several data sets that know a path, the one of the highest `rank` is proposed: frames of films are pictures too.
    """

    options: dict[str, Any]
    found: dict[str, str] = attrs.field(factory=dict)
    odd: tuple[str, ...] = attrs.field(default=(), converter=_strings)
    rank: int = 0
