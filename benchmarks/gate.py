"""What a competitor's loop calls after each step: it counts, times, and waits until its turn comes again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

import attrs


@attrs.define(eq=False)
class Gate:
    """One end of a pipe: the other asks for `(steps, with losses)` and is told seconds of wall clock and processor."""

    name: str
    pipe: Connection
    left: int = 0
    losses: bool = False
    wall: float = 0.0
    cpu: float = 0.0

    def wait(self) -> bool:
        """Block until steps are asked for; True when no more are wanted."""
        self.left, self.losses = self.pipe.recv()
        self.wall, self.cpu = time.perf_counter(), time.process_time()
        return self.left == 0

    def passed(self, losses: Callable[[], Mapping[str, Any]]) -> bool:
        """Note the end of a step; True ends the loop."""
        self.left -= 1
        if self.left:
            return False
        spent = time.perf_counter() - self.wall, time.process_time() - self.cpu
        self.pipe.send((*spent, {name: summary(v) for name, v in losses().items()} if self.losses else {}))
        return self.wait()


def summary(value: Any) -> float:
    """One number for a number or a tensor: a sum weighted by position, so that other samples give another."""
    import torch

    flat = torch.as_tensor(value).detach().double().flatten()
    return float(flat @ torch.linspace(1, -1, len(flat), dtype=torch.float64))
