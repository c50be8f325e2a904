"""Unrolled GAN: the generator plays against the discriminator that would come of its move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe import component, option
from ganframe_gan.losses.around import Around, told

if TYPE_CHECKING:
    from ganframe import Step


@component
class Unrolled(Around):
    """Unrolled GAN (arXiv:1611.02163, eqs. 7 to 9): a game whose generator looks `steps` discriminator steps ahead.

    The discriminator's side is the game's own. For the generator's side the discriminator's parameters take `steps`
    steps of gradient descent, d <- d - lr · grad of the game's discriminator loss, on this turn's batches; the
    generator's loss is the game's at the last d, differentiated through all of them. The discriminator itself does
    not move. The paper uses 5 to 10 steps.
    """

    double_backward = ("generator", "discriminator")

    steps: int = option(5, "discriminator steps looked ahead", min=1)
    lr: float = option(1e-2, "step size of those steps", min=0.0, curve=True)

    def generator(self, step: Step) -> Tensor:
        """The game's generator loss at the unrolled discriminator."""
        judge = step.discriminator
        ahead = {name: p.detach().requires_grad_() for name, p in step.networks[judge].named_parameters()}
        rate = step.now(self.lr)
        for _ in range(self.steps):
            loss = self.game.discriminator(real=step.real.run(judge, ahead), fake=step.fake.run(judge, ahead))
            slopes = torch.autograd.grad(loss, list(ahead.values()), create_graph=True, materialize_grads=True)
            ahead = {name: p - rate * slope for (name, p), slope in zip(ahead.items(), slopes, strict=True)}
        return told(self.game.generator, lambda: step.real.run(judge, ahead), lambda: step.fake.run(judge, ahead))
