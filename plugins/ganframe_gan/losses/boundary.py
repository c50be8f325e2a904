"""Boundary-seeking GAN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor
from torch.nn import functional as F

from ganframe import component, option
from ganframe_gan.losses.adversarial import judged_real

if TYPE_CHECKING:
    from ganframe import Step


@component
class BoundarySeeking:
    """Boundary-seeking GAN for continuous data (arXiv:1702.08431): fakes go where the discriminator cannot decide.

    Discriminator: mean softplus(-real) + mean softplus(fake). Generator: 1/2 mean (fake - boundary)^2, at the paper's
    boundary 0 its 1/2 mean (log D - log(1 - D))^2. `smoothing` as in NonSaturating.
    """

    pulls_apart = False  # where fakes are already at the boundary, they stay

    boundary: float = option(0.0, "the logit that fakes are drawn to; at 0 the odds are even", curve=True)
    smoothing: float = option(0.0, "the real target is 1 minus this", min=0.0, max=1.0)

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Binary cross entropy of both sides."""
        return judged_real(real, self.smoothing) + F.softplus(fake).mean()

    def generator(self, fake: Tensor, step: Step) -> Tensor:
        """Half the mean squared distance to the boundary."""
        return (fake - step.now(self.boundary)).square().mean() / 2
