"""What a loss sees of a turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from ganframe.batch import Batch
from ganframe.now import Now
from ganframe.scene import Scene


class Pair:
    """A generator and a discriminator that judges what it makes, in one scene; shared by all losses of the turn."""

    __slots__ = ("scene", "generator", "discriminator", "judged", "replaced", "replaced_real")

    def __init__(self, scene: Scene, generator: str | None, discriminator: str | None, judged: tuple[str, ...]) -> None:
        self.scene = scene
        self.generator = generator
        self.discriminator = discriminator
        self.judged = judged
        self.replaced: dict[str, Batch] = {}
        self.replaced_real: Batch | None = None

    @property
    def real(self) -> Batch:
        """The real batch as this pair sees it."""
        batch = self.replaced_real or self.scene.real_for(self.generator)
        batch.judges = self.judged
        return batch

    def fake(self, name: str) -> Batch:
        """The fake batch, or the named batch that a loss judges instead."""
        batch = self.replaced.get(name)
        if batch is None:
            batch = self.scene.batch(name, self.generator)
            batch.judges = self.judged
        return batch


class Step:
    """One loss's view of one turn: batches, networks, its own state and random stream.

    `real` and `fake` are batches; assigning one (in `prepare`) changes what every loss of this pair sees in this turn.
    `state` holds the loss's saved tensors for this pair. `rng` is a CPU generator of the loss's own.
    """

    __slots__ = (
        "_pair", "_batch", "turn", "index", "state", "_stream", "_rngs", "_part", "now", "losses", "networks", "trains",
        "_others",
    )  # fmt: skip

    def __init__(
        self, pair: Pair, batch: str, turn: str, now: Now, state: dict[str, Tensor], losses: dict[str, Tensor],
        networks: Mapping[str, Any], trains: tuple[str, ...], stream: Callable[[int], torch.Generator], part: int,
        others: Callable[[], tuple[Step, ...]],
    ) -> None:
        """`stream` gives the loss's random stream of a part of the batch; this is a step of the part `part`."""
        self._pair = pair
        self._batch = batch
        self.turn = turn
        self.index = now.step
        self.now = now
        self.state = state
        self.losses = losses
        self.networks = networks
        self.trains = trains
        self._stream = stream
        self._rngs: dict[int, torch.Generator] = {}
        self._part = part
        self._others = others

    @property
    def real(self) -> Batch:
        """The real batch."""
        return self._pair.real

    @real.setter
    def real(self, batch: Batch) -> None:
        batch.judges = self._pair.judged
        self._pair.replaced_real = batch

    @property
    def fake(self) -> Batch:
        """The pair's fake batch (or the batch that the loss's `fake` names)."""
        return self._pair.fake(self._batch)

    @fake.setter
    def fake(self, batch: Batch) -> None:
        batch.judges = self._pair.judged
        self._pair.replaced[self._batch] = batch

    @property
    def generator(self) -> str:
        """The name of the pair's generator."""
        return self._pair.generator or ""

    @property
    def discriminator(self) -> str:
        """The name of the pair's discriminator."""
        return self._pair.discriminator or ""

    @property
    def judged_names(self) -> tuple[str, ...]:
        """The names of `judged`, in the same order."""
        return self._pair.judged

    @property
    def rows(self) -> int:
        """Rows of the real batch."""
        return self.real.rows

    @property
    def rng(self) -> torch.Generator:
        """A CPU generator seeded by (seed, loss, pair, step, turn), and by the part where a batch is split."""
        return self._generator(self._part)

    def rand(self, *shape: int) -> Tensor:
        """Uniform numbers in [0, 1) for these rows, on the CPU; a batch that is split gets those of the whole one."""
        return self._draw(torch.rand, shape)

    def randn(self, *shape: int) -> Tensor:
        """Standard normal numbers for these rows, on the CPU; a batch that is split gets those of the whole one."""
        return self._draw(torch.randn, shape)

    def _draw(self, draw: Callable[..., Tensor], shape: tuple[int, ...]) -> Tensor:
        part, rows = self._pair.scene.part, shape[0]
        if part is None:
            return draw(shape, generator=self.rng)
        own, total = part.stop - part.start, self._pair.scene.latents.rows
        drawn = draw((rows * total // own, *shape[1:]), generator=self._generator(0))
        begin = rows * part.start // own
        return drawn[begin : begin + rows]

    def _generator(self, part: int) -> torch.Generator:
        if part not in self._rngs:
            self._rngs[part] = self._stream(part)
        return self._rngs[part]

    @property
    def pairs(self) -> tuple[Step, ...]:
        """A step for each pair of the turn."""
        return self._others()
