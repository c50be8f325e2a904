"""The tables in docs/performance.md: lines between two marks, those of other workloads left as they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from benchmarks.rounds import Quartiles

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
_RIVALS = {"W2": 1.10, "W3": 1.4, "W4": 1.2, "W5": 1.5}
#: The ratio to reach, by workload and competitor.
GOALS = {
    ("W1", "expert"): 1.05, **{(name, "expert"): 0.98 for name in (*_RIVALS, "W6a", "W6b")},
    ("W1", "tutorial"): 1.6, ("W1", "fabric"): 1.6, ("W1", "torchgan"): 2.0, ("W1", "mimicry"): 2.0,
    **{(name, "tutorial"): goal for name, goal in _RIVALS.items()},
}  # fmt: skip
#: The most that start-up may take, in times of `import torch`.
LIMITS = {"--help": 0.3, "check W1": 2.5, "run W1, 1 step": 2.2}


@attrs.frozen
class Line:
    """How much faster ganframe is than one competitor; for W7, how much longer a command takes than `import torch`."""

    workload: str
    beside: str
    cpu: Quartiles
    wall: Quartiles
    about: str = ""

    def met(self) -> str:
        """The goal and whether it is reached in processor time; empty where there is none."""
        if self.workload == "W7":
            most = LIMITS.get(self.beside)
            return "" if most is None else f"{'met' if self.cpu.median <= most else 'not met'} (at most {most:g})"
        goal = GOALS.get((self.workload, self.beside))
        return "" if goal is None else f"{'met' if reached(self.cpu, goal) else 'not met'} ({goal:g})"

    def row(self) -> str:
        """A line of the table."""
        return f"| {self.workload} | {self.about} | {self.beside} | {self.cpu} | {self.wall} | {self.met()} |"

    def __str__(self) -> str:
        return f"{self.workload:4} {self.beside:16} {self.cpu!s:22} {self.wall!s:22} {self.met()}"


def reached(ratio: Quartiles, goal: float) -> bool:
    """Whether the median reaches the goal, and the lower quartile is at least 1."""
    return ratio.median >= goal and ratio.low >= 1.0


def merge(lines: Sequence[Line], page: Path = PAGE) -> None:
    """Write the lines of a workload in the place of those that the page has of it."""
    names = {line.workload for line in lines}
    kept = [row for row in rows(page) if row.split("|")[1].strip() not in names]
    place(page, "speeds", sorted([*kept, *(line.row() for line in lines)], key=lambda row: row.split("|")[1]))


def rows(page: Path) -> list[str]:
    """The lines of the table of speeds, without its head."""
    return between(page, "speeds")[2:]


def between(page: Path, mark: str) -> list[str]:
    """The lines between `<!-- MARK -->` and `<!-- end MARK -->`."""
    text = page.read_text(encoding="utf-8").splitlines()
    return text[text.index(f"<!-- {mark} -->") + 1 : text.index(f"<!-- end {mark} -->")]


def place(page: Path, mark: str, lines: Sequence[str], head: int = 2) -> None:
    """Replace what is between two marks, but for the first `head` lines."""
    text = page.read_text(encoding="utf-8").splitlines()
    begin, end = text.index(f"<!-- {mark} -->") + 1, text.index(f"<!-- end {mark} -->")
    page.write_text("\n".join([*text[: begin + head], *lines, *text[end:]]) + "\n", encoding="utf-8")
