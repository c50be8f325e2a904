"""Games in which each row is told apart from the whole other side at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe import component, option

if TYPE_CHECKING:
    from ganframe import Step


@component
class DualContrastive:
    """Dual contrastive loss (arXiv:2103.16748, section 3): every row against all rows of the other side.

    Discriminator: mean over real rows of log(1 + sum over fakes of e^(fake - real)) + mean over fake rows of
    log(1 + sum over reals of e^(fake - real)), logits divided by the temperature. Generator: the same with real and
    fake exchanged, as is usual; `saturating = true` is the paper's own, the negative of the discriminator's loss.
    Logits of patches contrast with those of the same place. The value grows with the batch, by log N.
    """

    mean_over_rows = False

    temperature: float = option(1.0, "what logits are divided by; the paper has none, so 1", min=1e-6, curve=True)
    saturating: bool = option(False, "the generator maximises the discriminator's loss instead")

    def discriminator(self, real: Tensor, fake: Tensor, step: Step) -> Tensor:
        """Cross entropy of finding each row among those of the other side."""
        heat = step.now(self.temperature)
        lead = (fake.reshape(len(fake), -1)[None] - real.reshape(len(real), -1)[:, None]) / heat
        return _among(lead, 1) + _among(lead, 0)

    def generator(self, real: Tensor, fake: Tensor, step: Step) -> Tensor:
        """The other side of it."""
        if self.saturating:
            return -self.discriminator(real, fake, step)
        return self.discriminator(fake, real, step)


def _among(lead: Tensor, axis: int) -> Tensor:
    """Mean of log(1 + sum of e^lead along an axis)."""
    itself = torch.zeros_like(lead.narrow(axis, 0, 1))
    return torch.cat((itself, lead), axis).logsumexp(axis).mean()
