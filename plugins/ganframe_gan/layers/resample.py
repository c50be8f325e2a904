"""Maps at another size, and smoothed maps."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks, fir


@component
class Resample:
    """A map at twice or half its size.

    `fir` is the filter [1, 3, 3, 1] of R3GAN (arXiv:2501.05441; their [1, 2, 1] widened by [1, 1]) and of StyleGAN2's
    skip connections: zeros between the pixels and gain 4 on the way up, every second pixel on the way down, zeros
    beyond the border. `bilinear` and `nearest` are torch's interpolation.
    """

    examples = ({"x": (3, 4, 6)}, {"options": {"scale": 0.5}, "x": (3, 4, 6)})
    scale: float = option(2.0, "2 doubles the size, 0.5 halves it", choices=(2.0, 0.5))
    filter: str = option("fir", "how pixels are weighted", choices=("fir", "bilinear", "nearest"))

    def build(self, x: Shape) -> nn.Module:
        _, height, width = checks.picture(x)
        if self.scale < 1 and min(height, width) < 2:
            raise ValueError(f"a map of {height} x {width} cannot be halved")
        return _Fir(self.scale) if self.filter == "fir" else _Interpolate(self.scale, self.filter)


class _Fir(nn.Module):
    def __init__(self, scale: float) -> None:
        super().__init__()
        self.up = scale > 1
        self.register_buffer("kernel", fir.binomial(4), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return fir.double(x, self.kernel) if self.up else fir.halve(x, self.kernel)


class _Interpolate(nn.Module):
    def __init__(self, scale: float, mode: str) -> None:
        super().__init__()
        self.scale, self.mode = scale, mode

    def forward(self, x: Tensor) -> Tensor:
        return F.interpolate(x, scale_factor=self.scale, mode=self.mode)


@component
class Blur:
    """A map smoothed by a binomial filter, same size: 3 taps are StyleGAN's [1, 2, 1] (arXiv:1812.04948)."""

    examples = ({"x": (3, 5, 4)},)
    taps: int = option(3, "length of the filter: 2 is [1, 1], 3 is [1, 2, 1], 4 is [1, 3, 3, 1]", min=2, max=9)

    def build(self, x: Shape) -> nn.Module:
        checks.picture(x)
        return _Blur(self.taps)


class _Blur(nn.Module):
    def __init__(self, taps: int) -> None:
        super().__init__()
        self.before, self.after = taps // 2, (taps - 1) // 2
        self.register_buffer("kernel", fir.binomial(taps), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return fir.smooth(F.pad(x, (self.before, self.after) * 2), self.kernel)
