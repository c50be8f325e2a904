"""`python -m benchmarks.growth`: measure, print a table, and with `--page` write table and picture into docs/."""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks import page  # noqa: E402
from benchmarks.growth import fresh, picture  # noqa: E402
from benchmarks.growth.cases import Case, cases  # noqa: E402
from benchmarks.growth.curve import Curve  # noqa: E402

REPEATS = 5


def main() -> None:
    options = parser().parse_args()
    curves = []
    for curve in measured(options.repeats):
        print(curve.row(), flush=True)
        curves.append(curve)
    if options.page:
        page.place(page.PAGE, "growth", [curve.row() for curve in curves])
        picture.draw(curves, page.PAGE.parent / "growth.png")


def measured(repeats: int) -> Iterator[Curve]:
    """Every curve, one after the other."""
    for case in cases():
        yield Curve(case.name, case.unit, case.usual, case.sizes, tuple(at(case, size, repeats) for size in case.sizes))
    yield from of_data(max(1, repeats // 2))
    with tempfile.TemporaryDirectory() as folder:
        costs = [statistics.median(fresh.plugins(n, Path(folder)) for _ in range(repeats)) for n in fresh.PLUGINS]
    yield Curve("plugins: to find what all offer", "ms", 1, fresh.PLUGINS, tuple(costs))


def at(case: Case, size: int, repeats: int) -> float:
    """The median cost of a size."""
    with tempfile.TemporaryDirectory() as folder:
        return statistics.median(islice(case.costs(size, Path(folder)), repeats))


def of_data(repeats: int) -> Iterator[Curve]:
    """What a mapped file of many rows costs."""
    found = []
    for items in fresh.ITEMS:
        with tempfile.TemporaryDirectory() as folder:
            found.append([fresh.data(items, Path(folder)) for _ in range(repeats)])
    for key, name, unit in (
        ("open", "rows of a mapped file: plan", "ms"), ("step", "rows of a mapped file: a step", "ms"),
        ("memory", "rows of a mapped file: resident memory", "MiB"),
        ("own", "the same, less pages of the file", "MiB"),
    ):  # fmt: skip
        costs = tuple(statistics.median(one[key] for one in each) for each in found)
        yield Curve(name, unit, 0, fresh.ITEMS, costs)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks.growth", description="How cost grows.")
    made.add_argument("--repeats", type=int, default=REPEATS, help="measurements of each size; their median is kept")
    made.add_argument("--page", action="store_true", help="write docs/performance.md and docs/growth.png")
    return made


if __name__ == "__main__":
    main()
