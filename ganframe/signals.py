"""Stopping a run from outside: the first signal asks, the second does not."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

import attrs

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@attrs.define(eq=False)
class Stop:
    """What the run loop looks at after every step; `reason` is empty until a signal came."""

    number: int = 0

    @property
    def reason(self) -> str:
        """The signal's name, or an empty string."""
        return signal.Signals(self.number).name if self.number else ""

    @property
    def status(self) -> int:
        """The exit status of a run that stopped in good order: 128 plus the signal's number, or 0."""
        return 128 + self.number if self.number else 0


def status(reason: str) -> int:
    """The exit status of a run that stopped for a reason: 128 plus the number of a signal, 0 for any other."""
    return 128 + signal.Signals[reason].value if reason in signal.Signals.__members__ else 0


@contextlib.contextmanager
def catch(announce: Callable[[str], None] = lambda reason: None) -> Iterator[Stop]:
    """Catch SIGINT, SIGTERM and SIGHUP inside the block; give the flag they raise.

    The first signal sets the flag, calls `announce` with its name and restores the system's own handling, so that a
    second one ends the process at once. A SIGHUP that is ignored already (nohup) stays ignored. Main thread only.
    """
    stop = Stop()
    caught = [number for name in _NAMES if (number := getattr(signal, name, None)) is not None]
    caught = [n for n in caught if not (n.name == "SIGHUP" and signal.getsignal(n) == signal.SIG_IGN)]

    def first(number: int, frame: FrameType | None) -> None:
        stop.number = number
        for each in caught:
            signal.signal(each, signal.SIG_DFL)
        announce(stop.reason)

    before = {number: signal.signal(number, first) for number in caught}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
