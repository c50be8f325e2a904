"""Frechet distance inside classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, Moments, component, option
from ganframe_gan.metrics.features import FEATURES, FIELD, Features, features


@component
class IntraClassFrechet:
    """Frechet distances between the samples and the data of each class (intra FID), for conditional models.

    Figures: `distance`, their mean over classes; `worst`, that of the class that is farthest. It sees what the plain
    distance does not: classes that collapse, or are mixed up. Classes with fewer than two rows on either side are left
    out, and counted in the protocol. Source: Miyato and Koyama 2018 (arXiv:1802.05637), section 4.
    """

    better: ClassVar = {"distance": "lower", "worst": "lower"}

    label: str = option("label", "the one-hot field that says which class was asked for")
    features: Any | tuple[Any, ...] = option(None, FEATURES, kind="layer")
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> IntraMeter:
        """A meter for this device; ValueError for a label that the data lacks."""
        if self.label not in fields:
            raise ValueError(f"there is no field '{self.label}'; fields: {', '.join(fields)}")
        return IntraMeter(features(self.features, self.field, fields, device), self.label, fields[self.label].shape[0])


class IntraMeter:
    """Keeps the features of both sets with their classes."""

    def __init__(self, extract: Features, label: str, classes: int) -> None:
        self._extract, self._label, self._classes = extract, label, classes
        self._real: list[tuple[Tensor, Tensor]] = []
        self._fake: list[tuple[Tensor, Tensor]] = []

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        for batch, kept in ((real, self._real), (fake, self._fake)):
            kept.append((self._extract(batch), batch[self._label].argmax(1).cpu()))

    def compute(self) -> dict[str, float]:
        """`distance` and `worst`; ValueError where no class has two rows in both sets."""
        sides = [moments(kept, self._classes) for kept in (self._real, self._fake)]
        known = [(r, f) for r, f in zip(*sides, strict=True) if min(r.rows, f.rows) > 1]
        if not known:
            raise ValueError("no class has two samples and two real rows")
        found = torch.tensor([r.distance(f) for r, f in known])
        return {"distance": float(found.mean()), "worst": float(found.max())}

    @property
    def protocol(self) -> dict[str, str]:
        """Counts, classes and features behind the figures."""
        real, fake = ([len(rows) for rows, _ in kept] for kept in (self._real, self._fake))
        sides = [counts(kept, self._classes) for kept in (self._real, self._fake)]
        full = int(((sides[0] > 1) & (sides[1] > 1)).sum())
        return {"n": f"{sum(fake)}/{sum(real)}", "classes": f"{full} of {self._classes}", **self._extract.protocol}


def counts(kept: list[tuple[Tensor, Tensor]], classes: int) -> Tensor:
    """Rows of each class (classes,)."""
    codes = torch.cat([codes for _, codes in kept]) if kept else torch.zeros(0, dtype=torch.int64)
    return torch.bincount(codes, minlength=classes)


def moments(kept: list[tuple[Tensor, Tensor]], classes: int) -> list[Moments]:
    """The moments of each class."""
    made = [Moments() for _ in range(classes)]
    for rows, codes in kept:
        for code in codes.unique().tolist():
            made[code].add(rows[codes == code])
    return made
