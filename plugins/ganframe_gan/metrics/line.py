"""Distances between one-dimensional samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option


@component
class Wasserstein1d:
    """Wasserstein-1 and Kolmogorov-Smirnov distance of two one-dimensional samples, from their empirical F and G.

    Figures: `w1`, the integral of |F(x) - G(x)|, in the data's units; `ks`, the largest |F(x) - G(x)|.
    Source: Vallender 1974 (the one-dimensional Wasserstein distance); Smirnov 1948.
    """

    better: ClassVar = {"w1": "lower", "ks": "lower"}

    field: str = option("", "the field compared, of one number a row; the data's first where left out")

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> LineMeter:
        """A meter; ValueError for a field with more than one number a row."""
        name = self.field or next(iter(fields))
        if name not in fields:
            raise ValueError(f"there is no field '{name}'; fields: {', '.join(fields)}")
        if torch.Size(fields[name].shape).numel() != 1:
            raise ValueError(f"Wasserstein1d compares single numbers, but '{name}' has shape {fields[name].shape}")
        return LineMeter(name)


class LineMeter:
    """Keeps both samples."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._real: list[Tensor] = []
        self._fake: list[Tensor] = []

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        self._real.append(real[self._field].flatten().cpu().double())
        self._fake.append(fake[self._field].flatten().cpu().double())

    def compute(self) -> dict[str, float]:
        """`w1` and `ks`; ValueError without samples."""
        if not self._real:
            raise ValueError("no samples")
        real, fake = torch.cat(self._real).sort().values, torch.cat(self._fake).sort().values
        points = torch.cat([real, fake]).sort().values
        gap = (below(real, points) - below(fake, points)).abs()
        return {"w1": float((gap[:-1] * points.diff()).sum()), "ks": float(gap.max())}

    @property
    def protocol(self) -> dict[str, str]:
        """What the figures rest on."""
        return {"n": f"{sum(map(len, self._fake))}/{sum(map(len, self._real))}"}


def below(values: Tensor, points: Tensor) -> Tensor:
    """The share of the sorted `values` that is not above each of the points."""
    return torch.searchsorted(values, points, right=True).double() / len(values)
