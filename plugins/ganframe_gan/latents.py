"""Latents: what flows into a network and is not data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Shape, component, option

if TYPE_CHECKING:
    from ganframe import Field, Now

Real = Mapping[str, Tensor] | None


@component
class Sized:
    """A latent with a size of its own."""

    size: int | tuple[int, ...] = option(doc="entries of a row, or its shape", min=1)

    def shape(self, fields: Mapping[str, Field]) -> Shape:
        """(size,), or size itself where it is an array."""
        return Shape((self.size,) if isinstance(self.size, int) else self.size)

    def _dims(self, rows: int) -> tuple[int, ...]:
        return (rows, self.size) if isinstance(self.size, int) else (rows, *self.size)


@component
class Normal(Sized):
    """Independent normal numbers, N(mean, std^2)."""

    mean: float = option(0.0, "mean")
    std: float = option(1.0, "standard deviation", min=0.0)

    def sample(self, rows: int, now: Now, real: Real, data: Any) -> Tensor:
        """Numbers (rows, *shape)."""
        drawn = torch.randn(self._dims(rows), generator=now.rng)
        if self.std != 1 or self.mean:
            drawn = drawn * self.std + self.mean
        return drawn.to(now.device)


@component
class Uniform(Sized):
    """Independent uniform numbers in [min, max)."""

    min: float = option(-1.0, "lower end")
    max: float = option(1.0, "upper end")

    def __attrs_post_init__(self) -> None:
        if self.min >= self.max:
            raise ValueError(f"'min' must be less than 'max', not {self.min} and {self.max}")

    def sample(self, rows: int, now: Now, real: Real, data: Any) -> Tensor:
        """Numbers (rows, *shape)."""
        drawn = torch.rand(self._dims(rows), generator=now.rng)
        return (drawn * (self.max - self.min) + self.min).to(now.device)


@component
class TruncatedNormal(Sized):
    """Standard normal numbers drawn again until they lie within ±threshold (BigGAN, arXiv:1809.11096, section 3.1).

    Drawn in one go by the inverse of the distribution function, sqrt(2) · erfinv(u · erf(threshold / sqrt(2))) with
    u ~ U(-1, 1), which has the same law however small the threshold is.
    """

    threshold: float = option(2.0, "largest magnitude", min=0.0)

    def sample(self, rows: int, now: Now, real: Real, data: Any) -> Tensor:
        """Numbers (rows, *shape)."""
        drawn = torch.rand(self._dims(rows), generator=now.rng, dtype=torch.float64) * 2 - 1
        numbers = torch.erfinv(drawn * math.erf(self.threshold / math.sqrt(2))) * math.sqrt(2)
        return numbers.clamp(-self.threshold, self.threshold).float().to(now.device)


@component
class OneHot:
    """A class drawn at random as a one-hot row (InfoGAN's categorical code, drawn labels)."""

    size: int = option(doc="number of classes", min=1)
    shares: tuple[float, ...] = option((), "how often each class is drawn, in proportion; empty: equally", min=0.0)

    def __attrs_post_init__(self) -> None:
        if self.shares and (len(self.shares) != self.size or not sum(self.shares)):
            raise ValueError(f"'shares' must have {self.size} entries, not all 0")

    def shape(self, fields: Mapping[str, Field]) -> Shape:
        """(size,)."""
        return Shape((self.size,))

    def sample(self, rows: int, now: Now, real: Real, data: Any) -> Tensor:
        """One-hot rows (rows, size), float."""
        if self.shares:
            kinds = torch.multinomial(torch.tensor(self.shares), rows, replacement=True, generator=now.rng)
        else:
            kinds = torch.randint(self.size, (rows,), generator=now.rng)
        return F.one_hot(kinds, self.size).float().to(now.device)


@component
class Constant:
    """One number that flows, the same in every row: a fade, a temperature, truncation psi."""

    value: float = option(doc="the number", curve=True)

    def shape(self, fields: Mapping[str, Field]) -> Shape:
        """(1,)."""
        return Shape((1,))

    def sample(self, rows: int, now: Now, real: Real, data: Any) -> Tensor:
        """The number (rows, 1)."""
        return torch.full((rows, 1), float(now(self.value)), device=now.device)


@component
class OfData:
    """A latent that is drawn from a field of the data."""

    examples = ({"options": {"field": "label"}},)

    field: str = option(doc="the field of the data")

    def shape(self, fields: Mapping[str, Field]) -> Shape:
        """The field's shape and dtype."""
        if self.field not in fields:
            raise ValueError(f"the data has no field '{self.field}'; its fields: {', '.join(fields)}")
        field = fields[self.field]
        return Shape(field.shape, getattr(torch, field.dtype))


@component
class Shuffle(OfData):
    """The real batch's field with its rows in another order (StarGAN's target domains, CTGAN's conditions)."""

    def sample(self, rows: int, now: Now, real: Real, data: Any) -> Tensor:
        """Rows of the real batch (rows, *shape)."""
        if real is None:
            raise ValueError(f"there is no real batch whose '{self.field}' could be shuffled")
        column = real[self.field]
        order = torch.randperm(len(column), generator=now.rng)[:rows]
        return column.index_select(0, order.to(column.device)).to(now.device)


@component
class FromData(OfData):
    """A field of rows drawn from the whole data, with replacement (StyleGAN2's labels)."""

    def sample(self, rows: int, now: Now, real: Real, data: Any) -> Tensor:
        """Rows of the data (rows, *shape)."""
        if data is None:
            raise ValueError(f"there is no data to draw '{self.field}' from")
        indices = torch.randint(len(data), (rows,), generator=now.rng)
        # Data that holds a field by itself need not load whole rows for it.
        whole = hasattr(data, "column")
        drawn = data.column(self.field)[indices] if whole else data.batch(indices, now.rng)[self.field]
        return drawn.to(now.device)


LATENTS: list[type] = [Normal, Uniform, TruncatedNormal, OneHot, Constant, Shuffle, FromData]
