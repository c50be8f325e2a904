"""A classifier that a metric asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe import Extractor, Field
from ganframe_image.judge.layers import DigitsClassifier

LAYER = "layer that gives the logits of the classes, or several in a row; the judge of digits where left out"
FIELD = "the field that is read; the data's first where left out"


@attrs.frozen(eq=False)
class Classifier:
    """Gives the probabilities of the classes of a batch's field, float64 on the CPU."""

    field: str
    extractor: Extractor

    def __call__(self, pictures: Tensor) -> Tensor:
        """Probabilities (N, classes)."""
        return self.extractor(pictures).softmax(1)

    @property
    def classes(self) -> int:
        """How many it tells apart."""
        return self.extractor.gives[0]

    @property
    def protocol(self) -> dict[str, str]:
        """Which classifier, with the hash of its weights, its sizes and its resize filter."""
        return {"classifier": self.extractor.told, "field": self.field, **self.extractor.protocol}


def classifier(
    layers: Any | None, field: str, fields: Mapping[str, Field], device: torch.device, channels: int | None = None
) -> Classifier:
    """A classifier of this field (the data's first where empty); of `channels` channels where the field has others.

    ValueError where the data has no such field, a layer cannot read its shape, or the last gives no logits.
    """
    name = field or next(iter(fields))
    if name not in fields:
        raise ValueError(f"there is no field '{name}'; fields: {', '.join(fields)}")
    shape = fields[name].shape
    shape = shape if channels is None else (channels, *shape[1:])
    made = Classifier(name, Extractor.of(layers or DigitsClassifier(), shape, device))
    if len(made.extractor.gives) != 1:
        raise ValueError(f"a classifier gives a logit a class, not {made.extractor.gives}")
    return made
