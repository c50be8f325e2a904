"""The run on the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from ganframe import component, option
from ganframe_gan.hooks.pace import Pace
from ganframe_gan.hooks.terminal import Lines, Panel, is_terminal
from ganframe_gan.hooks.wording import clock, figures, network_sizes, protocol, short

if TYPE_CHECKING:
    from ganframe import Run, Step


@component
class Progress:
    """Shows what is trained and how it goes: step, losses, speed, real samples seen, time to go, latest figures.

    A live panel on a terminal; elsewhere plain lines, at most one every `seconds` (with `seconds = 0` and
    `every = N` one every N steps). A closed standard output ends the lines, not the run.
    """

    seconds: float = option(5.0, "least time between two lines where the output is no terminal", min=0)

    @cached_property
    def _screen(self) -> Screen:
        return Screen(Panel() if is_terminal() else Lines(self.seconds))

    def on_start(self, run: Run) -> None:
        """Say what is trained, on what, where."""
        self._screen.pace, self._screen.warned = Pace.at(run.step), len(run.warnings)
        self._screen.say(*describe(run))

    def on_step(self, run: Run, step: Step) -> None:
        """Show the run if it is time."""
        self._screen.step(run)

    def on_evaluate(self, run: Run, values: dict[str, float]) -> None:
        """Print the figures, each metric's protocol once."""
        self._screen.warn(run)
        self._screen.say(*evaluated(run, values, self._screen.told))

    def on_stop(self, run: Run, reason: str) -> None:
        """Show the last state and the time taken."""
        self._screen.stop(run, reason)


@attrs.define(eq=False)
class Screen:
    """The display of one run, quiet once its output is gone."""

    display: Lines | Panel
    pace: Pace = attrs.field(factory=lambda: Pace.at(0))
    warned: int = 0
    told: set[str] = attrs.field(factory=set)
    _due: float = 0.0
    _gone: bool = False

    def step(self, run: Run) -> None:
        """Show the run if the last time is long enough ago, and at once what it warns of."""
        self.warn(run)
        if time.monotonic() >= self._due:
            self._guard(self.display.show, run, self.pace)
            self._due = time.monotonic() + self.display.wait

    def warn(self, run: Run) -> None:
        """Print what the run warns of since the last time."""
        for warning in run.warnings[self.warned :]:
            print(f"warning: {warning}", file=sys.stderr, flush=True)
            self.warned += 1

    def say(self, *lines: str) -> None:
        """Print lines."""
        for line in lines:
            self._guard(lambda text: print(text, flush=True), line)

    def stop(self, run: Run, reason: str) -> None:
        """Close the display and say how long the run took."""
        self._guard(self.display.close, run, self.pace)
        speed = f"{short(self.pace.mean(run.step))} steps/s"
        self.say(f"{reason}: step {run.step}/{run.steps} after {clock(self.pace.seconds())} ({speed})")

    def _guard(self, act: Callable[..., object], *args: object) -> None:
        if self._gone:
            return
        try:
            act(*args)
        except OSError:
            self._gone = True
        except ValueError:
            if not sys.stdout.closed:
                raise
            self._gone = True


def describe(run: Run) -> list[str]:
    """What is trained: device, data, networks with their parameters, run folder."""
    data = [run.spec.data.type.plain()] if run.spec.data else []
    rows = [f"{len(run.data):,} rows"] if run.data is not None else []
    fields = [f"{name} {'x'.join(map(str, field.shape)) or 'number'}" for name, field in run.fields.items()]
    sizes = [f"{name} {size:,} parameters" for name, size in network_sizes(run).items()]
    return [
        f"device: {run.model.device.name}",
        "data: " + ", ".join([*data, *rows, *fields]),
        "networks: " + ", ".join(sizes),
        f"run folder: {run.path}" + (f", from step {run.step}" if run.step else ""),
    ]


def evaluated(run: Run, values: dict[str, float], told: set[str]) -> list[str]:
    """A line a metric; with how it was taken, unless `told`: `step 1000   fd.distance 0.42   (n 1797, split train)`."""
    metrics: dict[str, dict[str, float]] = {}
    for name, value in values.items():
        metrics.setdefault(name.partition(".")[0], {})[name] = value
    lines = [
        f"step {run.step}   {figures(own)}" + (f"   ({protocol(run, metric)})" if metric not in told else "")
        for metric, own in metrics.items()
    ]
    told |= metrics.keys()
    return lines
