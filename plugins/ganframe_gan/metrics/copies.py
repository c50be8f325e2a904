"""How near samples are to single rows of the data: what a model that learned by heart gives away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from ganframe import Field, component, option
from ganframe_gan.metrics.both import Both
from ganframe_gan.metrics.features import FEATURES, FIELD, features
from ganframe_gan.metrics.neighbours import CHUNK, radii


@component
class NearestNeighbour:
    """Distances of samples to their nearest real row, against those of real rows to their nearest other one.

    Figures: `ratio`, mean distance of samples / mean distance of real rows: about 1 for new draws from the data's own
    distribution, near 0 for copies, large for noise; `authentic`, the share of samples that are farther from their
    nearest real row than any other real row is, about a half for new draws, 0 for copies. Neither is ranked, since
    noise is no copy. Only rows that the metric reads count: give it all of the training data as `samples`.
    Source: Alaa et al. 2021 (arXiv:2102.08921), authenticity.
    """

    better: ClassVar[dict[str, str]] = {}

    features: Any | tuple[Any, ...] = option(None, FEATURES, kind="layer")
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> CopyMeter:
        """A meter for this device."""
        return CopyMeter(features(self.features, self.field, fields, device))


class CopyMeter(Both):
    """Nearest neighbours of both sets in the data."""

    def compute(self) -> dict[str, float]:
        """`ratio` (nan where real rows are all the same) and `authentic`; ValueError for fewer than two of either."""
        real, fake = self.sets(2)
        own = radii(real, 1)
        nearest = [torch.cdist(part, real).min(1) for part in fake.split(CHUNK)]
        gap = torch.cat([found.values for found in nearest])
        place = torch.cat([found.indices for found in nearest])
        return {
            "ratio": float(gap.mean() / own.mean()) if own.any() else float("nan"),
            "authentic": float((gap > own[place]).double().mean()),
        }
