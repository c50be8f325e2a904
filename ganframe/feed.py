"""Real batches in order: an endless chain of epochs, each batch a function of its position alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ganframe import streams
from ganframe.ahead import Ahead
from ganframe.device import available_threads
from ganframe.errors import SpecError
from ganframe.group import ALONE, Group

#: The most threads that read files.
THREADS = 8


class Whole(Mapping[str, Tensor]):
    """The real batch of all processes, for latents that are drawn from it: a field is gathered when it is asked for."""

    def __init__(self, own: Mapping[str, Tensor], group: Group) -> None:
        self._own = own
        self._group = group
        self._gathered: dict[str, Tensor] = {}

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._gathered:
            self._gathered[name] = self._group.gather(self._own[name])
        return self._gathered[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)


class Feed:
    """The data's rows by position. `position` (rows handed out so far) is all there is to save."""

    __slots__ = ("data", "sampler", "seed", "device", "group", "position", "_epoch", "_order", "_start", "_ahead")

    def __init__(self, data: Any, sampler: Any, seed: int, device: torch.device, group: Group = ALONE) -> None:
        self.data = data
        self.sampler = sampler
        self.seed = seed
        self.device = device
        self.group = group
        self.position = 0
        self._epoch = -1
        self._order = torch.empty(0, dtype=torch.int64)
        self._start = 0
        threads = min(available_threads(), THREADS)
        self._ahead = Ahead(self._plan, threads) if getattr(data, "read_ahead", False) else None

    def next(self, rows: int) -> dict[str, Tensor]:
        """This process's share of the next `rows` rows of every field, on the device; batches are always full."""
        batch = self._plan(self.position, rows)() if self._ahead is None else self._ahead.next(self.position, rows)
        self.position += rows
        if self.device.type == "cpu":
            return dict(batch)
        return {name: value.to(self.device, non_blocking=True) for name, value in batch.items()}

    def _plan(self, position: int, rows: int) -> Callable[[], Mapping[str, Tensor]]:
        """What reads the batch at a position, on whichever thread: it depends on nothing else."""
        rng = streams.generator(self.seed, "data", position, *([self.group.rank] if self.group.rank else []))
        return partial(read, self.data, self._indices(position, rows)[self.group.share(rows)], rng)

    def _indices(self, begin: int, rows: int) -> Tensor:
        if self._epoch < 0 or begin < self._start:
            self._rewind()
        while begin >= self._start + len(self._order):
            self._turn_over()
        offset = begin - self._start
        found = self._order[offset : offset + rows]
        while len(found) < rows:
            self._turn_over()
            found = torch.cat((found, self._order[: rows - len(found)]))
        return found

    def _rewind(self) -> None:
        self._epoch, self._start, self._order = -1, 0, torch.empty(0, dtype=torch.int64)
        self._turn_over()

    def _turn_over(self) -> None:
        self._start += len(self._order)
        self._epoch += 1
        rng = streams.generator(self.seed, "sampler", self._epoch)
        self._order = self.sampler.order(self.data, self._epoch, rng)
        if not len(self._order):
            raise ValueError("the sampler gave no rows")


def read(data: Any, indices: Tensor, rng: torch.Generator) -> Mapping[str, Tensor]:
    """Rows of the data. Raises SpecError where they cannot be read: a damaged file that nobody had opened before."""
    try:
        found: Mapping[str, Tensor] = data.batch(indices, rng)
    except (ValueError, OSError) as error:
        told = str(error).splitlines() or [type(error).__name__]
        raise SpecError(f"data: {told[0]}") from error
    return found
