"""Batches read ahead on threads, for data whose rows come from files; what is read does not depend on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late

from torch import Tensor

from ganframe.errors import TrainingFault

#: Seconds after which a file that cannot be read is given up.
PATIENCE = 300.0

Rows = Mapping[str, Tensor]
#: Starts the reading of so many rows from a position on: what a thread is to do.
Plan = Callable[[int, int], Callable[[], Rows]]


class Ahead:
    """The next batches, read on `threads` threads while the present one is trained on."""

    def __init__(self, plan: Plan, threads: int) -> None:
        self._plan = plan
        self._threads = threads
        self._pool: ThreadPoolExecutor | None = None
        self._coming: deque[tuple[int, int, Future[Rows]]] = deque()

    def next(self, position: int, rows: int) -> Rows:
        """The batch at a position; those after it are begun. Raises what reading raised, TrainingFault if it hangs."""
        if not self._coming or self._coming[0][:2] != (position, rows):
            for _, _, late in self._coming:
                late.cancel()
            self._coming.clear()
            self._begin(position, rows)
        while len(self._coming) <= self._threads:
            self._begin(self._coming[-1][0] + rows, rows)
        _, _, batch = self._coming.popleft()
        try:
            return batch.result(PATIENCE)
        except Late:
            raise TrainingFault(f"no batch came from the data for {PATIENCE:.0f} s; a file may hang") from None

    def _begin(self, position: int, rows: int) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, "ganframe-data")
        self._coming.append((position, rows, self._pool.submit(self._plan(position, rows))))
