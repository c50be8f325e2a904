"""Frechet distance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, Moments, component, option
from ganframe_gan.metrics.features import FEATURES, FIELD, Features, features


@component
class FrechetDistance:
    """Frechet distance of two Gaussians, |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), fitted to features.

    Figure `distance`: 0 is best; between small sets it is above 0 even for real against real.
    With `features = "DigitsFeatures"` it reads as per cent of the real digits' variance.
    Source: Dowson and Landau 1982; Heusel et al. 2017 (arXiv:1706.08500), eq. 6.
    """

    better: ClassVar = {"distance": "lower"}

    features: Any | tuple[Any, ...] = option(None, FEATURES, kind="layer")
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> FrechetMeter:
        """A meter for this device."""
        return FrechetMeter(features(self.features, self.field, fields, device))


class FrechetMeter:
    """Gathers the moments of real and made features."""

    def __init__(self, extract: Features) -> None:
        self._extract = extract
        self._real, self._fake = Moments(), Moments()

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        self._real.add(self._extract(real))
        self._fake.add(self._extract(fake))

    def compute(self) -> dict[str, float]:
        """`distance`; ValueError for fewer than two samples of either."""
        return {"distance": self._fake.distance(self._real)}

    @property
    def protocol(self) -> dict[str, str]:
        """Counts and features behind the figure."""
        return {"n": f"{self._fake.rows}/{self._real.rows}", **self._extract.protocol}
