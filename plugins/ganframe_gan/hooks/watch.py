"""Warnings about the two commonest ways in which a GAN dies."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from ganframe import component, option

if TYPE_CHECKING:
    from torch import Tensor

    from ganframe import Run, Step

#: Below this a discriminator's loss counts as zero, and its gradient is of that order too.
ZERO = 1e-3
#: Below this share of the data's spread samples count as all alike.
ALIKE = 0.02
#: Rows compared for the spread.
ROWS = 64


@component
class Watch:
    """Warns, once each and in one line, when one of two conditions held at `patience` looks in a row.

    `discriminator-won`: one of the discriminator's losses that was never negative (a Wasserstein loss is) lies below
    0.001, so it tells real from fake without effort and the generator hardly gets a gradient.
    `samples-alike`: 64 samples differ from each other by less than 2 % of what 64 rows of the data do (standard
    deviation over the rows, mean over the elements).
    """

    every = 500
    patience: int = option(4, "looks in a row, `every` steps apart, at which a condition must hold", min=1)

    @cached_property
    def _seen(self) -> Seen:
        return Seen(self.patience)

    def on_step(self, run: Run, step: Step) -> None:
        """Look at the losses and at a few samples."""
        sides = {name: value for name, value in run.values().items() if ".discriminator" in name}
        for name, value in sides.items():
            self._seen.signed |= {name} if value < 0 else set()
            self._seen.look(
                f"discriminator-won: {name}", abs(value) < ZERO and name not in self._seen.signed,
                run, "the generator hardly gets a gradient; a penalty (R1) or a slower discriminator may help",
            )
        share = self._seen.share(run)
        self._seen.look(
            "samples-alike", share is not None and share < ALIKE,
            run, f"samples differ by {100 * (share or 0):.1f} % of what the data's rows do; the generator collapsed",
        )


@attrs.define(eq=False)
class Seen:
    """How often in a row each condition held, and which were told."""

    patience: int
    signed: set[str] = attrs.field(factory=set)
    _streaks: dict[str, int] = attrs.field(factory=dict)
    _data: float | None = None

    def look(self, condition: str, holds: bool, run: Run, meaning: str) -> None:
        """Count one look, and warn when the streak is just long enough for the first time."""
        streak = self._streaks.get(condition, 0)
        if streak >= self.patience:
            return
        self._streaks[condition] = streak + 1 if holds else 0
        if holds and streak + 1 == self.patience:
            print(f"warning: step {run.step}: {condition}: {meaning}", file=sys.stderr, flush=True)

    def share(self, run: Run) -> float | None:
        """The samples' spread as a share of the data's; None without data, or with data that has no spread."""
        import torch

        if run.data is None:
            return None
        if self._data is None:
            rows = torch.arange(min(ROWS, len(run.data)))
            self._data = spread(run.data.batch(rows, torch.Generator().manual_seed(0))[run.main])
        return spread(run.sample(ROWS, seed=0)) / self._data if self._data > 0 else None


def spread(x: Tensor) -> float:
    """Standard deviation over the rows of (N, ...), mean over the elements."""
    return float(x.double().std(0, correction=0).mean())
