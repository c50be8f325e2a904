"""Standard output and error that a training run can write to whatever happens to their reader."""

from __future__ import annotations

import os
import select
from typing import Any, TextIO

#: A pipe that select calls writable takes this many bytes without blocking (PIPE_BUF); characters have up to four.
_PIECE = 4096 // 4
_PATIENCE = 2.0


class Outlet:
    """A text stream whose `write` never raises, and never blocks for long once `lossy` is set.

    A closed reader silences it. With `lossy`, text for a reader that does not read (a full pipe, a terminal stopped
    by Ctrl-S) is dropped after two seconds, and at once from then on until the reader takes something again.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._patience = _PATIENCE
        self.lossy = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Pass the text on and flush it. TypeError for bytes, by which click tells text streams from binary ones."""
        if not isinstance(text, str):
            raise TypeError(f"write() takes text, not {type(text).__name__}")
        for start in range(0, len(text), _PIECE):
            if self._stream is None or not self._ready():
                break
            self._try(self._stream.write, text[start : start + _PIECE])
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Flush the stream, if there is still one."""
        if self._stream is not None:
            self._try(self._stream.flush)

    def isatty(self) -> bool:
        """Whether a terminal is behind it."""
        return self._stream is not None and not self._stream.closed and self._stream.isatty()

    def _try(self, act: Any, *text: str) -> None:
        try:
            act(*text)
        except (OSError, ValueError):
            self._silence()

    def _silence(self) -> None:
        """Forget the stream, and let Python's own flush at exit go nowhere instead of failing."""
        stream, self._stream = self._stream, None
        try:
            if stream is not None:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        except (OSError, ValueError):
            return

    def _ready(self) -> bool:
        if not self.lossy or self._stream is None:
            return True
        try:
            writable = bool(select.select([], [self._stream.fileno()], [], self._patience)[1])
        except (OSError, ValueError):  # no file behind it, or a system whose select knows sockets only
            return True
        self._patience = _PATIENCE if writable else 0.0
        return writable
