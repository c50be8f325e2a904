"""docs/quality.md from the results so far: one table a task, a row a recipe, means over seeds and the worst."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality import picture
from benchmarks.quality.contest import ROOT, TASKS, Entry, Task

Row = Mapping[str, Any]
#: How many of each recipe make the page whole.
SEEDS = 5
#: Figures of which the lower is the better.
LOWER = ("fd.distance", "modes.kl")

_HEAD = """# Quality at equal seconds

Recipes of the field beside ganframe's own, on data that come along. All are specs, run by the same engine, so that only
the recipe differs; the usual ones are in [benchmarks/quality/specs](../benchmarks/quality/specs), written from public
knowledge and, where the original is for larger pictures, cut to 8x8. Their rates and penalties are those of the source,
not tuned for these data; ours are the shipped specs, whose numbers were chosen on seed 0 of these very data.

Seconds are core-seconds: processor time of training alone, one thread, metrics with the clock stopped. A recipe is
stopped when its time is up. Ours let the learning rate fall over the time they have: their steps are planned from a
trial of two seconds, so that they may end a little earlier. A figure is the mean over seeds, in brackets the worst of
them. The judge of digits is the classifier that ganframe carries; the Fréchet distance in its features reads as per
cent of the real digits' variance.

![Figures over core-seconds](quality.png)

*Each figure over core-seconds, mean of the seeds. Thick: ganframe's recipe.*
"""
_TAIL = """
`python -m benchmarks.quality`, in a clone, trains all of it again (half an hour of one core), going on where it stopped
before, and writes this page; `--page` writes it from what is there.

{missing}
"""
_LEGEND = """
*sure*: share of samples that the judge reads with more than 90 % probability. *precision*, *recall*: arXiv:1904.06991,
k = 3. *high quality*: share of samples within three standard deviations of a mode; *spread*: their deviation inside the
modes, by the true one (1 is right). *KL*: of the histogram of modes to equal shares, in nats; real triples have 0.02.
"""


def write(rows: Sequence[Row], docs: Path) -> None:
    """Write the page and its picture into a folder."""
    parts = [_HEAD, *(_task(task, rows) for task in TASKS), _LEGEND, _TAIL.format(missing=_missing(rows))]
    (docs / "quality.md").write_text("".join(parts).rstrip() + "\n", encoding="utf-8")
    picture.draw(rows, docs / "quality.png")


def of(rows: Sequence[Row], task: Task, entry: Entry) -> list[Row]:
    """The results of one recipe, by seed."""
    own = (row for row in rows if (row["task"], row["entry"]) == (task.name, entry.key))
    return sorted(own, key=lambda row: row["seed"])


def _task(task: Task, rows: Sequence[Row]) -> str:
    head = ["recipe", "steps a second", *task.shown]
    lines = [f"\n## {task.about}, {task.seconds:g} core-seconds\n", _line(head), _line(["---"] * len(head))]
    for entry in task.entries:
        found = [row["found"][-1] for row in of(rows, task, entry)]
        if not found:
            continue
        pace = sum(one["steps"] for one in found) / sum(one["seconds"] for one in found)
        cells = [cell([one[figure] for one in found], figure) for figure in task.shown.values()]
        name = f"**{entry.name}**" if entry.ours else f"[{entry.name}](../{entry.spec.relative_to(ROOT)})"
        lines.append(_line([name, f"{pace:.0f}", *cells]))
    return "\n".join(lines) + "\n"


def cell(values: Sequence[float], figure: str) -> str:
    """Mean and worst; what no run could compute is a dash."""
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return "-"
    worst = max(known) if figure in LOWER else min(known)
    if figure == "modes.spread":
        return _number(sum(known) / len(known))
    return f"{_number(sum(known) / len(known))} ({_number(worst)})"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _missing(rows: Sequence[Row]) -> str:
    """How many seeds there are of each recipe."""
    counts = {len(of(rows, task, entry)) for task in TASKS for entry in task.entries}
    if len(counts) == 1:
        seeds = counts.pop()
        return f"There are {seeds} seeds of each recipe{'' if seeds >= SEEDS else f'; {SEEDS} are meant'}."
    few = min(counts)
    return f"There are {few} seeds of each recipe, and {max(counts)} of some: the five were not finished."
