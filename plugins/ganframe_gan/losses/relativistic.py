"""Relativistic losses (arXiv:1807.00734): real and fake logits are only ever compared with each other.

The generator's side is the discriminator's with real and fake exchanged, by definition: these are symmetric whether or
not `symmetric` is set, and always need the real logits.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from ganframe import component
from ganframe_gan.losses.adversarial import Adversarial


@component
class RelativisticPairing(Adversarial):
    """Relativistic pairing loss (RpGAN, arXiv:1807.00734, section 4.1; R3GAN, arXiv:2501.05441, eq. 2).

    Discriminator: mean softplus(-(real - fake)), row by row. Generator: mean softplus(-(fake - real)).
    """

    generator = Adversarial.exchanged

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """-log sigmoid(real - fake)."""
        return F.softplus(fake - real).mean()


@component
class RelativisticAverage(Adversarial):
    """Relativistic average loss (RaSGAN, arXiv:1807.00734, eqs. 7 and 8), in softplus form.

    Discriminator: mean softplus(-(real - mean fake)) + mean softplus(fake - mean real).
    Generator: the same with real and fake exchanged.
    """

    generator = Adversarial.exchanged

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Binary cross entropy of each side against the other's mean."""
        return F.softplus(fake.mean() - real).mean() + F.softplus(fake - real.mean()).mean()


@component
class RelativisticAverageHinge(Adversarial):
    """Relativistic average hinge loss (RaHingeGAN, arXiv:1807.00734, appendix D).

    Discriminator: mean relu(1 - (real - mean fake)) + mean relu(1 + (fake - mean real)).
    Generator: the same with real and fake exchanged.
    """

    generator = Adversarial.exchanged

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """How far each side is from leading the other's mean by 1."""
        return F.relu(1 - (real - fake.mean())).mean() + F.relu(1 + (fake - real.mean())).mean()


@component
class RelativisticAverageLeastSquares(Adversarial):
    """Relativistic average least squares loss (RaLSGAN, arXiv:1807.00734, appendix D); no factor 1/2, as there.

    Discriminator: mean (real - mean fake - 1)^2 + mean (fake - mean real + 1)^2.
    Generator: the same with real and fake exchanged.
    """

    generator = Adversarial.exchanged

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Squared distance of each side from leading the other's mean by 1."""
        return (real - fake.mean() - 1).square().mean() + (fake - real.mean() + 1).square().mean()
