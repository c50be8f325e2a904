"""StyleGAN2's convolution."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks, fir

_EPS = 1e-8


@component
class ModulatedConv2d:
    """A convolution whose input channels a style scales and whose output is brought back to unit variance.

    StyleGAN2 (arXiv:1912.04958, eq. 1-3): s = affine(style) + shift; w' = s_i w_oik; w'' = w' / sqrt(sum over i, k of
    w'^2 + 1e-8). Computed by scaling input and output instead of the weight, which is the same product without a
    grouped convolution. `shift` is 1 at the start (the official bias), no `init` changes it. No bias: see `Bias`.
    `up = 2` doubles the size as the official code does: a transposed convolution, then the filter [1, 3, 3, 1].
    """

    examples = (
        {"options": {"out_channels": 4}, "x": (3, 4, 4), "style": (5,)},
        {"options": {"out_channels": 4, "up": 2}, "x": (3, 4, 4), "style": (5,)},
    )
    out_channels: int = option(doc="channels of the output", min=1)
    kernel_size: int = option(3, "width of the kernel, odd; padding keeps the size", min=1)
    up: int = option(1, "2 doubles height and width", choices=(1, 2))
    demodulate: bool = option(True, "false leaves out the scaling of the output, as the layers to RGB do")

    def build(self, x: Shape, style: Shape) -> nn.Module:
        channels, _, _ = checks.picture(x)
        if self.kernel_size % 2 == 0:
            raise ValueError(f"kernel_size must be odd, not {self.kernel_size}")
        features = checks.vector(style, "the style")
        kind = _Upsampling if self.up == 2 else _ModulatedConv2d
        return kind(channels, self.out_channels, self.kernel_size, features, self.demodulate)


class _ModulatedConv2d(nn.Module):
    def __init__(self, channels: int, out_channels: int, size: int, features: int, demodulate: bool) -> None:
        super().__init__()
        self.affine = nn.Linear(features, channels, bias=False)
        self.shift = nn.Parameter(torch.ones(channels))
        self.weight = nn.Parameter(torch.randn(out_channels, channels, size, size) / math.sqrt(channels * size**2))
        self.demodulate = demodulate
        self.padding = size // 2

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale = self.affine(style) + self.shift
        weight = self.weight
        y = self.convolved(x * scale[:, :, None, None].to(x.dtype), weight)
        if not self.demodulate:
            return y
        power = F.linear(scale.square(), weight.square().sum((2, 3)))
        return y * torch.rsqrt(power + _EPS)[:, :, None, None].to(y.dtype)

    def convolved(self, x: Tensor, weight: Tensor) -> Tensor:
        return F.conv2d(x, weight, padding=self.padding)


class _Upsampling(_ModulatedConv2d):
    def __init__(self, channels: int, out_channels: int, size: int, features: int, demodulate: bool) -> None:
        super().__init__(channels, out_channels, size, features, demodulate)
        self.register_buffer("kernel", fir.binomial(4), persistent=False)

    def convolved(self, x: Tensor, weight: Tensor) -> Tensor:
        beyond = 2 - self.padding
        y = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2, padding=max(0, -beyond))
        return fir.smooth(y, 4 * self.kernel, padding=max(0, beyond))
