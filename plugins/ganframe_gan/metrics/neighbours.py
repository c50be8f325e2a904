"""Precision, recall, density and coverage by nearest neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_gan.metrics.both import Both
from ganframe_gan.metrics.features import FEATURES, FIELD, Features, features

#: Rows whose distances to all others are in memory at once.
CHUNK = 512


@component
class PrecisionRecall:
    """Precision and recall of samples, with density and coverage: who lies in whose k-nearest-neighbour balls.

    The ball of a point reaches to its k-th neighbour in its own set. `precision`: share of samples in some real ball;
    `recall`: share of real points in some sample's ball; `density`: mean number of real balls around a sample, by k;
    `coverage`: share of real balls that hold a sample. All are better when higher; only density can exceed 1.
    Source: Kynkaanniemi et al. 2019 (arXiv:1904.06991), section 2; Naeem et al. 2020 (arXiv:2002.09797), section 3.
    """

    better: ClassVar = {"precision": "higher", "recall": "higher", "density": "higher", "coverage": "higher"}

    k: int = option(3, "which neighbour a ball reaches to", min=1)
    features: Any | tuple[Any, ...] = option(None, FEATURES, kind="layer")
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> NeighbourMeter:
        """A meter for this device."""
        return NeighbourMeter(features(self.features, self.field, fields, device), self.k)


class NeighbourMeter(Both):
    """Whose balls hold whom."""

    def __init__(self, extract: Features, k: int) -> None:
        super().__init__(extract, k=str(k))
        self._k = k

    def compute(self) -> dict[str, float]:
        """The four figures; ValueError where a set has no more than k points."""
        return figures(*self.sets(1), self._k)


def figures(real: Tensor, fake: Tensor, k: int) -> dict[str, float]:
    """Precision, recall, density and coverage of `fake` (M, F) against `real` (N, F)."""
    if min(len(real), len(fake)) <= k:
        raise ValueError(f"k = {k} needs more than {k} points on both sides, not {len(fake)} and {len(real)}")
    real_radius, fake_radius = radii(real, k), radii(fake, k)
    balls, covered, recalled = 0, 0, 0
    inside = torch.zeros(len(fake), dtype=torch.bool)
    for part, radius in zip(real.split(CHUNK), real_radius.split(CHUNK), strict=True):
        gaps = torch.cdist(part, fake)
        near = gaps <= radius[:, None]
        inside |= near.any(0)
        balls += int(near.sum())
        covered += int(near.any(1).sum())
        recalled += int((gaps <= fake_radius).any(1).sum())
    return {
        "precision": float(inside.double().mean()),
        "recall": recalled / len(real),
        "density": balls / (k * len(fake)),
        "coverage": covered / len(real),
    }


def radii(points: Tensor, k: int) -> Tensor:
    """The distance of each point (N, F) to its k-th neighbour among the others."""
    return torch.cat([torch.cdist(part, points).kthvalue(k + 1, 1).values for part in points.split(CHUNK)])
