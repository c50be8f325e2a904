"""Initializers beside those of `torch.nn.init`."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ganframe import component, option


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


INITIALIZERS: list[type] = [FanIn]
