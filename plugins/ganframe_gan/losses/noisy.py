"""Games whose discriminator is told wrong on purpose, or whose generator only hears of its best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe import component, option
from ganframe_gan.augmentations.overfitting import follow, started
from ganframe_gan.losses.around import Around, by_row, told

if TYPE_CHECKING:
    from ganframe import Field, Step


@component
class LabelNoise(Around):
    """A game whose discriminator is told wrong at times: a pair of a real and a fake row changes sides with `flip`.

    Each turn every pair is drawn anew; the generator's side is the game's own. In the mean over draws the loss is that
    of smoothed labels on both sides. Source: Chintala et al. 2016, How to train a GAN, tip 6 (soumith/ganhacks).
    """

    flip: float = option(0.05, "share of the rows that are shown under the other name", min=0.0, max=1.0, curve=True)

    def discriminator(self, real: Tensor, fake: Tensor, step: Step) -> Tensor:
        """The game's loss of the exchanged logits."""
        chosen = by_row(step.rand(len(real)) < step.now(self.flip), real)
        return self.game.discriminator(real=torch.where(chosen, fake, real), fake=torch.where(chosen, real, fake))


@component
class TopK(Around):
    """Top-k training (arXiv:2002.06224): the generator learns from its k best fakes only.

    Discriminator: the game's. Generator: the game's over the k = share · rows (rounded, at least 1) rows with the
    largest logits; a game that reads real logits too gets as many of them, the same rows. The paper begins with all
    rows and takes 1 % fewer each epoch, down to a half or three quarters: an Exponential curve.
    """

    share: float = option(0.5, "share of the fakes that the generator learns from", min=0.0, max=1.0, curve=True)

    def generator(self, fake: Tensor, step: Step) -> Tensor:
        """The game's generator loss of the best."""
        count = max(1, round(step.now(self.share) * len(fake)))
        best = fake.detach().flatten(1).mean(1).topk(count).indices
        judge = step.discriminator
        return told(
            self.game.generator, lambda: step.real[judge].index_select(0, best), lambda: fake.index_select(0, best)
        )


@component
class AdaptivePseudoAugmentation(Around):
    """Adaptive pseudo augmentation (APA, arXiv:2111.06849, section 3): some fakes are shown to the judge as real.

    Discriminator: the game's, each real row's logit exchanged for that of a fake with probability p. Generator: the
    game's. p follows overfitting as ADA's does: with r = mean of sign(real logits) over the last `interval` turns it
    rises where r is above the target and falls where below, by (rows seen) / images, within [0, max_p]. Exchanging
    logits is exchanging samples with their labels wherever rows do not depend on each other; penalties at real rows
    see real rows only.
    """

    p: float = option(0.0, "the probability at the start", min=0.0, max=1.0)
    target: float = option(0.6, "the r that is aimed at: 0 is no overfitting, 1 is complete", min=-1.0, max=1.0)
    interval: int = option(4, "discriminator turns between two changes of p", min=1)
    images: int = option(500_000, "real images in which p can rise from 0 to 1", min=1)
    max_p: float = option(1.0, "largest probability", min=0.0, max=1.0)

    def state(self, fields: dict[str, Field]) -> dict[str, Tensor]:
        """p, and since its last change: the sum of signs, rows and turns."""
        return started(self.p)

    def discriminator(self, real: Tensor, fake: Tensor, step: Step) -> Tensor:
        """The game's loss, some of its real logits those of fakes."""
        drawn = by_row(step.rand(len(real)), real)
        return self.game.discriminator(real=torch.where(drawn < step.state["p"], fake, real), fake=fake)

    def after(self, step: Step) -> None:
        """Let p follow the signs of the turn's real logits."""
        if step.turn == "discriminator":
            real = step.real[step.discriminator]
            follow(step.state, real, self.target, self.interval, self.images, self.max_p)
