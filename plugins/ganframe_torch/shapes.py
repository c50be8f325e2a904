"""What the shapes of the wires say before a module is built: ranks, axes, sizes, dtypes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ganframe import Shape
from ganframe_torch import table

_AXES = {1: "length", 2: "height, width", 3: "depth, height, width"}


def check_rank(name: str, x: Shape, wire: str = "input") -> None:
    """Refuse a rank that PyTorch would read as one unbatched sample: its rows would mix in silence."""
    low, high, axes = rank(name)
    if len(x) < low or (high is not None and len(x) > high):
        wanted = f"{low}" if low == high else f"{low} or more" if high is None else f"{low} to {high}"
        raise ValueError(f"{name} reads {wanted} axes{axes} beside the batch, but its {wire} has {len(x)}: {x}")


def rank(name: str) -> tuple[int, int | None, str]:
    """The fewest and most axes that a class reads without the batch, and what they are called."""
    digit = re.search(r"([123])d$", name)
    axes = f" (channels, {_AXES[int(digit[1])]})" if digit else ""
    if name in table.RANKS:
        return (*table.RANKS[name], "")
    return (int(digit[1]) + 1, int(digit[1]) + 1, axes) if digit else (0, None, "")


def axes(names: Mapping[str, str], written: Mapping[str, Any], x: Shape) -> dict[str, int]:
    """The axis that may be left out where there is only one; an axis counts the batch as 0, which none may name."""
    for name in table.AXES:
        if name not in written:
            continue
        axis = written[name]
        if axis in (0, -len(x) - 1):
            raise ValueError(f"'{name}' = {axis} is the batch; the input's own axes are 1 to {len(x)}")
        if not -len(x) <= axis <= len(x):
            raise ValueError(f"'{name}' = {axis} is no axis of the input {x}; they are 1 to {len(x)}")
    if "dim" not in names or "dim" in written:
        return {}
    if len(x) != 1:
        raise ValueError(f"say over which axis: 'dim' is 1 to {len(x)} (0 is the batch), or -1 for the last")
    return {"dim": 1}


def check_numbers(name: str, x: Shape, hint: str = "put an Embedding before it") -> None:
    """Refuse integers where a layer reads numbers."""
    if not (x.dtype.is_floating_point or x.dtype.is_complex):
        raise ValueError(f"{name} reads floating-point numbers, but its input is {x.dtype}; {hint}")


def check_output_padding(written: Mapping[str, Any]) -> None:
    """Refuse what the meta device accepts and the kernels of transposed convolutions do not."""
    padding = written.get("output_padding", 0)
    both = [written.get(name, 1) for name in ("stride", "dilation")]
    rank = max((len(value) for value in (padding, *both) if isinstance(value, tuple)), default=1)
    wide = [value if isinstance(value, tuple) else (value,) * rank for value in (padding, *both)]
    for extra, stride, dilation in zip(*wide, strict=False):
        if extra and extra >= max(stride, dilation):
            raise ValueError(f"'output_padding' {extra} must be less than 'stride' {stride} or 'dilation' {dilation}")


def sizes(names: Mapping[str, str], written: Mapping[str, Any], wires: Mapping[str, Shape | None]) -> dict[str, Any]:
    """The sizes among the options `names` that the wires give; a written one must agree. Raises ValueError."""
    found = {}
    for name in names:
        wire, axis = table.SIZES.get(name, ("", 0))
        shape = wires.get(wire)
        if shape is None:
            continue
        has = written.get(name, shape[axis])
        size: Any = tuple(shape[-len(has) :]) if isinstance(has, tuple) else shape[axis]
        if has != size:
            place = "its input" if wire == "x" else f"'{wire}'"
            raise ValueError(f"'{name}' is {has}, but {place} {shape} has {size}; leave the option out")
        found[name] = size
    return found
