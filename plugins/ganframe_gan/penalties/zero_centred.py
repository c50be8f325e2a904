"""Zero-centred gradient penalties on one side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from ganframe import component
from ganframe_gan.penalties.gradients import mean_squared_norm

if TYPE_CHECKING:
    from ganframe import Step


@component
class R1:
    """Half the mean squared norm of the discriminator's gradient at real rows (Mescheder et al. 2018, eq. 9).

    1/2 · mean |d D(x) / d x|^2, all judged inputs together (arXiv:1801.04406). StyleGAN2's and R3GAN's gamma is
    `weight` here.
    """

    differentiates = ("real",)

    def discriminator(self, real: Tensor, step: Step) -> Tensor:
        """Half the mean squared gradient norm."""
        return mean_squared_norm(real, step.real.judged) / 2


@component
class R2:
    """Half the mean squared norm of the discriminator's gradient at fake rows (Mescheder et al. 2018, eq. 10).

    1/2 · mean |d D(x) / d x|^2 at x = G(z), all judged inputs together (arXiv:1801.04406).
    """

    differentiates = ("fake",)

    def discriminator(self, fake: Tensor, step: Step) -> Tensor:
        """Half the mean squared gradient norm."""
        return mean_squared_norm(fake, step.fake.judged) / 2
