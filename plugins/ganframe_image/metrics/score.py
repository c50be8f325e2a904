"""How sure and how varied a classifier's readings are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_image.metrics.classifier import FIELD, LAYER, Classifier, classifier


@component
class ClassifierScore:
    """exp of the mean KL(p(y | x), p(y)) over samples x, p(y) their mean: the Inception score, with any classifier.

    Figure `score`, from 1 (each sample is read alike, or none surely) to the number of classes (each surely, all
    equally often). Over all samples at once, without the usual ten splits. It sees no collapse inside a class.
    Source: Salimans et al. 2016 (arXiv:1606.03498), section 4.
    """

    better: ClassVar = {"score": "higher"}
    examples = ({"data": "Digits"},)

    classifier: Any | tuple[Any, ...] = option(None, LAYER, kind="layer")
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> ScoreMeter:
        """A meter for this device."""
        return ScoreMeter(classifier(self.classifier, self.field, fields, device))


class ScoreMeter:
    """Sums probabilities and their entropies."""

    def __init__(self, reader: Classifier) -> None:
        self._reader = reader
        self._rows = 0
        self._shares = torch.zeros(reader.classes, dtype=torch.float64)
        self._sureness = torch.zeros((), dtype=torch.float64)

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a made batch (the real one is not needed)."""
        shares = self._reader(fake[self._reader.field])
        self._rows += len(shares)
        self._shares += shares.sum(0)
        self._sureness += torch.special.xlogy(shares, shares).sum()

    def compute(self) -> dict[str, float]:
        """`score`; ValueError without samples."""
        if not self._rows:
            raise ValueError("no samples")
        mean = self._shares / self._rows
        # KL(p, q) = sum p log p - sum p log q, and the mean over samples of the last is sum q log q.
        return {"score": float((self._sureness / self._rows - torch.special.xlogy(mean, mean).sum()).exp())}

    @property
    def protocol(self) -> dict[str, str]:
        """What the figure rests on."""
        return {"n": str(self._rows), **self._reader.protocol}
