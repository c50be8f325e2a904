"""Laws of samplers: valid positions, decided by data, epoch and stream."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe.testing.case import Case, cases
from ganframe.testing.judge import (
    REFUSALS,
    Refused,
    generator,
    leaves_global_rng_alone,
    require,
    reseed,
    same_bits,
)
from ganframe.testing.world import World, worlds

__all__ = ["LAWS", "cases", "subject"]


@attrs.frozen
class Subject:
    """A sampler and data that it orders."""

    component: Any
    world: World

    def order(self, epoch: int = 0, seed: int = 0) -> Tensor:
        """The positions of one epoch."""
        return self.component.order(self.world, epoch, generator(seed))  # type: ignore[no-any-return]


def subject(case: Case) -> Subject:
    """The sampler with the first data that it orders. Raises Refused where none fits."""
    component, said = case.make(), ""
    for world in worlds():
        try:
            component.order(world, 0, generator())
            return Subject(component, world)
        except REFUSALS as error:
            said = str(error)
    raise Refused(f"it orders no data: {said}")


def positions_are_valid(s: Subject) -> None:
    """One axis of int64 positions inside the data, at least one."""
    for epoch in (0, 1, 7):
        order = s.order(epoch, epoch)
        require(order.dtype == torch.int64 and order.dim() == 1, f"it gives {order.dtype} {tuple(order.shape)}")
        inside = len(order) and int(order.min()) >= 0 and int(order.max()) < len(s.world)
        require(inside, "a position lies outside the data, or there is none")


def the_stream_decides(s: Subject) -> None:
    """The same data, epoch and stream give the same order; torch's global random numbers stay as they are."""
    reseed(1)
    one = s.order(2)
    reseed(2)
    before = torch.get_rng_state()
    two = s.order(2)
    leaves_global_rng_alone(before, "it")
    require(same_bits(one, two), "the same epoch and stream give another order")


LAWS = (positions_are_valid, the_stream_decides)
