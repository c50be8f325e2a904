"""Regularisers that ask a generator for different samples of different latents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe import component, option

if TYPE_CHECKING:
    from ganframe import Step


@component
class Spread:
    """A term on pairs of samples that share everything but one latent.

    The second sample of a row is made from the same row with the latent of the row before, a draw of its own.
    """

    latent: str = option("z", "the latent that differs")

    def distances(self, step: Step) -> tuple[Tensor, Tensor]:
        """Mean absolute difference of both samples and of both latents, each (N,); ValueError for a single row."""
        z = step.fake[self.latent]
        if len(z) < 2:
            raise ValueError("a pair of different latents needs a batch of 2 rows at least")
        other = step.fake.replace(**{self.latent: z.roll(1, 0)})
        made = [(step.fake[name] - other[name]).flatten(1) for name in step.judged_names]
        apart = (z - z.roll(1, 0)).flatten(1).abs().mean(1)
        return torch.cat(made, 1).abs().mean(1), apart.clamp(min=1e-8)


@component
class ModeSeeking(Spread):
    """Mode seeking regularisation (MSGAN, arXiv:1903.05628): samples as far apart as their latents.

    Generator: 1 / (ratio + eps), ratio = mean |G(c, z) - G(c, z')| / mean |z - z'| over all rows and entries, as the
    published code minimises it in place of -ratio. z' is the row before's; the condition c is the row's own.
    """

    eps: float = option(1e-5, "added to the ratio: 1 / eps is the most that it costs", min=1e-12)

    def generator(self, step: Step) -> Tensor:
        """The inverse ratio."""
        made, latents = self.distances(step)
        return 1 / (made.mean() / latents.mean() + self.eps)


@component
class DiversitySensitive(Spread):
    """Diversity-sensitive regularisation (DSGAN, arXiv:1901.09024): pays for samples that differ, up to a bound.

    Generator: -mean over rows of min(|G(c, z) - G(c, z')| / |z - z'|, bound), distances as means of absolute
    differences. z' is the row before's; the condition c is the row's own.
    """

    bound: float = option(10.0, "the paper's tau: a ratio beyond it earns no more", min=0.0, curve=True)

    def generator(self, step: Step) -> Tensor:
        """The negative mean ratio."""
        made, latents = self.distances(step)
        return -(made / latents).clamp(max=step.now(self.bound)).mean()
