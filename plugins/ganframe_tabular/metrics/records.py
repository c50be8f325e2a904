"""Whether made rows are copies of training rows, and whether they give away who was in the training table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch

from ganframe import Field, component
from ganframe_tabular.metrics.tables import Tables, vectors


@component
class ClosestRecord:
    """Distances of made rows to training rows, against those of rows that were held out: write `split = "all"`.

    Rows are vectors: numbers by mean and deviation, categories one-hot / sqrt(2). `ratio`: median distance of made
    rows to their nearest training row / the same of held-out rows; 1 is as new as fresh rows, 0 copies, and noise has
    more. `copies`: share of made rows that are a training row, minus that of held-out rows. `membership`: an attacker
    names those training rows that have the nearest made row; area under his ROC curve against held-out rows, 0.5 if
    he can only guess. None is ranked, since noise is no copy.
    Source: distance to the closest record (Park et al. 2018, arXiv:1806.03384, section 5.1); Chen et al. 2020,
    GAN-Leaks (arXiv:1909.03935), section 4.
    """

    better: ClassVar[dict[str, str]] = {}
    examples = ({"data": {"type": "Orders", "split": "all"}},)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> RecordMeter:
        """A meter; ValueError for data that are no table."""
        return RecordMeter(fields, facts)


class RecordMeter(Tables):
    """Nearest neighbours."""

    def compute(self) -> dict[str, float]:
        """`ratio` (nan where held-out rows are copies themselves), `copies`, `membership`."""
        train, held, made = self.parts()
        train_rows, held_rows, made_rows = vectors(train, train, held, made)
        own, new = nearest(held_rows, train_rows), nearest(made_rows, train_rows)
        inside, outside = nearest(train_rows, made_rows), nearest(held_rows, made_rows)
        usual = float(np.median(own))
        return {
            "ratio": float(np.median(new)) / usual if usual > 1e-6 else float("nan"),
            "copies": float((new < 1e-6).mean() - (own < 1e-6).mean()),
            "membership": area(-inside, -outside),
        }


def nearest(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The distance of each row to the nearest of the others (N,)."""
    there = torch.from_numpy(others)
    parts = [torch.cdist(part, there).min(1).values for part in torch.from_numpy(rows).split(512)]
    return torch.cat(parts).numpy()


def area(inside: np.ndarray, outside: np.ndarray) -> float:
    """The chance that a number of the first set is above one of the second; equal ones count half."""
    outside = np.sort(outside)
    below = np.searchsorted(outside, inside, "left") + np.searchsorted(outside, inside, "right")
    return float(below.mean() / 2 / len(outside))
