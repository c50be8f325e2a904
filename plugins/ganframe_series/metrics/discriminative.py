"""Whether a recurrent network can tell made series from real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganframe import Field, component, option
from ganframe_series.metrics.windows import Windows, taught


@component
class DiscriminativeScore:
    """How far above chance a GRU tells made windows from real ones: max(0, accuracy - 0.5), from 0 (best) to 0.5.

    It learns on 70 % of as many windows of both kinds and is tested on the rest. The paper's score is
    |accuracy - 0.5|; an accuracy below a half is no telling apart, and counts as 0 here. Figures: `score`, `accuracy`.
    Source: TimeGAN (NeurIPS 2019), section 5.
    """

    better: ClassVar = {"score": "lower"}
    examples = ({"options": {"steps": 25, "rate": 0.05, "hidden": 8}, "data": {"type": "Sines", "length": 10}},)

    hidden: int = option(24, "units of the GRU", min=1)
    steps: int = option(400, "steps of its training, on 128 windows each", min=1)
    rate: float = option(1e-2, "learning rate of Adam, falling to 0", min=0.0)
    field: str = option("", "the field judged, (length, channels); the data's first where left out")

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> TellingMeter:
        """A meter; ValueError for a field that is no series."""
        return TellingMeter(self.field, fields, self.hidden, self.steps, self.rate)


class TellingMeter(Windows):
    """Trains and tests a classifier."""

    def __init__(self, field: str, fields: Mapping[str, Field], hidden: int, steps: int, rate: float) -> None:
        super().__init__(field, fields, judge=f"GRU of {hidden}, {steps} steps")
        self._plan = (hidden, 1, steps, rate)

    def compute(self) -> dict[str, float]:
        """`score` and `accuracy`."""
        real, made = self.sides()
        count = min(len(real), len(made))
        learnt = round(0.7 * count)
        x = torch.cat([real[:learnt], made[:learnt]])
        y = torch.cat([torch.ones(learnt), torch.zeros(learnt)])

        def loss(network: nn.Module, rows: Tensor) -> Tensor:
            return F.binary_cross_entropy_with_logits(network(x[rows])[:, -1, 0], y[rows])

        network = taught(x.shape[2], *self._plan, len(x), loss)
        with torch.no_grad():
            on_real, on_made = (network(side[learnt:count])[:, -1, 0] > 0 for side in (real, made))
        accuracy = float(torch.cat([on_real, ~on_made]).double().mean())
        return {"score": max(0.0, accuracy - 0.5), "accuracy": accuracy}
