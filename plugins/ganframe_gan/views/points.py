"""Points as a scatter picture or a histogram."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component
from ganframe_gan.views import table
from ganframe_gan.views.canvas import INK, MODE, PALE, Canvas

#: Bars of a histogram.
BARS = 80


@component
class Points:
    """Points: a scatter picture of their first two coordinates, a histogram where they have one; or lines of a CSV.

    Where the data says where its modes are (facts `means`, `std`), these lie behind in a pale colour: discs of 3 std,
    or the true density.
    """

    suffixes: ClassVar = (".png", ".csv")
    #: How many samples make a good picture.
    samples: ClassVar[int] = 2000

    def write(self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any]) -> None:
        """Write points (N, dims) as a picture or as lines of a CSV file, by the suffix."""
        if path.suffix == ".csv":
            table.write(path, values)
        else:
            self.grid(path, values, field, facts)

    def read(self, path: Path, field: Field, facts: Mapping[str, Any]) -> Tensor:
        """Points (N, dims) of a CSV file; ValueError for a picture, from which they cannot be read."""
        if path.suffix != ".csv":
            raise ValueError(f"{path}: points are read from .csv")
        return table.read(path, field.shape, getattr(torch, field.dtype))

    def grid(
        self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any], columns: int = 1,
        behind: Tensor | None = None,
    ) -> None:
        """Draw all points in one picture, whatever `columns` says.

        `behind`: real points, drawn pale under them where the modes are not known.
        """
        values = values.flatten(1).double().cpu()
        means = torch.tensor(facts["means"]).double() if "means" in facts and "std" in facts else None
        behind = None if behind is None or means is not None else behind.flatten(1).double().cpu()
        draw = _histogram if values.shape[1] == 1 else _scatter
        draw(path, values[torch.isfinite(values).all(1)], behind, means, facts)


def _span(values: Tensor, behind: Tensor | None, means: Tensor | None, std: float) -> tuple[Tensor, Tensor]:
    """The box (low, high) that shows the data: its modes, else the real points, else the samples."""
    if means is not None:
        low, high = means.min(0).values - 4 * std, means.max(0).values + 4 * std
    else:
        shown = values if behind is None else behind
        low, high = (shown.min(0).values, shown.max(0).values) if len(shown) else (-torch.ones(2), torch.ones(2))
    pad = 0.15 * (high - low).max().clamp(min=1e-6)
    return low - pad, high + pad


def _scatter(
    path: Path, values: Tensor, behind: Tensor | None, means: Tensor | None, facts: Mapping[str, Any]
) -> None:
    low, high = _span(values, behind, means, float(facts.get("std", 0.0)))
    canvas = Canvas((512, 512), tuple(low[:2].tolist()), tuple(high[:2].tolist()))
    if means is not None:
        canvas.circles(means[:, :2], MODE, 3 * float(facts["std"]))
    if behind is not None:
        canvas.dots(_within(behind[:, :2], low, high), PALE, 1.5)
    canvas.dots(_within(values[:, :2], low, high), INK, 1.2)
    canvas.save(path)


def _within(points: Tensor, low: Tensor, high: Tensor) -> Tensor:
    return points[((points >= low[:2]) & (points <= high[:2])).all(1)]


def _histogram(
    path: Path, values: Tensor, behind: Tensor | None, means: Tensor | None, facts: Mapping[str, Any]
) -> None:
    low, high = (float(v[0]) for v in _span(values, behind, means, float(facts.get("std", 0.0))))
    centres = low + (torch.arange(BARS).double() + 0.5) * (high - low) / BARS
    made = _density(values, low, high)
    true = _density(behind, low, high) if behind is not None else None
    true = _mixture(centres, means, facts) if means is not None else true
    top = max(float(made.max()), float(true.max()) if true is not None else 0.0) or 1.0
    canvas = Canvas((640, 400), (low, 0.0), (high, 1.1 * top))
    if true is not None:
        canvas.area(torch.stack([centres, true], 1), MODE)
    edges = torch.linspace(low, high, BARS + 1).double().repeat_interleave(2)[1:-1]
    canvas.line(torch.stack([edges, made.repeat_interleave(2)], 1), INK, 2)
    canvas.save(path)


def _density(values: Tensor, low: float, high: float) -> Tensor:
    return torch.histc(values, BARS, low, high) * (BARS / (high - low) / max(1, len(values)))


def _mixture(x: Tensor, means: Tensor, facts: Mapping[str, Any]) -> Tensor:
    weights = torch.tensor(facts.get("weights") or [1 / len(means)] * len(means)).double()
    std = max(float(facts["std"]), 1e-6)
    bells = torch.exp(-(((x[:, None] - means[:, 0]) / std) ** 2) / 2) / (std * (2 * torch.pi) ** 0.5)
    return bells @ weights
