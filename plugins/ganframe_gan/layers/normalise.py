"""Rows brought to a length, without learned values."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks


@component
class Normalize:
    """x / max(|x|, eps) with the Euclidean length along one axis."""

    examples = ({"x": (6,)}, {"x": (3, 4, 4)})
    dim: int = option(1, "the axis of the length; 0 is the batch, 1 the first axis of a row")
    eps: float = option(1e-12, "least length divided by", min=1e-30)

    def build(self, x: Shape) -> nn.Module:
        return _Normalize(checks.axis(self.dim, x), self.eps)


class _Normalize(nn.Module):
    def __init__(self, dim: int, eps: float) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(x, dim=self.dim, eps=self.eps)


@component
class PixelNorm:
    """x / sqrt(mean of x^2 over the channels + eps) (progressive growing, arXiv:1710.10196, section 4.2)."""

    examples = ({"x": (6,)}, {"x": (3, 4, 4)})
    eps: float = option(1e-8, "added to the mean square", min=1e-30)

    def build(self, x: Shape) -> nn.Module:
        checks.axis(1, x)
        return _PixelNorm(self.eps)


class _PixelNorm(nn.Module):
    def __init__(self, eps: float) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(1, keepdim=True) + self.eps)
