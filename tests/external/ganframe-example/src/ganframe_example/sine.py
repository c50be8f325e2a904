"""Sines as activations, and the weights that suit them (SIREN, arXiv:2006.09661)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ganframe import Shape, component, option


@component
class Sine:
    """sin(omega x), entry by entry (SIREN, arXiv:2006.09661, section 3.2)."""

    omega: float = option(30.0, "frequency", min=0.0)

    def build(self, x: Shape) -> nn.Module:
        """A module without parameters."""
        return _Sine(self.omega)


class _Sine(nn.Module):
    def __init__(self, omega: float) -> None:
        super().__init__()
        self.omega = omega

    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(self.omega * x)


@component
class SirenUniform:
    """Uniform weights within sqrt(6 / fan_in) / omega, so that sines stay spread (arXiv:2006.09661, section 3.2)."""

    omega: float = option(30.0, "frequency of the Sine that follows", min=1e-3)

    def __call__(self, weight: Tensor, rng: torch.Generator) -> None:
        """Fill a weight (out, in, ...)."""
        bound = math.sqrt(6 / weight[0].numel()) / self.omega
        weight.uniform_(-bound, bound, generator=rng)
