"""Whether a model that has learnt the next value on made series is right about real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganframe import Field, component, option
from ganframe_series.metrics.windows import Windows, taught


@component
class PredictiveScore:
    """Train on synthetic, test on real: a GRU learns the next value of every channel, by its mean absolute error.

    `error`: of a GRU that made windows have taught, on every other real window, in units of the field; `real`: the
    same of one that the remaining real windows have taught; `excess`: error - real, the price of made windows.
    Source: TimeGAN (NeurIPS 2019), section 5, where the last channel alone is predicted.
    """

    better: ClassVar = {"error": "lower", "excess": "lower"}
    examples = ({"options": {"steps": 25, "rate": 0.05, "hidden": 8}, "data": {"type": "Sines", "length": 10}},)

    hidden: int = option(24, "units of the GRU", min=1)
    steps: int = option(400, "steps of its training, on 128 windows each", min=1)
    rate: float = option(1e-2, "learning rate of Adam, falling to 0", min=0.0)
    field: str = option("", "the field judged, (length, channels); the data's first where left out")

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> AheadMeter:
        """A meter; ValueError for a field that is no series."""
        return AheadMeter(self.field, fields, self.hidden, self.steps, self.rate)


class AheadMeter(Windows):
    """Trains and tests predictors."""

    def __init__(self, field: str, fields: Mapping[str, Field], hidden: int, steps: int, rate: float) -> None:
        super().__init__(field, fields, judge=f"GRU of {hidden}, {steps} steps")
        self._plan = (hidden, steps, rate)

    def compute(self) -> dict[str, float]:
        """The three figures."""
        real, made = self.sides()
        train, test = real[::2], real[1::2]
        error, floor = self._error(made[: len(train)], test), self._error(train, test)
        return {"error": error, "real": floor, "excess": error - floor}

    def _error(self, windows: Tensor, test: Tensor) -> float:
        hidden, steps, rate = self._plan
        channels = windows.shape[2]

        def loss(network: nn.Module, rows: Tensor) -> Tensor:
            return _ahead(network, windows[rows])

        network = taught(channels, hidden, channels, steps, rate, len(windows), loss)
        with torch.no_grad():
            return float(_ahead(network, test))


def _ahead(network: nn.Module, windows: Tensor) -> Tensor:
    return F.l1_loss(network(windows[:, :-1]), windows[:, 1:])
