"""Games whose discriminator is an autoencoder: its logits are the reconstruction of the first judged tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import component, option, wire
from ganframe_gan.losses.adversarial import Adversarial

if TYPE_CHECKING:
    from ganframe import Field, Step


@component
class EBGAN(Adversarial):
    """Energy-based GAN (arXiv:1609.03126, eqs. 1 and 2); a row's energy E is its mean squared reconstruction error.

    Discriminator: mean E(real) + mean relu(margin - E(fake)). Generator: mean E(fake).
    PullingAway is the paper's repelling regulariser.
    """

    margin: float = option(1.0, "energy that fake rows are pushed up to", min=0.0)

    def discriminator(self, real: Tensor, fake: Tensor, step: Step) -> Tensor:
        """Low energy for real, at least the margin for fake."""
        return self._judge(energy(real, step.real.judged[0]), energy(fake, step.fake.judged[0]))

    def generator(self, fake: Tensor, step: Step) -> Tensor:
        """The energy of what was made."""
        return energy(fake, step.fake.judged[0]).mean()

    def exchanged(self, fake: Tensor, real: Tensor, step: Step) -> Tensor:
        """The discriminator's loss with real and fake exchanged."""
        return self._judge(energy(fake, step.fake.judged[0]), energy(real, step.real.judged[0]))

    def _judge(self, low: Tensor, high: Tensor) -> Tensor:
        return low.mean() + F.relu(self.margin - high).mean()


@component
class BEGAN(Adversarial):
    """Boundary equilibrium GAN (arXiv:1703.10717, section 3.4). L of a row is its mean absolute reconstruction error.

    Discriminator: mean L(real) - k · mean L(fake). Generator: mean L(fake).
    After the generator's turn k moves by rate · (gamma · mean L(real) - mean L(fake)), kept within 0 and 1.
    `convergence` in the state is the paper's global measure, mean L(real) + |gamma · mean L(real) - mean L(fake)|.
    """

    gamma: float = option(0.5, "wanted ratio of the fake's error to the real one's: diversity", min=0.0, curve=True)
    rate: float = option(0.001, "the paper's lambda_k: how fast k moves", min=0.0, curve=True)

    def state(self, fields: dict[str, Field]) -> dict[str, Tensor]:
        """k, the last mean errors, and the convergence measure."""
        return {name: torch.zeros(()) for name in ("k", "real", "fake", "convergence")}

    def discriminator(self, real: Tensor, fake: Tensor, step: Step) -> Tensor:
        """Reconstruct real rows well and, by k, fake ones badly."""
        true = _note(step, "real", absolute(real, step.real.judged[0]))
        return true - step.state["k"] * absolute(fake, step.fake.judged[0])

    def generator(self, fake: Tensor, step: Step) -> Tensor:
        """The reconstruction error of what was made."""
        return _note(step, "fake", absolute(fake, step.fake.judged[0]))

    def exchanged(self, fake: Tensor, real: Tensor, step: Step) -> Tensor:
        """The discriminator's loss with real and fake exchanged."""
        made = _note(step, "fake", absolute(fake, step.fake.judged[0]))
        return made - step.state["k"] * absolute(real, step.real.judged[0])

    def after(self, step: Step) -> None:
        """Move k towards the wanted balance."""
        if step.turn != "generator":
            return
        state = step.state
        balance = step.now(self.gamma) * state["real"] - state["fake"]
        state["k"] = (state["k"] + step.now(self.rate) * balance).clamp(0, 1)
        state["convergence"] = state["real"] + balance.abs()


@component
class PullingAway:
    """Pulling-away term (EBGAN, arXiv:1609.03126, eq. 4): mean squared cosine of all pairs of different rows.

    1 / (N (N - 1)) · sum over i != j of (s_i · s_j / (|s_i| |s_j|))^2, N rows; 0 for a single row.
    """

    input: str = wire("the encoder's wire on the fake batch, e.g. \"fake.discriminator.code\"")

    def term(self, input: Tensor) -> Tensor:
        """How parallel the rows are, 0 to 1."""
        rows = F.normalize(input.flatten(1), dim=1)
        cosines = rows @ rows.T
        others = cosines.square().sum() - cosines.diagonal().square().sum()
        return others / max(len(rows) * (len(rows) - 1), 1)


def energy(made: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared error of every row (rows,)."""
    return (made - wanted).square().flatten(1).mean(1)


def absolute(made: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute error over all rows."""
    return (made - wanted).abs().mean()


def _note(step: Step, name: str, value: Tensor) -> Tensor:
    step.state[name] = value.detach().float()
    return value
