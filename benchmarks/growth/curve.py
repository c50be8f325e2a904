"""A measured curve, and the power by which it grows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs

#: The power is fitted to this many points at the large end: the small end shows what is constant.
FITTED = 3


@attrs.frozen
class Curve:
    """Cost by size. `usual` is the power that the arithmetic itself has."""

    name: str
    unit: str
    usual: float
    sizes: tuple[float, ...]
    costs: tuple[float, ...]

    @property
    def power(self) -> float:
        """The slope of log cost over log size, by least squares, at the large end."""
        return slope(self.sizes[-FITTED:], self.costs[-FITTED:])

    def row(self) -> str:
        """A line of the table."""
        ends = f"{self.sizes[0]:,.0f} to {self.sizes[-1]:,.0f}"
        costs = f"{self.costs[0]:.3g} to {self.costs[-1]:.3g} {self.unit}"
        return f"| {self.name} | {ends} | {costs} | {self.power:.2f} | {self.usual:g} |"


def slope(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Of the line through (log size, log cost); costs are above 0, a size of 0 counts as 1."""
    xs, ys = [math.log(max(size, 1)) for size in sizes], [math.log(cost) for cost in costs]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)
