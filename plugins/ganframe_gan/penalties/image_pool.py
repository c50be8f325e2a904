"""The pool of older fakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe import component, option

if TYPE_CHECKING:
    from ganframe import Step


@component
class ImagePool:
    """Pool of older fakes for the discriminator (Shrivastava et al. 2017, arXiv:1612.07828, section 2.3; CycleGAN).

    In the discriminators' turn a fake row is, with `probability`, exchanged with a random row of the pool; the rows of
    one batch meet different rows of it. Until the pool is full, fakes are put in and judged themselves. Every judged
    input is exchanged by the same plan; other inputs of the discriminator are not, so that the pool is for
    unconditional discriminators, or ones that are told everything by what the generator makes.
    """

    size: int = option(50, "rows kept", min=1)
    probability: float = option(0.5, "share of the rows that are exchanged", min=0.0, max=1.0, curve=True)

    def prepare(self, step: Step) -> None:
        """Put older fakes into this turn's fake batch, newer ones into the pool."""
        if step.turn != "discriminator":
            return
        made = {name: step.fake[name] for name in step.judged_names}
        exchanged, places = self._plan(step, len(next(iter(made.values()))))
        older = {}
        for name, fresh in made.items():
            step.state[name], rows = self._exchange(step.state.get(name), fresh.detach(), exchanged, places)
            # R2 may have asked for a gradient at the fakes.
            older[name] = rows.requires_grad_(fresh.requires_grad)
        step.fake = step.fake.replace(**older)

    def _plan(self, step: Step, rows: int) -> tuple[Tensor, Tensor]:
        """Which rows are exchanged, and with which place of the pool, each place at most once."""
        places = torch.randperm(self.size, generator=step.rng)[:rows]
        drawn = torch.rand(rows, generator=step.rng) < step.now(self.probability)
        pool = step.state.get(step.judged_names[0])
        filling = self.size - (0 if pool is None else len(pool))
        drawn[:filling] = False
        drawn[len(places) :] = False
        exchanged = drawn.nonzero()[:, 0]
        return exchanged, places[exchanged]

    def _exchange(
        self, pool: Tensor | None, rows: Tensor, exchanged: Tensor, places: Tensor
    ) -> tuple[Tensor, Tensor]:
        pool = rows[:0] if pool is None else pool
        if len(pool) < self.size:
            pool = torch.cat((pool, rows[: self.size - len(pool)]))
        if not len(exchanged):
            return pool, rows
        exchanged, places = exchanged.to(rows.device), places.to(rows.device)
        older = rows.index_copy(0, exchanged, pool.index_select(0, places).to(rows))
        pool[places] = rows.index_select(0, exchanged).to(pool)
        return pool, older
