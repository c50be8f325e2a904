"""The processes that train one run together, and what they tell one another; one process is a group of its own."""

from __future__ import annotations

import contextlib
import datetime
import os
import signal
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from ganframe.environment import rank, size
from ganframe.errors import SpecError

#: How long a process waits for the others: the first one may be measuring meanwhile.
PATIENCE = datetime.timedelta(hours=6)


#: A reason to stop that is no signal.
_OTHER = 1 << 10


def _name(number: int) -> str:
    return signal.Signals(number).name if number else ""


class Group:
    """This process among `size`, with the number `rank`; the one of rank 0 leads: it logs, measures and saves.

    Every method that tells or asks the others must be called by all of them, in the same order.
    """

    def __init__(self, rank: int = 0, size: int = 1, device: torch.device | None = None) -> None:
        self.rank = rank
        self.size = size
        self.device = device or torch.device("cpu")
        self.training = False

    @property
    def leads(self) -> bool:
        """Whether this is the process that logs, measures and saves."""
        return self.rank == 0

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """What all processes do at once; outside, layers must not wait for the others."""
        self.training = self.size > 1
        try:
            yield
        finally:
            self.training = False

    def share(self, rows: int) -> slice:
        """The rows of a whole batch that are this process's."""
        own = rows // self.size
        return slice(self.rank * own, (self.rank + 1) * own)

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its sum over all processes: one message for each dtype."""
        for kind in dict.fromkeys(tensor.dtype for tensor in tensors):
            alike = [tensor for tensor in tensors if tensor.dtype == kind]
            flat = torch.cat([tensor.reshape(-1).to(self.device) for tensor in alike])
            torch.distributed.all_reduce(flat)
            for tensor, summed in zip(alike, torch.split(flat, [tensor.numel() for tensor in alike]), strict=True):
                tensor.copy_(summed.view_as(tensor))

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its mean over all processes."""
        if self.size > 1 and tensors:
            self.add(tensors)
            for tensor in tensors:
                tensor.div_(self.size)

    def spread(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by the leader's."""
        if self.size > 1:
            for tensor in tensors:
                here = tensor.detach().to(self.device, copy=True).contiguous()
                torch.distributed.broadcast(here, 0)
                tensor.detach().copy_(here)

    def gather(self, rows: Tensor) -> Tensor:
        """The rows of all processes, in their order."""
        if self.size == 1:
            return rows
        here = rows.to(self.device).contiguous()
        found = [torch.empty_like(here) for _ in range(self.size)]
        torch.distributed.all_gather(found, here)
        return torch.cat(found).to(rows.device)

    def most(self, number: int) -> int:
        """The largest of the processes' numbers."""
        if self.size == 1:
            return number
        told = torch.tensor(number, dtype=torch.int64, device=self.device)
        torch.distributed.all_reduce(told, torch.distributed.ReduceOp.MAX)
        return int(told)

    def text(self, told: str) -> str:
        """The leader's text."""
        if self.size == 1:
            return told
        data = told.encode() if self.leads else b""
        found = torch.zeros(self.most(len(data)), dtype=torch.uint8, device=self.device)
        if self.leads:
            found.copy_(torch.frombuffer(bytearray(data), dtype=torch.uint8))
        torch.distributed.broadcast(found, 0)
        return bytes(found.tolist()).decode()

    def agree(self, reason: str) -> str:
        """Why all are to stop: the signal that some process got, or another reason; empty if none has any."""
        if self.size == 1:
            return reason
        named = reason in signal.Signals.__members__
        told = self.most(signal.Signals[reason].value if named else bool(reason) * _OTHER)
        return reason if told == _OTHER and reason else "stopped" if told == _OTHER else _name(told)

    def lost(self, error: BaseException) -> bool:
        """Whether an exception says that another process has gone."""
        if self.size == 1 or not isinstance(error, RuntimeError):
            return False
        return isinstance(error, torch.distributed.DistError) or "gloo" in str(error)

    def wait(self) -> None:
        """Go on when every process is here."""
        self.most(0)


ALONE = Group()


def join(device: torch.device, backend: str) -> Group:
    """The group that the environment speaks of, joined once. Raises SpecError where the others cannot be reached."""
    if size() == 1:
        return ALONE
    if not torch.distributed.is_initialized():
        where: dict[str, Any] = {}
        if meeting := os.environ.get("GANFRAME_MEETING"):
            where = {"init_method": f"file://{meeting}", "rank": rank(), "world_size": size()}
        try:
            torch.distributed.init_process_group(backend, timeout=PATIENCE, **where)
        except (RuntimeError, ValueError) as error:
            raise SpecError(f"the {size()} processes of this run cannot meet: {str(error).splitlines()[0]}") from error
    return Group(rank(), size(), device)


def leave() -> None:
    """Part from the others at the end of the process."""
    if size() > 1 and torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
