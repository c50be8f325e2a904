"""One recipe trained for so many core-seconds, judged on the way with its clock stopped."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import attrs

import ganframe
from benchmarks.quality.contest import Entry, Task
from ganframe import Run, api

#: Share of the steps at full learning rate in our recipes.
STEADY = 0.3
_FAR = 10_000_000
_QUIET = {f"hooks.{name}": False for name in ("progress", "samples", "watch", "report")}


class Clock:
    """Seconds of processor time that training took; `looks` is told when it passes a mark, or at the last step."""

    def __init__(self, marks: tuple[float, ...], last: int) -> None:
        self._marks, self._last = list(marks), last
        self._before = self._began = 0.0
        self.found: list[dict[str, float]] = []
        self.run: Run | None = None

    def begin(self, run: Run) -> None:
        """Start."""
        self.run = run
        self._began = time.process_time()

    def __call__(self) -> str:
        """After each step: look if a mark has passed; a reason to stop after the last."""
        seconds = self._before + time.process_time() - self._began
        run = self.run
        assert run is not None
        ended = run.step >= self._last or seconds >= self._marks[-1]
        if not ended and seconds < self._marks[0]:
            return ""
        self._marks = self._marks[1:] if len(self._marks) > 1 else self._marks
        self._before = seconds
        self.found.append({"seconds": round(seconds, 3), "steps": run.step, **run.evaluate()})
        self._began = time.process_time()
        return "time" if ended else ""


def overrides(task: Task, entry: Entry, seed: int, steps: int) -> dict[str, Any]:
    """What is alike for every recipe: one thread, no hooks, the task's metrics; and for ours the planned length."""
    judged: dict[str, Any] = {f"metrics.{name}": {**table, "every": _FAR} for name, table in task.metrics.items()}
    run = {"run.seed": seed, "run.steps": _FAR, "run.checkpoint_every": _FAR, "device.threads": 1}
    planned = {"vars.steady": round(STEADY * steps), "vars.decay": steps - round(STEADY * steps)} if entry.ours else {}
    return {**_QUIET, **run, **judged, **planned}


def train(task: Task, entry: Entry, seed: int, steps: int, marks: tuple[float, ...]) -> list[dict[str, float]]:
    """Figures at the marks, in core-seconds of training, or at the last of so many steps if that comes before."""
    changes = overrides(task, entry, seed, steps)
    removed = {f"metrics.{name}": False for name in ganframe.read_spec(entry.spec).metrics if name not in task.metrics}
    clock = Clock(marks, steps)
    with tempfile.TemporaryDirectory() as folder:
        spec = ganframe.read_spec(entry.spec, {**changes, **removed})
        api.train(spec, Path(folder) / "run", should_stop=clock, begin=clock.begin)
    return clock.found


def pace(task: Task, entry: Entry) -> float:
    """Steps a core-second, from a trial of two seconds."""
    (last,) = train(attrs.evolve(task, metrics={}), entry, 0, _FAR, (2.0,))
    return last["steps"] / last["seconds"]
