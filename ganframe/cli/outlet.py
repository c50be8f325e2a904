"""Standard output and error that a training run can write to whatever happens to their reader."""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

#: A pipe that select calls writable takes this many bytes without blocking (PIPE_BUF); characters have up to four.
_PIECE = 4096 // 4


class Outlet:
    """A text stream whose `write` never raises, and never blocks for long once `lossy` is set.

    A closed reader silences it. With `lossy`, text for a reader that does not read (a full pipe, a terminal stopped
    by Ctrl-S) is dropped after `patience` seconds, and at once from then on until the reader takes something again.
    """

    def __init__(self, stream: TextIO | None, patience: float = 2.0) -> None:
        self._stream = stream or _nowhere()
        self._patience = self._wait = patience
        self.lossy = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Pass the text on and flush it. TypeError for bytes, by which click tells text streams from binary ones."""
        if not isinstance(text, str):
            raise TypeError(f"write() takes text, not {type(text).__name__}")
        for start in range(0, len(text), _PIECE):
            if self._ready():
                self._try(self._stream.write, text[start : start + _PIECE])
                self.flush()
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        self._try(self._stream.flush)

    def _try(self, act: Callable[..., object], *text: str) -> None:
        try:
            act(*text)
        except (OSError, ValueError):
            self._silence()

    def _silence(self) -> None:
        """Write nowhere from now on, and let Python's own flush at exit go there too instead of failing."""
        gone, self._stream = self._stream, _nowhere()
        with contextlib.suppress(OSError, ValueError):
            os.dup2(self._stream.fileno(), gone.fileno())

    def _ready(self) -> bool:
        if not self.lossy:
            return True
        try:
            writable = bool(select.select([], [self._stream.fileno()], [], self._wait)[1])
        except (OSError, ValueError):  # no file behind it, or a system whose select knows sockets only
            return True
        self._wait = self._patience if writable else 0.0
        return writable


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")
