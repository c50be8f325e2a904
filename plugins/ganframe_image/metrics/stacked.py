"""Modes of stacked digits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_image.metrics.classifier import FIELD, LAYER, Classifier, classifier


@component
class StackedModes:
    """How many combinations of classes appear when each channel of the samples is read on its own (StackedDigits).

    Figures: `modes`, of classes^channels; `kl` of their histogram to equal shares, in nats. Both depend on how many
    samples are read: 26,000 are usual, and real ones then give 1000 and about 0.02.
    Source: Metz et al. 2017 (arXiv:1611.02163), section 3.3.1; VEEGAN (arXiv:1705.07761), section 5.1.
    """

    better: ClassVar = {"modes": "higher", "kl": "lower"}
    examples = ({"data": "StackedDigits"},)

    classifier: Any | tuple[Any, ...] = option(None, LAYER, kind="layer")
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> StackMeter:
        """A meter for this device."""
        reader = classifier(self.classifier, self.field, fields, device, channels=1)
        return StackMeter(reader, fields[reader.field].shape[0])


class StackMeter:
    """Counts the combinations."""

    def __init__(self, reader: Classifier, channels: int) -> None:
        self._reader, self._channels = reader, channels
        self._count = torch.zeros(reader.classes**channels, dtype=torch.int64)

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a made batch (the real one is not needed)."""
        x = fake[self._reader.field]
        codes = self._reader(x.flatten(0, 1).unsqueeze(1)).argmax(1).view(len(x), self._channels)
        place = self._reader.classes ** torch.arange(self._channels)
        self._count += torch.bincount((codes * place).sum(1), minlength=len(self._count))

    def compute(self) -> dict[str, float]:
        """`modes` and `kl`; ValueError without samples."""
        if not self._count.sum():
            raise ValueError("no samples")
        shares = self._count[self._count > 0] / self._count.sum()
        return {"modes": float(len(shares)), "kl": float((shares * (shares * len(self._count)).log()).sum())}

    @property
    def protocol(self) -> dict[str, str]:
        """What the figures rest on."""
        return {"n": str(int(self._count.sum())), **self._reader.protocol}
