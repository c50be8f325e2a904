"""Columns of a table: what each becomes as entries of a vector, and how entries become cells again.

A cell is a text, None where it is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ganframe_tabular.layout import formats, scales

Cell = str | None
Cells = Mapping[str, Sequence[Cell]]
_THERE, _MISSING = np.array([1.0, 0.0]), np.array([0.0, 1.0])


@attrs.frozen(eq=False)
class Number:
    """A number, an integer or a date: entries of its scale, and where cells may be missing a choice of two."""

    name: str
    kind: str
    format: formats.Format
    scale: scales.Scale
    #: Lowest and highest value, and the standard deviation.
    range: tuple[float, float]
    std: float
    missing: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The table's columns that it makes."""
        return (self.name,)

    @property
    def spans(self) -> list[tuple[str, int]]:
        """As `ColumnActivations` reads them."""
        return [*self.scale.spans, *([("softmax", 2)] if self.missing else [])]

    @property
    def entries(self) -> list[str]:
        """A name for each entry."""
        modes = sum(width for _, width in self.scale.spans) - 1
        return [self.name, *(f"{self.name}~{k}" for k in range(modes)), *self._marks]

    @property
    def _marks(self) -> list[str]:
        return [f"{self.name}~there", f"{self.name}~missing"] if self.missing else []

    def values(self, cells: Sequence[Cell]) -> np.ndarray:
        """Numbers (N,), nan where missing; ValueError for a cell that is none."""
        return np.array([np.nan if cell is None else self.format.value(cell) for cell in cells], dtype=np.float64)

    def encode(self, cells: Cells, rng: np.random.Generator | None = None) -> np.ndarray:
        """Entries (N, width)."""
        values = self.values(cells[self.name])
        gone = np.isnan(values)
        if gone.any() and not self.missing:
            raise ValueError(f"column '{self.name}' has no missing values, but row {int(gone.argmax()) + 1} has none")
        filled = np.where(gone, self.scale.middle, values)
        entries = self.scale.encoded(filled.clip(*self.range), rng)
        return np.concatenate([entries, np.where(gone[:, None], _MISSING, _THERE)], 1) if self.missing else entries

    def numbers(self, entries: np.ndarray) -> np.ndarray:
        """Values (N,) of entries, as they would be written; nan where missing."""
        kept = self.format.kept(self.scale.decoded(entries)).clip(*self.range)
        return np.where(entries[:, -1] > entries[:, -2], np.nan, kept) if self.missing else kept

    def decode(self, entries: np.ndarray) -> dict[str, list[Cell]]:
        """Cells of entries."""
        return {self.name: texts(self.format, self.numbers(entries))}

    def to_dict(self) -> dict[str, Any]:
        """JSON data."""
        return {
            "name": self.name, "kind": self.kind, "range": list(self.range), "std": self.std, "missing": self.missing,
            "format": formats.to_dict(self.format), "scale": self.scale.to_dict(),
        }  # fmt: skip


@attrs.frozen(eq=False)
class Choice:
    """One of the values of a category, or of the combinations of several columns; one entry each, one-hot."""

    names: tuple[str, ...]
    values: tuple[tuple[Cell, ...], ...]
    kind = "category"

    @property
    def name(self) -> str:
        """The column's name, or all of them."""
        return "+".join(self.names)

    @property
    def spans(self) -> list[tuple[str, int]]:
        """As `ColumnActivations` reads them."""
        return [("softmax", len(self.values))]

    @property
    def entries(self) -> list[str]:
        """`column=value` for each value; a missing one is empty."""
        name = self.name.replace("=", ":")
        return [f"{name}={'+'.join(cell or '' for cell in value)}" for value in self.values]

    def codes(self, cells: Cells) -> np.ndarray:
        """Which value each row has (N,); ValueError for one that is none of them."""
        known = {value: code for code, value in enumerate(self.values)}
        rows = list(zip(*(cells[name] for name in self.names), strict=True))
        lacking = next((row for row in rows if row not in known), None)
        if lacking is not None:
            told = " and ".join("a missing value" if cell is None else f"'{cell}'" for cell in lacking)
            raise ValueError(f"column '{self.name}' never has {told}")
        return np.array([known[row] for row in rows], dtype=np.int64)

    def encode(self, cells: Cells, rng: np.random.Generator | None = None) -> np.ndarray:
        """Entries (N, values)."""
        return np.eye(len(self.values))[self.codes(cells)]

    def decode(self, entries: np.ndarray) -> dict[str, list[Cell]]:
        """Cells of entries: the largest one counts."""
        rows = [self.values[code] for code in entries.argmax(1)]
        return {name: [row[i] for row in rows] for i, name in enumerate(self.names)}

    def to_dict(self) -> dict[str, Any]:
        """JSON data."""
        return {"names": list(self.names), "kind": self.kind, "values": [list(value) for value in self.values]}


@attrs.frozen(eq=False)
class Id:
    """What only names a row: no entry of the vector; rows are numbered anew, in the column's own way."""

    name: str
    prefix: str
    digits: int
    start: int
    step: int
    kind = "id"
    spans: tuple[()] = ()
    entries: tuple[()] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The table's column that it makes."""
        return (self.name,)

    def encode(self, cells: Cells, rng: np.random.Generator | None = None) -> np.ndarray:
        """Nothing, (N, 0)."""
        return np.zeros((len(cells[self.name]), 0))

    def decode(self, entries: np.ndarray) -> dict[str, list[Cell]]:
        """Numbers in a row."""
        numbers = (self.start + self.step * i for i in range(len(entries)))
        return {self.name: [f"{self.prefix}{number:0{self.digits}}" for number in numbers]}

    def to_dict(self) -> dict[str, Any]:
        """JSON data."""
        own = ("name", "prefix", "digits", "start", "step")
        return {"kind": self.kind, **{name: getattr(self, name) for name in own}}


@attrs.frozen(eq=False)
class Sum:
    """A number that is the sum of others: no entry of the vector, computed when rows are written."""

    name: str
    parts: tuple[str, ...]
    format: formats.NumberFormat
    kind = "sum"
    spans: tuple[()] = ()
    entries: tuple[()] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The table's column that it makes."""
        return (self.name,)

    def encode(self, cells: Cells, rng: np.random.Generator | None = None) -> np.ndarray:
        """Nothing, (N, 0)."""
        return np.zeros((len(cells[self.name]), 0))

    def total(self, numbers: Mapping[str, np.ndarray]) -> np.ndarray:
        """The sum (N,) of values by column; nan where a part is missing."""
        return self.format.kept(np.sum([numbers[part] for part in self.parts], 0))

    def to_dict(self) -> dict[str, Any]:
        """JSON data."""
        return {"name": self.name, "kind": self.kind, "parts": list(self.parts), "format": formats.to_dict(self.format)}


Column = Number | Choice | Id | Sum


def texts(format: formats.Format, values: np.ndarray) -> list[Cell]:
    """Cells of values (N,)."""
    return [None if value != value else format.text(value) for value in values.tolist()]


def from_dict(said: Mapping[str, Any]) -> Column:
    """The column that `to_dict` wrote."""
    if said["kind"] == "id":
        return Id(**{name: value for name, value in said.items() if name != "kind"})
    if said["kind"] == "sum":
        return Sum(said["name"], tuple(said["parts"]), formats.NumberFormat(**said["format"]))
    if said["kind"] == "category":
        return Choice(tuple(said["names"]), tuple(tuple(value) for value in said["values"]))
    read = {"format": formats.from_dict(said["format"]), "scale": scales.from_dict(said["scale"])}
    return Number(**{**said, **read, "range": tuple(said["range"])})
