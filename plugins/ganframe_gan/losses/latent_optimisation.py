"""LOGAN: latents that take a step towards what the discriminator likes before they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe import component, option

if TYPE_CHECKING:
    from ganframe import Step


@component
class LatentOptimisation:
    """Latent optimisation by natural gradient (LOGAN, arXiv:1912.00953, eqs. 5, 12 and algorithm 1).

    Before each turn a latent z of the fake batch becomes clip(z + mask · rate · g / (damping + |g|^2), -limit, limit)
    with g = d D(G(z)) / dz, row by row; both sides then play with the new z and learn through the step.
    Both sides pay the mean squared length of the change, so that `weight` is the paper's w_r.
    The paper draws z from Uniform(-1, 1).
    """

    double_backward = ("generator", "discriminator")

    latent: str = option("z", "the name of the latent")
    rate: float = option(0.9, "alpha: step size", min=0.0, curve=True)
    damping: float = option(5.0, "beta: larger is nearer to plain gradient ascent", min=1e-8, curve=True)
    fraction: float = option(0.8, "share of the rows that are moved", min=0.0, max=1.0, curve=True)
    limit: float = option(1.0, "the new z is clipped to -limit and limit", min=0.0)
    through: bool = option(True, "differentiate through the step, with second derivatives of both networks")

    def prepare(self, step: Step) -> None:
        """Move the latent in this turn's fake batch."""
        with torch.enable_grad():
            z = step.fake[self.latent].detach().requires_grad_()
            judged = step.fake.replace(**{self.latent: z})[step.discriminator]
            (slope,) = torch.autograd.grad(judged.sum(), z, create_graph=self.through)
            scale = step.now(self.rate) / (step.now(self.damping) + _squares(slope))
            moved = (z + self._mask(step, z) * scale * slope).clamp(-self.limit, self.limit)
        step.fake = step.fake.replace(**{self.latent: moved if self.through else moved.detach()})

    def discriminator(self, step: Step) -> Tensor | None:
        """How far the latent was moved, squared; None where no gradient goes through the move."""
        return _squares(step.fake[self.latent] - step.real[self.latent]).mean() if self.through else None

    def generator(self, step: Step) -> Tensor | None:
        """The same cost, for the generator."""
        return self.discriminator(step)

    def _mask(self, step: Step, z: Tensor) -> Tensor:
        drawn = step.rand(len(z), *[1] * (z.dim() - 1)) < step.now(self.fraction)
        return drawn.to(z)


def _squares(rows: Tensor) -> Tensor:
    """Squared length of every row (N, 1, ...), shaped to multiply rows."""
    return rows.flatten(1).square().sum(1).view(-1, *[1] * (rows.dim() - 1))
