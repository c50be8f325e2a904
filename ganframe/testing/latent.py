"""Laws of latents: declared shape, and nothing but the stream decides."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe.component import Shape
from ganframe.now import Now
from ganframe.testing.case import Case, cases
from ganframe.testing.judge import (
    REFUSALS,
    Refused,
    finite,
    generator,
    leaves_global_rng_alone,
    require,
    reseed,
    same_bits,
)  # fmt: skip
from ganframe.testing.world import World, worlds

__all__ = ["LAWS", "cases", "subject"]

ROWS = 6


@attrs.frozen
class Subject:
    """A latent and data that it can be drawn beside."""

    component: Any
    world: World

    def draw(self, seed: int = 0, rows: int = ROWS) -> Tensor:
        """Some rows under a seed, beside a real batch of as many."""
        real = self.world.batch(torch.arange(rows))
        now = Now(step=3, images=3 * rows, batch_size=rows, rng=generator(seed))
        return self.component.sample(rows, now, real, self.world)  # type: ignore[no-any-return]


def subject(case: Case) -> Subject:
    """The latent with the first data that it goes with. Raises Refused where none fits."""
    component, said = case.make(), ""
    for world in worlds():
        made = Subject(component, world)
        try:
            component.shape(world.fields())
            made.draw()
            return made
        except REFUSALS as error:
            said = str(error)
    raise Refused(f"it can be drawn beside no data: {said}")


def shape_is_declared(s: Subject) -> None:
    """`sample` gives (rows, *shape) of the declared dtype, finite, for 1 and 6 rows."""
    shape = s.component.shape(s.world.fields())
    dtype = shape.dtype if isinstance(shape, Shape) else torch.float32
    for rows in (1, ROWS):
        drawn = s.draw(rows=rows)
        wanted = (rows, *shape)
        require(tuple(drawn.shape) == wanted, f"the shape is {tuple(drawn.shape)}, declared is {wanted}")
        require(drawn.dtype == dtype, f"the dtype is {drawn.dtype}, declared is {dtype}")
        require(finite(drawn), "a value is not finite")


def the_stream_decides(s: Subject) -> None:
    """The same `now.rng` gives the same bits, and torch's global random numbers stay as they are."""
    reseed(1)
    one = s.draw()
    reseed(2)
    before = torch.get_rng_state()
    two = s.draw()
    leaves_global_rng_alone(before, "it")
    require(same_bits(one, two), "the same stream gives other values")


def another_seed_gives_other_values(s: Subject) -> None:
    """A latent that differs from row to row, and from the data, differs from seed to seed."""
    drawn = [s.draw(seed, 24) for seed in range(3)]
    alike = all(same_bits(drawn[0][:1], row) for row in torch.split(drawn[0], 1))
    other = not same_bits(drawn[0], drawn[1]) or not same_bits(drawn[0], drawn[2])
    require(other or alike or getattr(s.component, "constant", False), "three seeds give one draw")


LAWS = (shape_is_declared, the_stream_decides, another_seed_gives_other_values)
