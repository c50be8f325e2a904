"""What layers ask of the shapes they are given. Each function raises ValueError in plain words."""

from __future__ import annotations

import torch

from ganframe import Shape


def axis(dim: int, x: Shape) -> int:
    """The axis `dim` (0 is the batch, -1 the last) of tensors whose rows have shape x, counted from 1."""
    rank = len(x) + 1
    if dim == 0 or not -rank < dim < rank:
        raise ValueError(f"dim = {dim} is no axis of a row {x}; its axes are 1 to {len(x)}, 0 is the batch")
    return dim % rank


def vector(x: Shape, what: str = "the input") -> int:
    """The length of a vector."""
    if len(x) != 1:
        raise ValueError(f"{what} must be a vector (features,), not {x}")
    return x[0]


def picture(x: Shape) -> tuple[int, int, int]:
    """Channels, height and width of a map."""
    if len(x) != 3:
        raise ValueError(f"the input must be a map (channels, height, width), not {x}")
    return x[0], x[1], x[2]


def spatial(x: Shape) -> int:
    """The channels of a map with at least one axis behind them."""
    if len(x) < 2:
        raise ValueError(f"the input must have axes behind its channels, as in (channels, height, width), not {x}")
    return x[0]


def places(x: Shape) -> None:
    """Refuse maps of one place a channel, over which nothing varies."""
    if all(n == 1 for n in x[1:]):
        raise ValueError(f"a single place a channel, as in {x}, has no variance to normalise")


def sequence(x: Shape, what: str = "the input") -> tuple[int, int]:
    """Length and features of a sequence."""
    if len(x) != 2:
        raise ValueError(f"{what} must be a sequence (length, features), not {x}")
    return x[0], x[1]


def floats(x: Shape, what: str) -> None:
    """Refuse integer labels: labels are one-hot floats (or soft)."""
    if not x.dtype.is_floating_point:
        raise ValueError(f"{what} must be floats such as a one-hot label, not {str(x.dtype).removeprefix('torch.')}")


def several(more: tuple[Shape, ...]) -> None:
    """Refuse a single input where a layer joins several."""
    if not more:
        raise ValueError('needs several inputs: from = ["@a", "@b"]')


def broadcastable(x: Shape, others: tuple[Shape, ...]) -> None:
    """Refuse shapes that torch would not broadcast, or would broadcast across the wrong axes."""
    for other in others:
        if len(other) != len(x):
            hint = "give the smaller one its missing axes with Unflatten, as in (channels, 1, 1)"
            raise ValueError(f"{x} and {other} have different numbers of axes; {hint}")
        try:
            torch.broadcast_shapes(x, other)
        except RuntimeError:
            raise ValueError(f"{x} and {other} do not broadcast: each axis must be equal or 1") from None
