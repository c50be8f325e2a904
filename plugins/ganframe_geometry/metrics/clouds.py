"""Chamfer distances between made and real point clouds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option

#: Distances between points that are in memory at once.
CHUNK = 2**20


@component
class CloudDistance:
    """How near made clouds are to real ones, and how many real ones they reach, by Chamfer distance.

    CD(a, b) = mean over a of the squared distance to b's nearest point, plus the same the other way. Figures: `mmd`,
    mean over real clouds of the CD to the nearest made one, in per cent of the real clouds' mean squared radius, 0 is
    best; `coverage`, the share of real clouds that are the nearest of some made one, well below 1 for another real set
    too, since several may have the same nearest; with `label`, `accuracy`, the share of made clouds whose nearest real
    one is of the class that was asked for. Source: arXiv:1707.02392, section 2 (sums there, means here).
    """

    better: ClassVar = {"mmd": "lower", "coverage": "higher"}
    examples = ({"data": "Solids"},)

    points: int = option(128, "points compared of each cloud, the first ones; more is slower by the square", min=1)
    label: str = option("", "one-hot field of the class; only for conditional models")
    field: str = option("", "the field of clouds (points, dims); the data's first where left out")

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> CloudMeter:
        """A meter for this device; ValueError where a field is missing or is no cloud."""
        name = self.field or next(iter(fields))
        for wanted in (name, self.label or name):
            if wanted not in fields:
                raise ValueError(f"there is no field '{wanted}'; fields: {', '.join(fields)}")
        if len(fields[name].shape) != 2:
            raise ValueError(f"'{name}' must be clouds (points, dims), not {fields[name].shape}")
        return CloudMeter(name, self.label, self.points, device)


class CloudMeter:
    """Keeps the clouds of both sets with their classes."""

    def __init__(self, field: str, label: str, points: int, device: torch.device) -> None:
        self._field, self._label, self._points, self._device = field, label, points, device
        self._kept: dict[str, list[tuple[Tensor, Tensor]]] = {"real": [], "fake": []}

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        for side, batch in (("real", real), ("fake", fake)):
            clouds = batch[self._field][:, : self._points].float().cpu()
            codes = batch[self._label].argmax(1).cpu() if self._label else torch.zeros(len(clouds), dtype=torch.int64)
            self._kept[side].append((clouds, codes))

    def compute(self) -> dict[str, float]:
        """`mmd`, `coverage` and, with labels, `accuracy`; ValueError without clouds on either side."""
        if not self._rows("real") or not self._rows("fake"):
            raise ValueError("no clouds to compare")
        (real, asked), (fake, given) = (self._all("real"), self._all("fake"))
        apart = chamfer(fake.to(self._device), real.to(self._device)).cpu().double()
        nearest = apart.argmin(1)
        radius = float((real - real.mean(1, keepdim=True)).square().sum(2).double().mean())
        figures = {
            "mmd": 100 * float(apart.min(0).values.mean()) / max(radius, 1e-12),
            "coverage": len(nearest.unique()) / len(real),
        }
        return figures | ({"accuracy": float((asked[nearest] == given).double().mean())} if self._label else {})

    @property
    def protocol(self) -> dict[str, str]:
        """Clouds and points behind the figures."""
        return {"n": f"{self._rows('fake')}/{self._rows('real')}", "points": str(self._points), "field": self._field}

    def _rows(self, side: str) -> int:
        return sum(len(clouds) for clouds, _ in self._kept[side])

    def _all(self, side: str) -> tuple[Tensor, Tensor]:
        clouds, codes = zip(*self._kept[side], strict=True)
        return torch.cat(clouds), torch.cat(codes)


def chamfer(a: Tensor, b: Tensor) -> Tensor:
    """Chamfer distances (N, M) of all pairs of clouds a (N, P, D) and b (M, Q, D)."""
    flat, size = b.flatten(0, 1), b.shape[1]
    found = []
    for cloud in a.split(max(1, CHUNK // (a.shape[1] * len(flat)))):
        square = torch.cdist(cloud.flatten(0, 1), flat).square().view(len(cloud), a.shape[1], len(b), size)
        found.append(square.amin(3).mean(1) + square.amin(1).mean(2))
    return torch.cat(found)
