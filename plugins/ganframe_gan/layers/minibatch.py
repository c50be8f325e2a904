"""Layers that let a discriminator see a sample beside its neighbours."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks

_EPS = 1e-8


@component
class MinibatchStdDev:
    """Its input with further channels that hold how much a group of rows varies (arXiv:1710.10196, section 3).

    Over each group: sqrt(variance + 1e-8) of every value, averaged over a share of the channels and all places; that
    number fills the new channel, one channel a share. As in StyleGAN2's code, but a batch that no group of this size
    divides gets the next larger groups that do.
    """

    mixes_rows = True
    examples = ({"options": {"group": 2}, "x": (6, 4, 4)}, {"x": (6,)})
    group: int = option(4, "rows a group, at least; a smaller batch is one group", min=1)
    channels: int = option(1, "channels added; must divide the input's", min=1)

    def build(self, x: Shape) -> nn.Module:
        checks.axis(1, x)
        if x[0] % self.channels:
            raise ValueError(f"{x[0]} channels cannot be shared among {self.channels} statistics")
        return _MinibatchStdDev(self.group, self.channels)


class _MinibatchStdDev(nn.Module):
    def __init__(self, group: int, channels: int) -> None:
        super().__init__()
        self.group, self.channels = group, channels

    def forward(self, x: Tensor) -> Tensor:
        rows = len(x)
        groups = next(n for n in range(max(1, rows // self.group), 0, -1) if rows % n == 0)
        y = x.reshape(rows // groups, groups, self.channels, -1)
        deviation = (y.var(0, correction=0) + _EPS).sqrt().mean(2)
        filled = deviation.repeat(rows // groups, 1).reshape(rows, self.channels, *[1] * (x.dim() - 2))
        return torch.cat((x, filled.expand(-1, -1, *x.shape[2:]).to(x.dtype)), 1)


@component
class MinibatchDiscrimination:
    """Its input vector with one number a kernel beside it: how near the other rows are (arXiv:1606.03498, section 3.2).

    M_i = T x_i in (kernels, size); o_ib = sum over the rows j of exp(-|M_ib - M_jb|_1), the row itself among them. The
    linear map T is called `tensor`.
    """

    mixes_rows = True
    examples = ({"options": {"kernels": 3}, "x": (6,)},)
    kernels: int = option(100, "numbers added to each row", min=1)
    size: int = option(5, "dimensions in which a kernel measures distance", min=1)

    def build(self, x: Shape) -> nn.Module:
        return _MinibatchDiscrimination(checks.vector(x), self.kernels, self.size)


class _MinibatchDiscrimination(nn.Module):
    def __init__(self, features: int, kernels: int, size: int) -> None:
        super().__init__()
        self.tensor = nn.Linear(features, kernels * size, bias=False)
        self.kernels = kernels

    def forward(self, x: Tensor) -> Tensor:
        m = self.tensor(x).unflatten(1, (self.kernels, -1))
        nearness = (-(m.unsqueeze(0) - m.unsqueeze(1)).abs().sum(3)).exp().sum(1)
        return torch.cat((x, nearness.to(x.dtype)), 1)
