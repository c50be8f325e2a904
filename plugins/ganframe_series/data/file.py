"""A long series from a CSV file."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np


@attrs.frozen(eq=False)
class Long:
    """Values (times, channels) of a file, the channels' names and decimals, and the texts of its column of times."""

    path: Path
    names: tuple[str, ...]
    values: np.ndarray
    decimals: tuple[int, ...]
    times: tuple[str, ...]


def read(path: Path, columns: Sequence[str], time: str) -> Long:
    """The series in a file; ValueError with its path and line."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if cells]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: not a CSV file ({error})") from None
    if len(lines) < 2:
        raise ValueError(f"{path}: needs a line of names and lines of numbers")
    header = lines.pop(0)[1]
    lacking = next((name for name in (*columns, *([time] if time else [])) if name not in header), None)
    if lacking is not None:
        raise ValueError(f"{path}: has no column '{lacking}'; it has {', '.join(header)}")
    names = tuple(columns) or tuple(name for name in header if name != (time or _dates(header, lines)))
    at = [header.index(name) for name in names]
    cells = []
    for line, row in lines:
        if len(row) != len(header):
            raise ValueError(f"{path}:{line}: {len(row)} cells, expected {len(header)}")
        wrong = next((i for i in at if not is_number(row[i])), None)
        if wrong is not None:
            raise ValueError(f"{path}:{line}: '{row[wrong]}' in column '{header[wrong]}' is no finite number")
        cells.append([row[i] for i in at])
    decimals = tuple(min(9, max(len(row[i].partition(".")[2]) for row in cells)) for i in range(len(at)))
    times = tuple(row[header.index(time)] for _, row in lines) if time else ()
    return Long(path, names, np.array(cells, dtype=np.float64), decimals, times)


def regular(file: Long, name: str) -> float:
    """The step between times, seconds for dates; ValueError where they are not equal, with the place."""
    moments = np.array([_moment(file, i, text) for i, text in enumerate(file.times)])
    steps = np.diff(moments)
    if not len(steps):
        return 0.0
    usual = float(np.median(steps))
    uneven = np.flatnonzero(np.abs(steps - usual) > 1e-6 * abs(usual))
    if len(uneven) or usual <= 0:
        line = int(uneven[0]) + 3 if len(uneven) else 3
        told = f"'{file.times[line - 3]}' to '{file.times[line - 2]}'"
        raise ValueError(f"{file.path}:{line}: from {told} in '{name}' is not the usual step ({usual:g})")
    return usual


def _moment(file: Long, i: int, text: str) -> float:
    if is_number(text):
        return float(text)
    try:
        return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC).timestamp()
    except ValueError:
        raise ValueError(f"{file.path}:{i + 2}: '{text}' is neither a number nor an ISO date") from None


def _dates(header: Sequence[str], lines: Sequence[tuple[int, Sequence[str]]]) -> str:
    """The name of the first column, if it and others are there and all its cells are ISO dates; else nothing."""
    first = [row[0] for _, row in lines]
    return header[0] if len(header) > 1 and all(map(is_date, first)) else ""


def is_date(text: str) -> bool:
    """Whether a text is an ISO date, and no number."""
    try:
        datetime.datetime.fromisoformat(text)
    except ValueError:
        return False
    return not is_number(text)


def is_number(text: str) -> bool:
    """Whether a text is a finite number."""
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False
