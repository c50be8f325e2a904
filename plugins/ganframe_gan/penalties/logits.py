"""Regularisers that look at the discriminator's logits alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import component, option

if TYPE_CHECKING:
    from ganframe import Field, Step


@component
class LeCam:
    """LeCam regularisation (arXiv:2104.03310, eqs. 4 and 5): logits are kept near the other side's running mean.

    mean (real - m_fake)^2 + mean (fake - m_real)^2, m the exponential moving averages of the mean logits, this batch
    included and held constant. For the first `warmup` evaluations the averages only follow the batch and the term
    is 0. `rectified` is the published code's form: mean relu(real - m_fake)^2 + mean relu(m_real - fake)^2.
    """

    decay: float = option(0.99, "share of the averages that is kept", min=0.0, max=1.0, curve=True)
    warmup: int = option(1000, "evaluations before the term begins", min=0)
    rectified: bool = option(False, "only logits on the far side of the other's average cost")

    def state(self, fields: dict[str, Field]) -> dict[str, Tensor]:
        """Both averages, and how often they were taken."""
        return {"real": torch.zeros(()), "fake": torch.zeros(()), "seen": torch.zeros((), dtype=torch.int64)}

    def discriminator(self, real: Tensor, fake: Tensor, step: Step) -> Tensor:
        """Squared distance of each side from the other's average."""
        state = step.state
        # Read on the device, so that no step waits for a number. A first batch always sets the averages.
        begun = (state["seen"] >= self.warmup).float()
        keep = step.now(self.decay) * begun * (state["seen"] > 0)
        for name, logits in (("real", real), ("fake", fake)):
            state[name] = torch.lerp(logits.detach().float().mean(), state[name], keep)
        state["seen"] = state["seen"] + 1
        above, below = real - state["fake"], state["real"] - fake
        if self.rectified:
            above, below = F.relu(above), F.relu(below)
        return begun * (above.square().mean() + below.square().mean())


@component
class Drift:
    """Drift penalty (Progressive GAN, arXiv:1710.10196, appendix A.1): mean D(x)^2 at real rows; weight 0.001 there."""

    def discriminator(self, real: Tensor) -> Tensor:
        """The mean squared logit."""
        return real.square().mean()
