"""How samples read: as the class that was asked for, and how surely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_image.metrics.classifier import FIELD, LAYER, Classifier, classifier


@component
class ClassAccuracy:
    """The share of samples that a classifier reads as the class they were asked to be; for conditional models.

    Figure `accuracy`: chance is 1 / classes. The judge of digits reads 99.8 % of the real ones right.
    Source: the usual test of conditional models since AC-GAN (arXiv:1610.09585), section 4.1.
    """

    better: ClassVar = {"accuracy": "higher"}
    examples = ({"data": "Digits"},)

    label: str = option("label", "the one-hot field that says which class was asked for")
    classifier: Any | tuple[Any, ...] = option(None, LAYER, kind="layer")
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> Readings:
        """A meter for this device; ValueError where labels and classifier have different classes."""
        reader = classifier(self.classifier, self.field, fields, device)
        if self.label not in fields:
            raise ValueError(f"there is no field '{self.label}'; fields: {', '.join(fields)}")
        if fields[self.label].shape != (reader.classes,):
            has = fields[self.label].shape
            raise ValueError(f"'{self.label}' has shape {has}, but the classifier knows {reader.classes} classes")
        return Readings(reader, "accuracy", lambda shares, fake: shares.argmax(1) == fake[self.label].cpu().argmax(1))


@component
class Confidence:
    """The share of samples that a classifier reads with more than `above` probability, whatever as: "sure".

    Figure `sure`: of all real digits 99 %, of those that the judge has not seen 97 %; blends of two classes lower it.
    """

    better: ClassVar = {"sure": "higher"}
    examples = ({"data": "Digits"},)

    above: float = option(0.9, "probability from which a reading is sure", min=0.0, max=1.0)
    classifier: Any | tuple[Any, ...] = option(None, LAYER, kind="layer")
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> Readings:
        """A meter for this device."""
        reader = classifier(self.classifier, self.field, fields, device)
        return Readings(reader, "sure", lambda shares, fake: shares.amax(1) > self.above)


class Readings:
    """Counts the samples of which something holds, by their probabilities and their batch."""

    def __init__(self, reader: Classifier, figure: str, holds: Any) -> None:
        self._reader, self._figure, self._holds = reader, figure, holds
        self._rows = self._true = 0

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a made batch (the real one is not needed)."""
        shares = self._reader(fake[self._reader.field])
        self._rows += len(shares)
        self._true += int(self._holds(shares, fake).sum())

    def compute(self) -> dict[str, float]:
        """The share; ValueError without samples."""
        if not self._rows:
            raise ValueError("no samples")
        return {self._figure: self._true / self._rows}

    @property
    def protocol(self) -> dict[str, str]:
        """What the figure rests on."""
        return {"n": str(self._rows), **self._reader.protocol}
