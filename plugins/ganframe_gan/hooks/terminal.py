"""Two ways to show a run on standard output: a live panel on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import attrs

from ganframe_gan.hooks.pace import Pace
from ganframe_gan.hooks.wording import clock, figures, losses, measured, short

if TYPE_CHECKING:
    from rich.live import Live

    from ganframe import Run


_SHORT = {"data": "data", "discriminator": "D", "generator": "G"}


def is_terminal() -> bool:
    """Whether standard output is a terminal that can redraw lines."""
    there = sys.stdout is not None and not sys.stdout.closed
    return there and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def place(run: Run, pace: Pace) -> str:
    """Where the run is: step, speed, real samples seen, time to go (the first steps are too slow to tell)."""
    rate = pace.look(run.step)
    known = run.step - pace.first >= 10 and run.step < run.steps and rate > 0
    eta = f"   eta {clock((run.steps - run.step) / rate)}" if known else ""
    return f"step {run.step}/{run.steps}   {short(rate)} steps/s   {short(run.images)} samples{eta}"


def shares(run: Run) -> str:
    """Where the time goes: waiting for data, and the turns of the two sides."""
    spent = run.shares()
    return "time " + " ".join(f"{_SHORT[name]} {share:.0%}" for name, share in spent.items()) if spent else ""


@attrs.define(eq=False)
class Lines:
    """Plain lines, for a file or a pipe, `wait` seconds apart."""

    wait: float

    def show(self, run: Run, pace: Pace) -> None:
        """Print one line about now; figures have lines of their own when they are computed."""
        parts = (place(run, pace), losses(run.values()), shares(run))
        print(*filter(None, parts), sep="   ", flush=True)

    def close(self, run: Run, pace: Pace) -> None:
        """Lines stand as they are."""


@attrs.define(eq=False)
class Panel:
    """A bar with losses and figures under it, redrawn in place; what others print goes above it."""

    #: Each picture reads the losses, which waits for an accelerator.
    wait: float = 0.5
    _live: Live | None = None

    def show(self, run: Run, pace: Pace) -> None:
        """Redraw the panel."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        head = Table.grid(padding=(0, 2))
        spent = shares(run)
        bar = ProgressBar(total=run.steps, completed=run.step, width=24)
        head.add_row(bar, Text(place(run, pace), overflow="ellipsis", no_wrap=True))
        told = (spent, losses(run.values()), figures(measured(run)))
        below = [Text(line, style="dim") for line in told if line]
        self._draw(Group(head, *below))

    def _draw(self, body: object) -> None:
        from rich.live import Live

        if self._live is None:
            self._live = Live(auto_refresh=False)
            self._live.start()
            self._live.console.show_cursor(True)  # a second Ctrl-C ends the process without tidying up
        self._live.update(body, refresh=True)  # type: ignore[arg-type]

    def close(self, run: Run, pace: Pace) -> None:
        """Draw the last state and leave it standing."""
        if self._live is not None:
            self.show(run, pace)
            self._live.stop()
            self._live = None
