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

    Figures: `modes`, of classes^channels; `kl` of their histogram to that of the real rows read the same way, in nats,
    where every combination counts half a row more (none is impossible). Both depend on how many rows are read: 26,000 is
    usual. Source: Metz et al. 2017 (arXiv:1611.02163), section 3.3.1; VEEGAN (arXiv:1705.07761), section 5.1.
    """

    better: ClassVar = {"modes": "higher", "kl": "lower"}

    classifier: Any = option(None, LAYER, kind="layer")
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> StackMeter:
        """A meter for this device."""
        reader = classifier(self.classifier, self.field, fields, device, channels=1)
        return StackMeter(reader, fields[reader.field].shape[0])


class StackMeter:
    """Counts the combinations on both sides."""

    def __init__(self, reader: Classifier, channels: int) -> None:
        self._reader, self._channels = reader, channels
        self._real = torch.zeros(reader.classes**channels, dtype=torch.int64)
        self._fake = torch.zeros_like(self._real)

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        for batch, counts in ((real, self._real), (fake, self._fake)):
            x = batch[self._reader.field]
            codes = self._reader(x.flatten(0, 1).unsqueeze(1)).argmax(1).view(len(x), self._channels)
            place = self._reader.classes ** torch.arange(self._channels - 1, -1, -1)
            counts += torch.bincount((codes * place).sum(1), minlength=len(counts))

    def compute(self) -> dict[str, float]:
        """`modes` and `kl`; ValueError without samples."""
        if not self._fake.sum():
            raise ValueError("no samples")
        real, fake = self._real.double() + 0.5, self._fake.double() + 0.5
        real, fake = real / real.sum(), fake / fake.sum()
        return {"modes": float((self._fake > 0).sum()), "kl": float((fake * (fake / real).log()).sum())}

    @property
    def protocol(self) -> dict[str, str]:
        """What the figures rest on."""
        return {"n": f"{int(self._fake.sum())}/{int(self._real.sum())}", **self._reader.protocol}
