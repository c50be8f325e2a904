"""What `run` and `resume` print last: where everything is, and what to do next."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganframe.run import Run


def print_outcome(run: Run) -> None:
    """Print the lines `run:`, `picture:`, `report:`, `metrics:`, `checkpoint:` and `next:` for what there is."""
    folder = run.path
    if folder is None:
        return
    print(f"run: {folder}")
    found = {
        "picture": newest(folder / "samples", "step-*"),
        "report": folder / "report.html",
        "metrics": folder / "metrics.jsonl",
        "checkpoint": newest(folder / "checkpoints", "step-*"),
    }
    for name, path in found.items():
        if path is not None and path.exists():
            print(f"{name}: {path}")
    for command in next_commands(run, folder):
        print(f"next: {command}")


def newest(folder: Path, pattern: str) -> Path | None:
    """The last file of that pattern by name, or None."""
    return max(folder.glob(pattern), default=None, key=lambda path: path.name)


def next_commands(run: Run, folder: Path) -> list[str]:
    """Commands ready to paste: samples from this run, and going on with it."""
    name = shlex.quote(str(folder))
    more = run.steps if run.step < run.steps else 2 * run.steps
    go_on = f"ganframe resume {name}" + (f" --steps {more}" if run.step >= run.steps else "")
    out = "samples" + run.view(run.main).suffixes[0]
    return [f"ganframe sample {name} -n 64 --out {out}", go_on]
