"""How much samples differ from each other, compared with the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_gan.metrics.features import FEATURES, FIELD, Features, features


@component
class Diversity:
    """Root mean square distance between two samples, divided by that between two real ones; by class if asked.

    That distance is sqrt(2 tr C), C the covariance. Figures: `diversity`, the ratio (1 is right, 0 is collapse to
    one sample, above 1 is too varied); with `label`, distances are taken inside classes, and `least` is the smallest
    ratio of any class with two samples or more. Neither is ranked, since more is not always better.
    Source: the mean pairwise distance of Zhu et al. 2017 (BicycleGAN, arXiv:1711.11586), as a ratio.
    """

    better: ClassVar[dict[str, str]] = {}

    label: str = option("", "one-hot field inside whose classes distances are taken; only for conditional models")
    features: Any | tuple[Any, ...] = option(None, FEATURES, kind="layer")
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> DiversityMeter:
        """A meter for this device; ValueError for a label that the data lacks."""
        if self.label and self.label not in fields:
            raise ValueError(f"there is no field '{self.label}'; fields: {', '.join(fields)}")
        classes = fields[self.label].shape[0] if self.label else 1
        return DiversityMeter(features(self.features, self.field, fields, device), self.label, classes)


class DiversityMeter:
    """Counts, sums and squares of both sets by class."""

    def __init__(self, extract: Features, label: str, classes: int) -> None:
        self._extract, self._label = extract, label
        self._real, self._fake = Scatter(classes), Scatter(classes)

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        for batch, scatter in ((real, self._real), (fake, self._fake)):
            rows = self._extract(batch)
            codes = batch[self._label].argmax(1).cpu() if self._label else torch.zeros(len(rows), dtype=torch.int64)
            scatter.add(rows, codes)

    def compute(self) -> dict[str, float]:
        """`diversity`, and `least` with a label; ValueError where no class has two rows in both sets."""
        known = (self._real.count > 1) & (self._fake.count > 1)
        if not known.any():
            raise ValueError("no class has two samples and two real rows")
        real, fake = self._real.inside(known), self._fake.inside(known)
        figures = {"diversity": _ratio(fake.sum(), real.sum(), self._fake, self._real, known)}
        if self._label:
            free_real, free_fake = self._real.count[known] - 1, self._fake.count[known] - 1
            figures["least"] = float(((fake / free_fake) / (real / free_real)).sqrt().min())
        return figures

    @property
    def protocol(self) -> dict[str, str]:
        """What the figures rest on."""
        counts = f"{int(self._fake.count.sum())}/{int(self._real.count.sum())}"
        return {"n": counts, "label": self._label or "none", **self._extract.protocol}


class Scatter:
    """Rows, sum of rows and sum of squares of each class."""

    def __init__(self, classes: int) -> None:
        self.count = torch.zeros(classes, dtype=torch.float64)
        self._sum: Tensor | None = None
        self._square = torch.zeros(classes, dtype=torch.float64)

    def add(self, rows: Tensor, codes: Tensor) -> None:
        """Take in rows (N, F) of these classes (N,)."""
        if self._sum is None:
            self._sum = torch.zeros(len(self.count), rows.shape[1], dtype=torch.float64)
        self.count.index_add_(0, codes, torch.ones(len(rows), dtype=torch.float64))
        self._sum.index_add_(0, codes, rows)
        self._square.index_add_(0, codes, rows.square().sum(1))

    def inside(self, known: Tensor) -> Tensor:
        """Squared distances to the class's mean, summed, of the known classes."""
        assert self._sum is not None
        return (self._square[known] - self._sum[known].square().sum(1) / self.count[known]).clamp(min=0)


def _ratio(fake: Tensor, real: Tensor, made: Scatter, data: Scatter, known: Tensor) -> float:
    free_fake, free_real = (made.count[known] - 1).sum(), (data.count[known] - 1).sum()
    return float(((fake / free_fake) / (real / free_real)).sqrt())
