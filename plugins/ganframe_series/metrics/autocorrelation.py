"""Whether made series hang together in time as real ones do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch

from ganframe import Field, component, option
from ganframe_series.autocorrelation import autocorrelation
from ganframe_series.metrics.windows import Windows


@component
class AutocorrelationError:
    """Mean |difference| of the autocorrelations of real and made series, over lags 1 to `lags` and channels.

    Figures: `error`; `spread`, the standard deviation of made values / that of real ones, 1 is best.
    """

    better: ClassVar = {"error": "lower"}
    examples = ({"data": {"type": "Sines", "length": 12}},)

    lags: int = option(12, "the longest lag; at most the window's length - 1", min=1)
    field: str = option("", "the field compared, (length, channels); the data's first where left out")

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> LagMeter:
        """A meter; ValueError for a field that is no series."""
        return LagMeter(self.field, fields, self.lags)


class LagMeter(Windows):
    """Compares autocorrelations."""

    def __init__(self, field: str, fields: Mapping[str, Field], lags: int) -> None:
        super().__init__(field, fields)
        self._lags = min(lags, fields[self.field].shape[0] - 1)

    def compute(self) -> dict[str, float]:
        """`error` and `spread`."""
        real, made = (side.double().numpy() for side in self.sides())
        gap = np.abs(autocorrelation(real, self._lags) - autocorrelation(made, self._lags))[1:]
        return {"error": float(gap.mean()), "spread": float(made.std() / max(float(real.std()), 1e-12))}
