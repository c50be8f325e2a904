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


@component
class Weighted:
    """Rows drawn with replacement, as many an epoch as the data has, by shares of your own.

    With `weights`, one number a class of the one-hot `field`, each class comes in that proportion whatever its size
    (one without rows never). Without them `field` is a number a row, and a row comes in proportion to it.
    """

    examples = ({"options": {"weights": (2.0, 1.0, 1.0, 0.0)}},)

    weights: tuple[float, ...] = option((), "one number a class, in any unit", min=0.0)
    field: str = option("label", "the one-hot field that holds the class, or the number a row")

    def order(self, data: Any, epoch: int, rng: torch.Generator) -> Tensor:
        """Rows drawn by weight. ValueError where weights and classes differ in number, or nothing has weight."""
        if not self.weights:
            return _picked(self._numbers(data), rng)
        codes = classes_of(data, self.field)
        classes = data.fields()[self.field].shape[0]
        if len(self.weights) != classes:
            raise ValueError(f"'weights' has {len(self.weights)} numbers, but '{self.field}' has {classes} classes")
        sizes = torch.bincount(codes, minlength=classes).double()
        return drawn(codes, torch.tensor(self.weights, dtype=torch.float64), sizes, rng)

    def _numbers(self, data: Any) -> Tensor:
        known = data.fields()
        if self.field not in known or torch.Size(known[self.field].shape).numel() != 1:
            what = f"without 'weights', '{self.field}' must be a field of one number a row"
            raise ValueError(f"{what}; the data's fields: {', '.join(known)}")
        numbers = whole(data, self.field).double().flatten()
        if not bool(((numbers >= 0) & numbers.isfinite()).all()):
            raise ValueError(f"'{self.field}' holds numbers that are no weights: below 0, or not finite")
        return numbers


def whole(data: Any, field: str) -> Tensor:
    """Every row of one field."""
    if hasattr(data, "column"):
        return data.column(field)
    rng = torch.Generator().manual_seed(0)
    return torch.cat([data.batch(rows, rng)[field] for rows in torch.arange(len(data)).split(CHUNK)])


def classes_of(data: Any, field: str) -> Tensor:
    """The class of every row, int64 (rows,). ValueError where the data has no such field of classes."""
    known = data.fields()
    if field not in known or len(known[field].shape) != 1:
        raise ValueError(f"the data has no one-hot field '{field}'; its fields: {', '.join(known)}")
    return whole(data, field).argmax(1)


def drawn(codes: Tensor, weights: Tensor, sizes: Tensor, rng: torch.Generator) -> Tensor:
    """As many rows as there are, with replacement: a class by its weight, then any of its rows."""
    return _picked((weights / sizes.clamp(min=1))[codes], rng)


def _picked(weights: Tensor, rng: torch.Generator) -> Tensor:
    """As many rows as there are weights (rows,), each drawn in proportion to its own; ValueError where all are 0."""
    ends = weights.cumsum(0)
    if ends[-1] <= 0:
        raise ValueError("no row has a weight above 0")
    picks = torch.rand(len(weights), generator=rng, dtype=torch.float64) * ends[-1]
    last = int(weights.nonzero()[-1])
    return torch.searchsorted(ends, picks, right=True).clamp_(max=last)


SAMPLERS = [Balanced, LogFrequency, Sequential, Shuffled, Weighted]
