"""Pictures of what the generator makes as it learns."""

from __future__ import annotations

import shlex
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from ganframe import component, option

if TYPE_CHECKING:
    from ganframe import Run, Step


@component
class SampleGrid:
    """Writes `samples/step-00000500.png` every `every` steps, one before the first step and one at the end.

    The same latents each time. With classes that the generator reads: one column a class and as many full rows as
    `count` allows; else about square; points are one scatter picture, and a view that shows samples `together` gets
    them with the data's own frequencies. What its view cannot draw is written as that view writes it, and a view that
    says what a folder `shows` has each of these formats. `samples/README` names the `ganframe sample` command that
    gives the same file.
    """

    every = 500
    count: int = option(0, "samples in a file; 0: as many as the field's view shows well, 64 unless it says", min=0)
    seed: int = option(0, "of the latents, as `ganframe sample --seed`", min=0)

    @cached_property
    def _kept(self) -> Kept:
        return Kept()

    def on_start(self, run: Run) -> None:
        """Show what the networks make before they learn, or where a resumed run goes on."""
        self._write(run)

    def on_step(self, run: Run, step: Step) -> None:
        """Show what they make now."""
        self._write(run)

    def on_stop(self, run: Run, reason: str) -> None:
        """Show what they make in the end, unless a fault left them in disorder."""
        if reason != "fault":
            self._write(run)

    def _write(self, run: Run) -> None:
        if run.path is None or self._kept.last == (run, run.step):
            return
        folder = run.path / "samples"
        if self._kept.last is None or self._kept.last[0] is not run:
            self._kept.plan = plan(run, self.count, self.seed)
            folder.mkdir(exist_ok=True)
            (folder / "README").write_text(readme(run.path, self._kept.plan), encoding="utf-8")
        chosen = self._kept.plan
        for suffix in chosen.suffixes:
            run.write(folder / f"step-{run.step:08}{suffix}", chosen.count, chosen.seed, chosen.given)
        self._kept.last = (run, run.step)


@attrs.frozen
class Plan:
    """What every file of one run shows: how many samples, of which seed, with which given names, in what formats."""

    count: int
    seed: int
    given: dict[str, str]
    suffixes: tuple[str, ...]


@attrs.define(eq=False)
class Kept:
    """The plan of the present run, and what was written last."""

    plan: Plan = attrs.field(init=False)
    last: tuple[Run, int] | None = None


def plan(run: Run, count: int, seed: int) -> Plan:
    """The plan for a run; `count` 0 leaves it to the view."""
    view = run.view(run.main)
    count = count or getattr(view, "samples", 64)
    suffixes = getattr(view, "shows", (".png",) if hasattr(view, "grid") else view.suffixes[:1])
    drawn = run.draw(1, seed)
    together = getattr(view, "together", False)
    classes = next((name for name in run.frequencies if name in drawn and not together), None)
    size = len(run.frequencies[classes]) if classes is not None else count + 1
    if classes is None or size > count:
        return Plan(count, seed, {}, suffixes)
    return Plan(count - count % size, seed, {classes: "all"}, suffixes)


def readme(folder: Path, chosen: Plan) -> str:
    """What `samples/README` says."""
    given = "".join(f" --label {v}" if n == "label" else f" --given {n}={v}" for n, v in chosen.given.items())
    command = f"ganframe sample {shlex.quote(str(folder))} -n {chosen.count} --seed {chosen.seed}{given}"
    return (
        "The newest file here is what this command gives; with --at STEP it gives the file of an earlier step whose\n"
        f"checkpoint was kept:\n\n{command} --out samples{chosen.suffixes[0]}\n"
    )
