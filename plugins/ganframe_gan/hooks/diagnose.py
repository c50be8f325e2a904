"""What the two networks do to each other, asked during a run or of a finished one."""

from __future__ import annotations

import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganframe import SpecError, component, option

if TYPE_CHECKING:
    from ganframe import Run, Step
    from ganframe_gan.diagnosis import Finding


@component
class Diagnose:
    """Asks what the two networks do to each other: `diagnosis.html`, `diagnosis.json`, pictures in `diagnosis/`.

    Every `every` steps, and at the end: accuracy of the discriminator on real, made and held-out rows, what it looks
    at, gradients of both players by layer, whether what it asks for reaches the samples, how much of the data is made,
    nearest training rows, the generator's Jacobian and latent directions, with what to change in the spec. The figures
    go into `metrics.jsonl` as `diagnose.QUESTION_FIGURE`. Changes no bit of the run. `ganframe diagnose` asks the same.
    """

    every = 1000
    samples: int = option(512, "real, held-out and made rows that are looked at", min=8)
    split: str = option("test", "of the data: rows that the discriminator never saw, where it has them")

    @cached_property
    def _said(self) -> set[str]:
        return set()

    @cached_property
    def _memory(self) -> dict[str, Any]:
        return {}

    def on_step(self, run: Run, step: Step) -> dict[str, float] | None:
        """Write the page, and give the figures."""
        try:
            return figures(self.diagnose(run, run.path))
        except SpecError as error:
            if str(error) not in self._said:
                self._said.add(str(error))
                print(f"diagnose: {error}", file=sys.stderr, flush=True)
            return None

    def diagnose(self, run: Run, folder: Path | None) -> list[Finding]:
        """Every finding, written into a folder unless that is None; the run stays as it is."""
        from ganframe_gan.diagnosis import Case, findings
        from ganframe_gan.diagnosis.page import write

        with run.examine() as examination:
            drawn = folder / "diagnosis" if folder is not None else None
            found = list(findings(Case(run, examination, self.samples, self.split, drawn, self._kept(run))))
        if folder is not None:
            write(run, found, folder, self._name(run))
        return found

    def _kept(self, run: Run) -> dict[str, Any]:
        """What is kept of a run's data from one look to the next."""
        if self._memory.get("run") is not run:
            self._memory.clear()
            self._memory["run"] = run
        return self._memory

    def _name(self, run: Run) -> str:
        """What the spec calls its hook of this kind."""
        hooks = run.plan.parts.hooks
        return next((it.name for it in hooks if isinstance(it.component, Diagnose)), "diagnose")


def figures(found: list[Finding]) -> dict[str, float]:
    """The figures of all findings by `QUESTION_FIGURE`, with the pair appended where there are several."""
    return {
        f"{it.name}_{name}{'.' + it.pair.replace(' and ', '.') if it.pair else ''}": value
        for it in found for name, value in it.figures.items()
    }  # fmt: skip
