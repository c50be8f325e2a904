"""Sliced Wasserstein distance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_gan.metrics.both import Both
from ganframe_gan.metrics.features import FEATURES, FIELD, Features, features

#: Directions looked along at once.
CHUNK = 64


@component
class SlicedWasserstein:
    """Wasserstein distance of two samples seen along random directions: (mean over them of W_p^p)^(1 / p).

    Directions are uniform on the sphere and the same for every evaluation; along each, W_p is exact, also for samples
    of different sizes. Figure `distance`, in the features' units: 0 is best, for small sets above 0 even for real
    against real. Source: Rabin et al. 2011, Wasserstein barycenter and its application to texture mixing; for GANs
    Karras et al. 2017 (arXiv:1710.10196), section 5, with p = 1.
    """

    better: ClassVar = {"distance": "lower"}

    p: int = option(2, "which Wasserstein distance", choices=(1, 2))
    directions: int = option(512, "how many directions are looked along", min=1)
    seed: int = option(0, "seed of the directions (not the run's)", min=0)
    features: Any | tuple[Any, ...] = option(None, FEATURES, kind="layer")
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> SlicedMeter:
        """A meter for this device."""
        return SlicedMeter(self, features(self.features, self.field, fields, device))


class SlicedMeter(Both):
    """The mean cost along the directions."""

    def __init__(self, asked: SlicedWasserstein, extract: Features) -> None:
        super().__init__(extract, p=str(asked.p), directions=f"{asked.directions} of seed {asked.seed}")
        self._asked = asked

    def compute(self) -> dict[str, float]:
        """`distance`; ValueError without samples."""
        real, fake = self.sets(1)
        parts = self._directions(real.shape[1]).split(CHUNK, 1)
        costs = [costs_along(real @ part, fake @ part, self._asked.p) for part in parts]
        return {"distance": float(torch.cat(costs).mean()) ** (1 / self._asked.p)}

    def _directions(self, size: int) -> Tensor:
        rng = torch.Generator().manual_seed(self._asked.seed)
        drawn = torch.randn(size, self._asked.directions, generator=rng, dtype=torch.float64)
        return drawn / drawn.norm(dim=0)


def costs_along(x: Tensor, y: Tensor, p: int) -> Tensor:
    """W_p^p of the columns of x (N, D) and y (M, D): the integral of |quantile of x - quantile of y|^p, (D,)."""
    x, y = x.sort(0).values, y.sort(0).values
    n, m = len(x), len(y)
    # Both quantile functions are constant between these shares of the mass, counted in units of 1 / (n m).
    ends = torch.cat((torch.arange(1, n + 1) * m, torch.arange(1, m + 1) * n)).unique()
    mass = ends.diff(prepend=ends.new_zeros(1)).double() / (n * m)
    gaps = (x[(ends - 1) // m] - y[(ends - 1) // n]).abs().pow(p)
    return (gaps * mass[:, None]).sum(0)
