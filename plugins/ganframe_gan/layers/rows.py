"""Rows folded, and random parts of rows."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks


@component
class Pack:
    """Rows folded `size` at a time along the first axis: (N, C, ...) gives (N / size, size * C, ...).

    PacGAN (arXiv:1712.04086, section 2): a discriminator that sees several samples at once sees collapse.
    """

    changes_rows = True
    mixes_rows = True
    examples = ({"options": {"size": 2}, "x": (6,)}, {"options": {"size": 2}, "x": (3, 4, 4)})
    size: int = option(2, "rows in a pack; must divide the batch", min=1)

    def build(self, x: Shape) -> nn.Module:
        checks.axis(1, x)
        return _Pack(self.size)


class _Pack(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        if len(x) % self.size:
            raise ValueError(f"{len(x)} rows cannot be packed {self.size} at a time")
        return x.reshape(len(x) // self.size, self.size * x.shape[1], *x.shape[2:])


@component
class RandomFrame:
    """One frame of each film, drawn anew for every row: (C, T, H, W) gives (C, H, W). In eval mode the middle one.

    What MoCoGAN's image discriminator sees (arXiv:1707.04993, section 3.1).
    """

    random = True
    examples = ({"x": (3, 5, 4, 4)},)
    dim: int = option(2, "the axis of time; 0 is the batch, 1 the first axis of a row")

    def build(self, x: Shape) -> nn.Module:
        return _RandomFrame(checks.axis(self.dim, x))


class _RandomFrame(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        frames = x.shape[self.dim]
        if not self.training:
            return x.select(self.dim, frames // 2)
        chosen = torch.randint(frames, (len(x), *[1] * (x.dim() - 1)), device=x.device)
        return torch.take_along_dim(x, chosen, self.dim).squeeze(self.dim)


@component
class RandomQuadrant:
    """The same random quarter of two maps, drawn anew for every row; in eval mode the upper left one.

    FastGAN's discriminator rebuilds a part of the picture from the same part of its features (arXiv:2101.04775,
    section 3.3). The maps may differ in channels and size: (C, 2h, 2w) gives (C, h, w).
    """

    random = True
    examples = ({"x": (4, 4, 4), "other": (3, 8, 12)},)

    def build(self, x: Shape, other: Shape) -> nn.Module:
        for shape in (x, other):
            _, height, width = checks.picture(shape)
            if height % 2 or width % 2:
                raise ValueError(f"a map of {height} x {width} has no equal quarters")
        return _RandomQuadrant()


class _RandomQuadrant(nn.Module):
    def forward(self, x: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        if self.training:
            chosen = torch.randint(4, (len(x), 1, 1, 1, 1), device=x.device)
        else:
            chosen = torch.zeros(len(x), 1, 1, 1, 1, dtype=torch.int64, device=x.device)
        return _quarter(x, chosen), _quarter(other, chosen)


def _quarter(x: Tensor, chosen: Tensor) -> Tensor:
    height, width = x.shape[2] // 2, x.shape[3] // 2
    quarters = x.unflatten(3, (2, width)).unflatten(2, (2, height)).permute(0, 2, 4, 1, 3, 5).flatten(1, 2)
    return torch.take_along_dim(quarters, chosen, 1).squeeze(1)


@component
class PhaseShuffle:
    """Each row of sound (C, T) shifted by a random number of samples, mirrored at its ends; nothing in eval mode.

    WaveGAN (arXiv:1802.04208, section 3.3). Drawn anew for every row, uniform over -shift to shift.
    """

    random = True
    examples = ({"x": (3, 8)},)
    shift: int = option(2, "largest shift in samples", min=1)

    def build(self, x: Shape) -> nn.Module:
        checks.spatial(x)
        if x[-1] <= self.shift:
            raise ValueError(f"{x[-1]} samples cannot be shifted by {self.shift}")
        return _PhaseShuffle(self.shift)


class _PhaseShuffle(nn.Module):
    def __init__(self, shift: int) -> None:
        super().__init__()
        self.shift = shift

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        last = x.shape[-1] - 1
        moved = torch.randint(-self.shift, self.shift + 1, (len(x), *[1] * (x.dim() - 1)), device=x.device)
        index = (moved + torch.arange(last + 1, device=x.device)).abs()
        return torch.take_along_dim(x, last - (last - index).abs(), -1)
