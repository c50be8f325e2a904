"""Adversarial losses that look at one side at a time; logits of any shape, means over all of them."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from ganframe import component, option


@component
class Adversarial:
    """A game between a discriminator and a generator, each told its loss from the logits.

    A symmetric game also shows the generator's side the real logits: it gets the discriminator's loss with real and
    fake exchanged, so that what makes something in the real batch (BiGAN's encoder) learns too. Such an instance has
    another `generator` method; the usual one never asks for real logits.
    """

    symmetric: bool = option(False, "the generator's side is the discriminator's with real and fake exchanged")

    def __attrs_post_init__(self) -> None:
        if self.symmetric:
            object.__setattr__(self, "generator", self.exchanged)

    def exchanged(self, fake: Tensor, real: Tensor) -> Tensor:
        """The discriminator's loss with real and fake exchanged."""
        return self.discriminator(real=fake, fake=real)


@component
class NonSaturating(Adversarial):
    """Non-saturating loss (Goodfellow et al. 2014, arXiv:1406.2661, section 3), in softplus form.

    Discriminator: mean softplus(-real) + mean softplus(fake). Generator: mean softplus(-fake).
    With `smoothing` s the real target is 1 - s (one-sided label smoothing, arXiv:1606.03498, section 3.4), which adds
    s · mean(real).
    """

    smoothing: float = option(0.0, "the real target is 1 minus this", min=0.0, max=1.0)

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Binary cross entropy of both sides."""
        return judged_real(real, self.smoothing) + F.softplus(fake).mean()

    def generator(self, fake: Tensor) -> Tensor:
        """-log sigmoid(fake)."""
        return F.softplus(-fake).mean()


@component
class Minimax(Adversarial):
    """The original zero-sum game (Goodfellow et al. 2014, arXiv:1406.2661, eq. 1), in softplus form.

    Discriminator: mean softplus(-real) + mean softplus(fake). Generator: -mean softplus(fake) = mean log(1 - D).
    Its generator's gradient vanishes where the discriminator is sure; see NonSaturating. `smoothing` as there.
    """

    smoothing: float = option(0.0, "the real target is 1 minus this", min=0.0, max=1.0)

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Binary cross entropy of both sides."""
        return judged_real(real, self.smoothing) + F.softplus(fake).mean()

    def generator(self, fake: Tensor) -> Tensor:
        """log(1 - sigmoid(fake))."""
        return -F.softplus(fake).mean()


@component
class Hinge(Adversarial):
    """Hinge loss (Geometric GAN, arXiv:1705.02894, eqs. 14 and 15; SNGAN, arXiv:1802.05957, eqs. 16 and 17).

    Discriminator: mean relu(1 - real) + mean relu(1 + fake). Generator: -mean fake.
    """

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """How far real is below 1 and fake above -1."""
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()

    def generator(self, fake: Tensor) -> Tensor:
        """The negative mean logit."""
        return -fake.mean()


@component
class LeastSquares(Adversarial):
    """Least squares loss (LSGAN, arXiv:1611.04076, eq. 9), with the paper's factor 1/2 on every term.

    Discriminator: 1/2 mean (real - b)^2 + 1/2 mean (fake - a)^2. Generator: 1/2 mean (fake - c)^2.
    a = -1, b = 1, c = 0 is the paper's eq. 8 (Pearson chi^2); b = 0.9 is one-sided label smoothing.
    """

    a: float = option(0.0, "the discriminator's target for fake logits")
    b: float = option(1.0, "the discriminator's target for real logits")
    c: float = option(1.0, "the generator's target for fake logits")

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Half the mean squared distances to the targets."""
        return ((real - self.b).square().mean() + (fake - self.a).square().mean()) / 2

    def generator(self, fake: Tensor) -> Tensor:
        """Half the mean squared distance to the generator's target."""
        return (fake - self.c).square().mean() / 2


@component
class Wasserstein(Adversarial):
    """Wasserstein loss (WGAN, arXiv:1701.07875, eqs. 2 and 3); wants GradientPenalty or ClipWeights beside it.

    Discriminator: mean fake - mean real. Generator: -mean fake.
    """

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """The negative estimate of the distance."""
        return fake.mean() - real.mean()

    def generator(self, fake: Tensor) -> Tensor:
        """The negative mean logit."""
        return -fake.mean()


def judged_real(real: Tensor, smoothing: float) -> Tensor:
    """Binary cross entropy of real logits against the target 1 - smoothing."""
    # t·softplus(-x) + (1 - t)·softplus(x) = softplus(-x) + (1 - t)·x, since softplus(x) - softplus(-x) = x.
    loss = F.softplus(-real).mean()
    return loss + smoothing * real.mean() if smoothing else loss
