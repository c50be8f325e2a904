"""Rounds in which all competitors take turns in shuffled order; the ratio of two is taken within each round."""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import statistics
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import attrs

from benchmarks import rival
from benchmarks.workloads import Workload

#: Steps whose losses are compared.
CHECKED = 2


@attrs.frozen
class Quartiles:
    """First quartile, median, third quartile."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Quartiles:
        """Of at least two values."""
        return cls(*statistics.quantiles(values, n=4, method="inclusive"))

    def __str__(self) -> str:
        return f"{self.median:.3f} [{self.low:.3f} {self.high:.3f}]"


@attrs.frozen
class Outcome:
    """Seconds a step by competitor, one a round, on the wall clock and of processor time; losses of first steps."""

    work: Workload
    wall: dict[str, list[float]]
    cpu: dict[str, list[float]]
    losses: dict[str, list[dict[str, float]]]

    def note(self, name: str, spent: tuple[float, float, Any], block: int) -> None:
        """Keep what a block of steps took."""
        self.wall[name].append(spent[0] / block)
        self.cpu[name].append(spent[1] / block)

    def clocks(self) -> dict[str, dict[str, list[float]]]:
        """Seconds by the name of the clock."""
        return {"wall": self.wall, "cpu": self.cpu}

    def ratio(self, mine: str, other: str, clock: str = "wall") -> Quartiles:
        """How much faster `mine` is than `other`."""
        seconds = self.clocks()[clock]
        return Quartiles.of([b / a for a, b in zip(seconds[mine], seconds[other], strict=True)])

    def differences(self, mine: str = "ganframe") -> list[str]:
        """Losses of the first steps that another competitor has otherwise; empty means the same mathematics."""
        found = []
        for name, steps in self.losses.items():
            for i, (ours, theirs) in enumerate(zip(self.losses[mine], steps, strict=True)):
                found += [
                    f"step {i}: {key} is {ours[key]:.6f}, {name}'s is {theirs[key]:.6f}"
                    for key in ours.keys() & theirs.keys()
                    if abs(ours[key] - theirs[key]) > self.work.tolerance * max(1.0, abs(ours[key]))
                ]
                if not ours.keys() & theirs.keys():
                    found.append(f"step {i}: {name} has no loss in common")
        return found


def measure(work: Workload, names: list[str], rounds: int, block: int, core: int | None, groups: int = 3) -> Outcome:
    """Run all competitors, one process each, none while another runs.

    Where a process lies in memory makes it up to 5 % faster or slower for its whole life: processes are started anew
    `groups` times, and the rounds shared among them.
    """
    outcome = Outcome(work, {n: [] for n in names}, {n: [] for n in names}, {})
    with tempfile.TemporaryDirectory(prefix="ganframe-benchmark-") as made:
        folder = Path(made)
        pictures(work, folder)
        with _processes(["record"], work, folder, core) as (recorder,):
            recorder.process.join()
            if recorder.process.exitcode:
                raise RuntimeError(f"{work.name}: recording the start failed")
        rng = random.Random(0)
        for group in range(groups):
            with _processes(names, work, folder, core) as rivals:
                checked = 1 if work.samples else CHECKED
                outcome.losses.update({it.name: [it.steps(1, losses=True)[2] for _ in range(checked)] for it in rivals})
                for _ in range(rounds // groups + (group < rounds % groups)):
                    rng.shuffle(rivals)
                    for it in rivals:
                        outcome.note(it.name, it.steps(1) and it.steps(block), block)
        return outcome


def pictures(work: Workload, folder: Path) -> None:
    """Uniform noise in [-1, 1]; what is on the pictures costs nothing."""
    import numpy as np

    if work.size:
        x = np.random.default_rng(0).uniform(-1, 1, (256, 3, work.size, work.size))
        np.save(folder / "pictures.npy", x.astype(np.float32))


@attrs.frozen
class _Rival:
    name: str
    process: Any
    pipe: Connection

    def steps(self, count: int, losses: bool = False) -> tuple[float, float, dict[str, float]]:
        self.pipe.send((count, losses))
        answer: tuple[float, float, dict[str, float]] = self.pipe.recv()
        return answer


@contextlib.contextmanager
def _processes(names: list[str], work: Workload, folder: Path, core: int | None) -> Iterator[list[_Rival]]:
    spawn = multiprocessing.get_context("spawn")
    rivals = []
    for name in names:
        here, there = spawn.Pipe()
        process = spawn.Process(target=rival.main, args=(name, work.name, folder, core, there), daemon=True)
        process.start()
        there.close()
        rivals.append(_Rival(name, process, here))
    try:
        yield rivals
        for it in rivals:
            with contextlib.suppress(OSError):
                it.pipe.send((0, False))
        for it in rivals:
            it.process.join(60)
    finally:
        for it in rivals:
            it.process.kill()
