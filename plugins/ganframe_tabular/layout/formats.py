"""How numbers and dates are written in a column, told from its cells, so that samples are written alike."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*|(?=\.[0-9]))(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_EPOCH = datetime.datetime(1970, 1, 1)
#: Formats of dates that are tried, in this order: of two that fit all cells, the first one counts.
DATES = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%SZ",
    "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m", "%d %b %Y", "%d %B %Y", "%b %d, %Y",
    "%B %d, %Y", "%Y-%m-%d %H:%M:%S.%f", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M",
)  # fmt: skip
#: Seconds in the smallest unit that a format writes.
_UNITS = {"%f": 1e-6, "%S": 1.0, "%M": 60.0, "%H": 3600.0}


@attrs.frozen
class NumberFormat:
    """Plain numbers with up to `decimals` decimals, all of them if `fixed`; `digits` above 0: scientific notation."""

    decimals: int = 0
    fixed: bool = True
    digits: int = 0

    def text(self, value: float) -> str:
        """The number as a cell."""
        if self.digits:
            return f"{value:.{self.digits}g}"
        written = f"{value:.{self.decimals}f}"
        if not self.fixed and "." in written:
            written = written.rstrip("0").rstrip(".")
        return written if float(written) else written.removeprefix("-")

    def value(self, cell: str) -> float:
        """The number in a cell; ValueError for anything else."""
        return float(cell)

    def kept(self, values: np.ndarray) -> np.ndarray:
        """Values (N,) as they are once written."""
        return values if self.digits else np.round(values, self.decimals)


@attrs.frozen
class DateFormat:
    """Dates and times by a format of Python's `strftime`; as a number, how many units since 1970."""

    pattern: str

    @property
    def unit(self) -> float:
        """Seconds in the smallest unit that is written; a day where no time is."""
        return next((seconds for mark, seconds in _UNITS.items() if mark in self.pattern), 86400.0)

    def text(self, value: float) -> str:
        """The date as a cell."""
        return (_EPOCH + datetime.timedelta(seconds=round(value) * self.unit)).strftime(self.pattern)

    def value(self, cell: str) -> float:
        """The date in a cell as a number; ValueError for anything else."""
        return round((_date(cell, self.pattern) - _EPOCH) / datetime.timedelta(seconds=self.unit))

    def kept(self, values: np.ndarray) -> np.ndarray:
        """Values (N,) as they are once written."""
        return np.round(values)


Format = NumberFormat | DateFormat


def is_number(cell: str) -> bool:
    """True for a finite number as this module writes them: no spaces, no leading zeros or plus, a point."""
    return _NUMBER.fullmatch(cell) is not None and np.isfinite(float(cell))


def number_format(cells: Sequence[str]) -> NumberFormat:
    """How these numbers are written."""
    if any("e" in cell.lower() for cell in cells):
        return NumberFormat(digits=min(17, max(len(re.sub(r"[eE].*|[-.]", "", c).lstrip("0")) for c in cells) or 1))
    decimals = {len(cell.partition(".")[2]) for cell in cells}
    return NumberFormat(max(decimals), len(decimals) == 1)


def date_format(cells: Sequence[str]) -> DateFormat | None:
    """The first known format that reads all of these cells and writes them again as they are, or None."""
    if not cells or not cells[0][-1:].isalnum() or len(cells[0]) > 32:
        return None
    different = dict.fromkeys(cells)
    return next((DateFormat(pattern) for pattern in DATES if all(_fits(pattern, cell) for cell in different)), None)


@functools.lru_cache(1 << 16)
def _date(cell: str, pattern: str) -> datetime.datetime:
    """The date in a cell; cached, as tables have the same ones over and over."""
    return datetime.datetime.strptime(cell, pattern)


def _fits(pattern: str, cell: str) -> bool:
    try:
        return _date(cell, pattern).strftime(pattern) == cell
    except ValueError:
        return False


def to_dict(format: Format) -> dict[str, Any]:
    """A format as JSON data."""
    return attrs.asdict(format)


def from_dict(said: dict[str, Any]) -> Format:
    """The format that `to_dict` wrote."""
    return DateFormat(**said) if "pattern" in said else NumberFormat(**said)
