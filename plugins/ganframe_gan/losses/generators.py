"""Games of several generators against one discriminator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import component, option

if TYPE_CHECKING:
    from ganframe import Step


@component
class WhoMadeIt:
    """Multi-agent diverse GAN (MAD-GAN, arXiv:1704.02906, section 3): the discriminator says which generator it was.

    k generators make the same field; the discriminator has k + 1 logits a row, the last one for real rows.
    Discriminator: CE(real, k) + sum over generators i of CE(fake_i, i), CE the mean cross entropy over rows.
    Generators: sum over i of CE(fake_i, k), the non-saturating form; `saturating = true` is the paper's
    mean log(1 - P(real | fake_i)).
    """

    saturating: bool = option(False, "the generators minimise log(1 - P(real)) instead of -log P(real)")

    def discriminator(self, pairs: tuple[Step, ...]) -> Tensor:
        """Cross entropy of naming the maker of every row."""
        return sum(self._name(steps) for steps in _teams(pairs))

    def generator(self, pairs: tuple[Step, ...]) -> Tensor:
        """Cross entropy of passing for real."""
        return sum(self._pass(_fake(step)) for step in pairs)

    def _name(self, steps: list[Step]) -> Tensor:
        real = steps[0].real[steps[0].discriminator]
        if real.shape[1] != len(steps) + 1:
            wanted = f"{len(steps) + 1} logits ({len(steps)} generators and real)"
            raise ValueError(f"'{steps[0].discriminator}' must give {wanted}, not {real.shape[1]}")
        return _entropy(real, len(steps)) + sum(_entropy(_fake(step), i) for i, step in enumerate(steps))

    def _pass(self, fake: Tensor) -> Tensor:
        if not self.saturating:
            return _entropy(fake, fake.shape[1] - 1)
        return (fake[:, :-1].logsumexp(1) - fake.logsumexp(1)).mean()


def _teams(pairs: tuple[Step, ...]) -> list[list[Step]]:
    """The pairs by discriminator, in order."""
    teams: dict[str, list[Step]] = {}
    for step in pairs:
        teams.setdefault(step.discriminator, []).append(step)
    return list(teams.values())


def _fake(step: Step) -> Tensor:
    return step.fake[step.discriminator]


def _entropy(logits: Tensor, kind: int) -> Tensor:
    """Mean cross entropy of logits (N, kinds, ...) against one kind for all rows."""
    wanted = torch.full((len(logits), *logits.shape[2:]), kind, device=logits.device)
    return F.cross_entropy(logits, wanted)
