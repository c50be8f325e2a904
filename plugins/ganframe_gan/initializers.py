"""Initializers beside those of `torch.nn.init`."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from ganframe import component, option

#: Standard deviation of a standard normal number cut off at ±2.
CUT = 0.8796256610342398


@component
class FanIn:
    """Normal numbers scaled by the inputs of a unit, N(0, gain^2 / fan_in): R3GAN's initializer (arXiv:2501.05441).

    fan_in is the number of entries of one output's weights, weight[0]: He et al. 2015 (arXiv:1502.01852, eq. 10) with
    the gain left open. R3GAN has 1 for its linear layers.
    """

    gain: float = option(1.0, "factor of the standard deviation", min=0.0)

    def __call__(self, weight: Tensor, rng: torch.Generator) -> None:
        """Fill the weight (out, in, ...) in place."""
        if weight.dim() < 2:
            raise ValueError(f"FanIn needs a weight of dimension 2 or more, not {tuple(weight.shape)}")
        with torch.no_grad():
            weight.normal_(0.0, self.gain / math.sqrt(weight[0].numel()), generator=rng)


@component
class VarianceScaling:
    """Numbers of variance scale / fan, the initializer of Keras and Flax, which TensorFlow and JAX GANs are written in.

    fan is the number of inputs of a unit, of its outputs, or the mean of both (`mode`), times the kernel's places.
    Glorot's is scale 1 with `fan_avg`, He's 2 with `fan_in`, LeCun's 1 with `fan_in`. `normal` is cut off at two
    standard deviations, and wider by as much as that takes from its variance.
    """

    scale: float = option(1.0, "the variance times fan", min=0.0)
    mode: str = option("fan_in", "what fan counts", choices=("fan_in", "fan_out", "fan_avg"))
    distribution: str = option("normal", "shape", choices=("normal", "untruncated_normal", "uniform"))

    def __call__(self, weight: Tensor, rng: torch.Generator) -> None:
        """Fill the weight (out, in, ...) in place."""
        std = math.sqrt(self.scale / self._fan(weight))
        with torch.no_grad():
            if self.distribution == "uniform":
                weight.uniform_(-math.sqrt(3) * std, math.sqrt(3) * std, generator=rng)
            elif self.distribution == "untruncated_normal" or not std:
                weight.normal_(0.0, std, generator=rng)
            else:
                torch.nn.init.trunc_normal_(weight, 0.0, std / CUT, -2 * std / CUT, 2 * std / CUT, generator=rng)

    def _fan(self, weight: Tensor) -> float:
        if weight.dim() < 2:
            raise ValueError(f"VarianceScaling needs a weight of dimension 2 or more, not {tuple(weight.shape)}")
        fans = {"fan_in": weight[0].numel(), "fan_out": weight[:, 0].numel()}
        return fans[self.mode] if self.mode in fans else sum(fans.values()) / 2


@component
class ICNR:
    """One kernel for each factor^2 filters in a row, so that PixelShuffle begins as nearest-neighbour upsampling.

    No checkerboard at the start (Aitken et al. 2017, arXiv:1707.02937, section 2.3). For the convolution before a
    PixelShuffle of this factor.
    """

    examples = ({"options": {"factor": 1}},)

    factor: int = option(2, "`upscale_factor` of the PixelShuffle", min=1)
    inner: Any = option(VarianceScaling(scale=2.0), "what fills the kernels", kind="initializer")

    def __call__(self, weight: Tensor, rng: torch.Generator) -> None:
        """Fill the weight (out, in, ...) in place; ValueError where factor^2 does not divide `out`."""
        each = self.factor**2
        if len(weight) % each:
            raise ValueError(f"{len(weight)} filters do not divide by factor^2 = {each}")
        with torch.no_grad():
            kernels = torch.empty_like(weight[::each])
            self.inner(kernels, rng)
            weight.copy_(kernels.repeat_interleave(each, 0))


INITIALIZERS: list[type] = [FanIn, VarianceScaling, ICNR]
