"""Learned values that no other layer owns: a constant, a bias, a strength of noise."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks


@component
class Constant:
    """A learned constant, the same for every row: where StyleGAN's synthesis begins (arXiv:1812.04948, section 2).

    Its input gives the number of rows only. Initial values are standard normal.
    """

    own_init = True
    own_weight = True
    no_gradient = ("x",)
    examples = ({"options": {"shape": (3, 4, 4)}, "x": (8,)},)
    shape: tuple[int, ...] = option(doc="shape of the constant, without the batch", min=1)

    def build(self, x: Shape) -> nn.Module:
        return _Constant(self.shape)


class _Constant(nn.Module):
    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(shape))

    def forward(self, x: Tensor) -> Tensor:
        return self.weight.expand(len(x), *self.weight.shape)


@component
class Bias:
    """A learned number a channel, added; zero at the start."""

    examples = ({"x": (3, 4, 4)}, {"x": (6,)})

    def build(self, x: Shape) -> nn.Module:
        if not x:
            raise ValueError("the input has no channels")
        return _Bias(x[0])


class _Bias(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.bias.view(-1, *[1] * (x.dim() - 2)).to(x.dtype)


@component
class Noise:
    """x + strength * n with one learned strength, 0 at the start (StyleGAN2, arXiv:1912.04958, figure 2).

    n is standard normal, one number a pixel, shared by the channels: drawn afresh for every row in train mode, one
    fixed picture of the layer's own in eval mode, as in NVIDIA's code (`noise_mode = 'const'`).
    """

    random = True
    own_init = True
    examples = ({"x": (3, 4, 4)},)

    def build(self, x: Shape) -> nn.Module:
        checks.spatial(x)
        return _Noise(x[1:])


class _Noise(nn.Module):
    def __init__(self, size: tuple[int, ...]) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("fixed", torch.randn(1, *size))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            noise = torch.randn(len(x), 1, *x.shape[2:], dtype=x.dtype, device=x.device)
        else:
            noise = self.fixed.to(x.dtype)
        return x + self.strength * noise
