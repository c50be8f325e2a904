"""Whether sounds have the pitch that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_audio.metrics.heard import sounds
from ganframe_audio.signal.pitch import cents, pitch


@component
class PitchAccuracy:
    """The share of samples whose pitch is within `cents` of their class's; for data with the fact `pitches` (Hz).

    Figures: `accuracy`; `clarity`, the mean height of the peak that told the pitch, from 0 for noise to 1 for a sound
    that repeats itself exactly (compare with `real_clarity`, that of real sounds). Pitch is searched from half of the
    lowest to twice the highest. Source of the pitch: McLeod and Wyvill 2005, signal/pitch.py.
    """

    better: ClassVar = {"accuracy": "higher"}
    examples = ({"data": "Plucks"},)

    label: str = option("label", "the one-hot field that says which pitch was asked for")
    cents: float = option(50.0, "how far it may be away, in hundredths of a semitone", min=1.0)
    field: str = option("", "the field that is listened to; the data's first where left out")

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> PitchMeter:
        """A meter; ValueError for data without pitches or sounds."""
        name, hear = sounds(self.field, fields, facts)
        pitches = facts.get("pitches")
        if not pitches:
            raise ValueError("these data name no 'pitches'")
        if self.label not in fields or fields[self.label].shape != (len(pitches),):
            raise ValueError(f"'{self.label}' is no field of {len(pitches)} classes, as there are pitches")
        return PitchMeter(self, name, hear, torch.tensor(pitches, dtype=torch.float64), float(facts["sample_rate"]))


class PitchMeter:
    """Counts the samples that are in tune."""

    def __init__(
        self, asked: PitchAccuracy, name: str, hear: Callable[[Tensor], Tensor], pitches: Tensor, rate: float
    ) -> None:
        self._asked, self._name, self._hear, self._pitches, self._rate = asked, name, hear, pitches, rate
        self._rows = self._right = self._real_rows = 0
        self._clear = self._real_clear = 0.0

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a made batch, and how clear the real one is."""
        heard, clear = self._pitch(fake)
        meant = self._pitches[fake[self._asked.label].cpu().argmax(1)]
        self._rows += len(heard)
        self._right += int((cents(heard, meant) <= self._asked.cents).sum())
        self._clear += float(clear.sum())
        _, clear = self._pitch(real)
        self._real_rows += len(clear)
        self._real_clear += float(clear.sum())

    def _pitch(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        low, high = float(self._pitches.min()) / 2, float(self._pitches.max()) * 2
        return pitch(self._hear(batch[self._name]), self._rate, low, min(high, self._rate / 2))

    def compute(self) -> dict[str, float]:
        """`accuracy`, `clarity` and `real_clarity`; ValueError without samples."""
        if not self._rows or not self._real_rows:
            raise ValueError("no samples")
        return {
            "accuracy": self._right / self._rows, "clarity": self._clear / self._rows,
            "real_clarity": self._real_clear / self._real_rows,
        }  # fmt: skip

    @property
    def protocol(self) -> dict[str, str]:
        """What the figures rest on."""
        return {"n": str(self._rows), "within": f"{self._asked.cents:g} cents", "field": self._name}
