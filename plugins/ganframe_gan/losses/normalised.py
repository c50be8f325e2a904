"""A game on logits divided by their own slope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganframe import component, option
from ganframe_gan.losses.adversarial import Hinge
from ganframe_gan.losses.around import Around, told
from ganframe_gan.penalties.gradients import input_gradients, wide

if TYPE_CHECKING:
    from ganframe import Batch, Step


@component
class GradientNormalization(Around):
    """Gradient normalisation (GN-GAN, arXiv:2109.02235): a game played with f / (|d f / d x| + |f|) for logits f.

    The norm is over all judged inputs of a row; so the discriminator is 1-Lipschitz there and lies in (-1, 1). Both
    sides play with normalised logits, and learn through the norm. One logit a row, from rows that do not depend on each
    other. The paper's game is Hinge, or Wasserstein.
    """

    differentiates = ("real", "fake")

    game: Any = option(Hinge(), "the adversarial loss that is played; its sides read logits only", kind="loss")

    def discriminator(self, real: Tensor, fake: Tensor, step: Step) -> Tensor:
        """The game's discriminator loss of normalised logits."""
        real, fake = normalised(real, step.real.judged), normalised(fake, step.fake.judged)
        return self.game.discriminator(real=real, fake=fake)

    def generator(self, step: Step) -> Tensor:
        """The game's generator loss of normalised logits."""

        def logits(batch: Batch) -> Tensor:
            return normalised(batch[step.discriminator], batch.judged)

        return told(self.game.generator, lambda: logits(step.real), lambda: logits(step.fake))


def normalised(logits: Tensor, inputs: tuple[Tensor, ...]) -> Tensor:
    """Logits (N, 1) by the sum of their magnitude and their slope at the inputs; 0 where both are 0."""
    if logits.numel() != len(logits):
        raise ValueError(f"gradient normalisation needs one logit a row, not {tuple(logits.shape[1:])}")
    slopes = torch.cat(input_gradients(logits, inputs), 1).norm(2, 1).view_as(logits)
    logits = wide(logits)
    total = slopes + logits.abs()
    return logits / total.clamp(min=torch.finfo(total.dtype).tiny)
