"""How far translated pictures are from the true ones, and how far doing nothing is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_image.data.reshape import coloured, resized


@component
class PairedError:
    """Mean squared error of made pictures against their true partners, beside that of a baseline that learns nothing.

    Figures: `mse` of a value; `psnr`, 10 log10(range^2 / mse), in decibels; `baseline`, the mse of the baseline; and
    `share`, mse over baseline: 1 is no gain. `source` is the baseline that hands on what the translator was given, at
    the target's size by bicubic resampling and within its range; `mean` is the mean of the true pictures, the best
    guess for one who sees no source. Only pairs can be compared so: of unpaired data, judge the class.
    """

    better: ClassVar = {"mse": "lower", "psnr": "higher", "share": "lower"}
    examples = ({"options": {"baseline": "mean"}, "data": "Derived"}, {"data": "SuperResolution"})

    field: str = option("", "the field that is made; the data's first where left out")
    baseline: str = option("source", "what it is compared with", choices=("source", "mean"))
    source: str = option("a", "the field that the translator is given, for the baseline `source`")

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> PairedMeter:
        """A meter; ValueError where the data has no such fields, or they are no pictures."""
        name = self.field or next(iter(fields))
        for wanted in (name, *([self.source] if self.baseline == "source" else [])):
            if wanted not in fields:
                raise ValueError(f"there is no field '{wanted}'; fields: {', '.join(fields)}")
            if len(fields[wanted].shape) != 3:
                raise ValueError(f"pictures are compared, and '{wanted}' is of shape {fields[wanted].shape}")
        if self.baseline == "source":
            coloured(torch.zeros(1, *fields[self.source].shape), fields[name].shape[0])
        return PairedMeter(self, name, fields[name])


class PairedMeter:
    """Sums over values, in float64, so that batches do not matter."""

    def __init__(self, asked: PairedError, name: str, field: Field) -> None:
        self._asked, self._name, self._shape = asked, name, field.shape
        self._span = field.range or (-1.0, 1.0)
        self._rows = 0
        self._made = self._handed = 0.0
        self._sum = torch.zeros(field.shape, dtype=torch.float64)
        self._square = torch.zeros(field.shape, dtype=torch.float64)

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in true pictures and what was made over their sources."""
        true = real[self._name].cpu().double()
        self._rows += len(true)
        self._made += float((fake[self._name].cpu().double() - true).square().sum())
        if self._asked.baseline == "source":
            source = coloured(real[self._asked.source].cpu().double(), self._shape[0])
            handed = resized(source, (self._shape[1], self._shape[2]), self._span).clamp(*self._span)
            self._handed += float((handed - true).square().sum())
        else:
            self._sum += true.sum(0)
            self._square += true.square().sum(0)

    def compute(self) -> dict[str, float]:
        """The figures; ValueError without samples."""
        if not self._rows:
            raise ValueError("no samples")
        count = self._rows * math.prod(self._shape)
        mse, base = self._made / count, self._handed / count
        if self._asked.baseline == "mean":
            base = float((self._square / self._rows - (self._sum / self._rows).square()).mean())
        span = self._span[1] - self._span[0]
        psnr = 10 * math.log10(span**2 / mse) if mse else math.inf
        return {"mse": mse, "psnr": psnr, "baseline": base, "share": mse / base if base else math.nan}

    @property
    def protocol(self) -> dict[str, str]:
        """What is compared."""
        handed = f"{self._asked.source}, bicubic" if self._asked.baseline == "source" else "mean"
        return {"n": str(self._rows), "field": self._name, "baseline": handed}
