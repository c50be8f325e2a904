"""Attention over the pixels of a map."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks


@component
class SelfAttention:
    """SAGAN's attention, x + gamma * o(softmax(theta(x)^T phi(x)) g(x)), gamma 0 at the start.

    arXiv:1805.08318, eq. 1-3. Four 1 x 1 convolutions without bias, C/8, C/8, C/2 and C channels wide; phi and g are
    max-pooled by 2, as in the authors' and BigGAN's code. `parametrize = "SpectralNorm"` reaches all four.
    """

    examples = ({"x": (16, 4, 4)},)
    reduction: int = option(8, "theta and phi have channels / reduction channels, at least one", min=1)

    def build(self, x: Shape) -> nn.Module:
        channels, height, width = checks.picture(x)
        if min(height, width) < 2:
            raise ValueError(f"a map of {height} x {width} has no pixels to attend to; it must be 2 x 2 or larger")
        return _SelfAttention(channels, max(1, channels // self.reduction), max(1, channels // 2))


class _SelfAttention(nn.Module):
    def __init__(self, channels: int, keys: int, values: int) -> None:
        super().__init__()
        self.theta = nn.Conv2d(channels, keys, 1, bias=False)
        self.phi = nn.Conv2d(channels, keys, 1, bias=False)
        self.g = nn.Conv2d(channels, values, 1, bias=False)
        self.o = nn.Conv2d(values, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        query = self.theta(x).flatten(2)
        key = F.max_pool2d(self.phi(x), 2).flatten(2)
        value = F.max_pool2d(self.g(x), 2).flatten(2)
        weights = torch.bmm(query.transpose(1, 2), key).softmax(-1)
        seen = torch.bmm(value, weights.transpose(1, 2)).unflatten(2, x.shape[2:])
        return x + self.gamma * self.o(seen)
