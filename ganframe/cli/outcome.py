"""What `run` and `resume` print last: where everything is, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganframe.run import Run


def print_outcome(run: Run) -> None:
    """Print `run:`, `picture:` (else `samples:`), `report:`, `metrics:`, `checkpoint:`, `next:` for what there is."""
    folder = run.path
    if folder is None:
        return
    print(f"run: {folder}")
    shown = newest(folder / "samples", "step-*")
    found = {
        "picture" if shown is not None and shown.suffix == ".png" else "samples": shown,
        "report": folder / "report.html",
        "metrics": folder / "metrics.jsonl",
        "checkpoint": newest(folder / "checkpoints", "step-*"),
    }
    for name, path in found.items():
        if path is not None and path.exists():
            print(f"{name}: {path}")
    for command in run.commands():
        print(f"next: {command}")


def newest(folder: Path, pattern: str) -> Path | None:
    """The last file of that pattern by name, the picture where there are several of a name; or None."""
    return max(folder.glob(pattern), default=None, key=lambda path: (path.stem, path.suffix == ".png", path.name))
