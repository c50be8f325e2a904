"""What there is to know of long series before they are trained on."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from ganframe import Survey
from ganframe_series.data.file import Long, is_date, is_number, read, regular

#: A window, and its length where a file is too short for many such.
LENGTH, SHORT = 24, 8
#: Fewer times are no series, and neighbours less alike than this (lag-one correlation, the median channel) none either.
LEAST, ALIKE = 32, 0.5


def series(path: Path) -> Survey | None:
    """The survey of a file, or of a folder of such; None where rows are not told by time, or not like their neighbours.

    ValueError for a folder of files that begin as series and cannot be read as such.
    """
    files = [path] if path.is_file() else sorted(path.glob("*.csv"))
    if not files or any(file.suffix.lower() != ".csv" or not _named(file) for file in files):
        return None
    try:
        time = _time(files[0])
        found = [read(file, (), time) for file in files]
        steps = {regular(file, time) for file in found} if time else set()
        alike = float(np.median([_alike(file.values) for file in found]))
        if min(len(file.values) for file in found) < LEAST or alike < ALIKE:
            return None
    except ValueError:
        if path.is_file():
            return None
        raise
    odd = [f"'{name}' is always the same" for name in _still(found)]
    return Survey({"path": path, **_options(found, time)}, _told(found, time, steps), odd, rank=1)


def _named(file: Path) -> bool:
    """Whether the first line has names, and not numbers."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            header = next(csv.reader(lines), [])
    except (UnicodeDecodeError, csv.Error):
        return False
    return bool(header) and not any(is_number(cell.strip()) for cell in header)


def _time(file: Path) -> str:
    """The name of the first column if its cells say when: ISO dates, or numbers that rise by equal steps.

    Nothing where the dates are not equally far apart: they are left out unread then. ValueError for neither.
    """
    with file.open(newline="", encoding="utf-8-sig") as lines:
        header, *rows = [cells for cells in csv.reader(lines) if cells]
    cells = tuple(row[0].strip() for row in rows)
    if len(header) < 2 or not (all(map(is_number, cells)) or all(map(is_date, cells))):
        raise ValueError(f"{file}: has no first column of times")
    name = header[0].strip()
    try:
        regular(Long(file, (), np.empty((len(cells), 0)), (), cells), name)
    except ValueError:
        if all(map(is_date, cells)):
            return ""
        raise
    return name


def _alike(values: np.ndarray) -> float:
    """The median over channels of the correlation between a value and the next; 0 where all are constant."""
    moving = values[:, values.std(0) > 0]
    correlations = [np.corrcoef(column[:-1], column[1:])[0, 1] for column in moving.T]
    return float(np.nan_to_num(np.median(correlations))) if correlations else 0.0


def _options(found: list[Long], time: str) -> dict[str, Any]:
    shortest = min(len(file.values) for file in found)
    length = LENGTH if shortest >= 4 * LENGTH else SHORT
    return {"length": length, **({"time": time} if time else {})}


def _told(found: list[Long], time: str, steps: set[float]) -> dict[str, str]:
    counts = sorted(len(file.values) for file in found)
    times = f"{counts[0]:,}" if counts[0] == counts[-1] else f"{counts[0]:,} to {counts[-1]:,}"
    spaced = f", {', '.join(f'{step:g}' for step in sorted(steps))} apart by '{time}'" if time else ""
    low = np.min([file.values.min(0) for file in found], 0)
    high = np.max([file.values.max(0) for file in found], 0)
    ranges = [f"{name} {a:g} to {b:g}" for name, a, b in zip(found[0].names, low, high, strict=True)]
    return {"series": f"{len(found):,}", "times": times + spaced, "channels": f"{len(low)} ({', '.join(ranges)})"}


def _still(found: list[Long]) -> list[str]:
    return [name for i, name in enumerate(found[0].names) if all(np.ptp(file.values[:, i]) == 0 for file in found)]
