"""In which order an epoch takes the rows of the data."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganframe import component, option

#: Rows asked for at once where data cannot give a whole field.
CHUNK = 1024


@component
class Shuffled:
    """Every row once, in an order drawn anew each epoch. What data without a sampler uses."""

    def order(self, data: Any, epoch: int, rng: torch.Generator) -> Tensor:
        """A random permutation of the rows."""
        return torch.randperm(len(data), generator=rng)


@component
class Sequential:
    """Every row once, in the data's own order, the same in each epoch."""

    def order(self, data: Any, epoch: int, rng: torch.Generator) -> Tensor:
        """0, 1, 2, …"""
        return torch.arange(len(data))


@component
class Balanced:
    """Every class equally often, whatever its share: rows of small classes come several times an epoch.

    An epoch has as many rows as the data; each is drawn from its class with replacement.
    """

    field: str = option("label", "the one-hot field that holds the class")

    def order(self, data: Any, epoch: int, rng: torch.Generator) -> Tensor:
        """Rows drawn with probability 1 / (classes x size of the row's class)."""
        codes = classes_of(data, self.field)
        sizes = torch.bincount(codes).double()
        return drawn(codes, (sizes > 0).double(), sizes, rng)


@component
class LogFrequency:
    """Classes as often as the logarithm of their size says, log(1 + n): rare ones more, but not equally.

    An epoch has as many rows as the data; each is drawn from its class with replacement.
    Source: CTGAN's training-by-sampling (arXiv:1907.00503), section 4.3.
    """

    field: str = option("label", "the one-hot field that holds the class")

    def order(self, data: Any, epoch: int, rng: torch.Generator) -> Tensor:
        """Rows drawn with probability proportional to log(1 + n) / n, n the size of the row's class."""
        codes = classes_of(data, self.field)
        sizes = torch.bincount(codes).double()
        return drawn(codes, sizes.log1p(), sizes, rng)


def classes_of(data: Any, field: str) -> Tensor:
    """The class of every row, int64 (rows,). ValueError where the data has no such field of classes."""
    known = data.fields()
    if field not in known or len(known[field].shape) != 1:
        raise ValueError(f"the data has no one-hot field '{field}'; its fields: {', '.join(known)}")
    if hasattr(data, "column"):
        return data.column(field).argmax(1)
    rng = torch.Generator().manual_seed(0)
    return torch.cat([data.batch(rows, rng)[field].argmax(1) for rows in torch.arange(len(data)).split(CHUNK)])


def drawn(codes: Tensor, weights: Tensor, sizes: Tensor, rng: torch.Generator) -> Tensor:
    """As many rows as there are, with replacement: a class by its weight, then any of its rows."""
    ends = (weights / sizes.clamp(min=1))[codes].cumsum(0)
    picks = torch.rand(len(codes), generator=rng, dtype=torch.float64) * ends[-1]
    return torch.searchsorted(ends, picks, right=True).clamp_(max=len(codes) - 1)


SAMPLERS = [Balanced, LogFrequency, Sequential, Shuffled]
