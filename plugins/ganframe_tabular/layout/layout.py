"""The whole of a table: its columns in order, and how its file is written."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import torch
from torch import Tensor

from ganframe_tabular.layout import columns as kinds
from ganframe_tabular.layout.columns import Cell, Cells, Choice, Column, Number, Sum

#: The fact of a data set that holds its layout as JSON.
FACT = "columns"


@attrs.frozen(eq=False)
class Frame:
    """Rows of a table as numbers: values by column (nan where missing), and codes of choices by column."""

    numbers: dict[str, np.ndarray]
    codes: dict[str, np.ndarray]
    sizes: dict[str, int]

    def rows(self, which: np.ndarray) -> Frame:
        """Some rows, by position or mask."""
        numbers, codes = ({n: v[which] for n, v in part.items()} for part in (self.numbers, self.codes))
        return Frame(numbers, codes, self.sizes)

    def __len__(self) -> int:
        return len(next(iter((*self.numbers.values(), *self.codes.values()))))

    def ordered(self) -> Frame:
        """Its rows in an order that hangs on the rows alone."""
        return self.rows(np.lexsort([np.nan_to_num(v) for v in (*self.numbers.values(), *self.codes.values())]))


@attrs.frozen(eq=False)
class Layout:
    """Columns, the order of the table's columns, how missing cells are written, and what the file looks like.

    `blanks` has the text of a missing cell by column, `file` the delimiter, the decimal sign, whether there is a
    header, and for Parquet the types of columns. `target` names the column that others predict.
    """

    columns: tuple[Column, ...]
    order: tuple[str, ...]
    blanks: Mapping[str, str]
    file: Mapping[str, Any]
    target: str = ""

    @property
    def spans(self) -> list[tuple[str, int]]:
        """As `ColumnActivations` reads them."""
        return [span for column in self.columns for span in column.spans]

    @property
    def entries(self) -> list[str]:
        """A name for each entry of a row's vector."""
        return [entry for column in self.columns for entry in column.entries]

    @property
    def choices(self) -> list[Choice]:
        """The columns that hold categories."""
        return [column for column in self.columns if isinstance(column, Choice)]

    @property
    def places(self) -> dict[str, slice]:
        """Where the entries of each column lie, by name."""
        ends = np.cumsum([0, *(len(column.entries) for column in self.columns)]).tolist()
        return {c.name: slice(a, b) for c, a, b in zip(self.columns, ends, ends[1:], strict=False)}

    def number(self, name: str) -> Number:
        """The column of numbers with that name; ValueError where there is none."""
        found = {column.name: column for column in self.columns if isinstance(column, Number)}
        if name not in found:
            raise ValueError(f"the table has no column of numbers '{name}'; it has {', '.join(found) or 'none'}")
        return found[name]

    def encode(self, cells: Cells, rng: np.random.Generator | None = None) -> np.ndarray:
        """Vectors (N, width) of rows; ValueError where a cell does not fit its column."""
        return np.concatenate([column.encode(cells, rng) for column in self.columns], 1)

    def decode(self, x: Tensor) -> dict[str, list[Cell]]:
        """Cells by column, in the table's order, of vectors (N, width)."""
        parts, numbers = self._parts(x), self._numbers(x)
        cells: dict[str, list[Cell]] = {}
        for column in self.columns:
            if isinstance(column, (Number, Sum)):
                cells[column.name] = kinds.texts(column.format, numbers[column.name])
            else:
                cells.update(column.decode(parts[column.name]))
        return {name: cells[name] for name in self.order}

    def frame(self, x: Tensor) -> Frame:
        """The same rows as numbers."""
        parts = self._parts(x)
        codes = {c.name: parts[c.name].argmax(1) for c in self.choices}
        return Frame(self._numbers(x), codes, {c.name: len(c.values) for c in self.choices})

    def _parts(self, x: Tensor) -> dict[str, np.ndarray]:
        """The entries of each column of vectors (N, width)."""
        rows, places = x.detach().cpu().double().nan_to_num().numpy(), self.places
        return {column.name: rows[:, places[column.name]] for column in self.columns}

    def _numbers(self, x: Tensor) -> dict[str, np.ndarray]:
        """Values by column of numbers, in the order of the columns; sums too."""
        parts = self._parts(x)
        plain = {c.name: c.numbers(parts[c.name]) for c in self.columns if isinstance(c, Number)}
        totals = {c.name: c.total(plain) for c in self.columns if isinstance(c, Sum)}
        return {c.name: (plain | totals)[c.name] for c in self.columns if c.name in plain or c.name in totals}

    def soft(self, x: Tensor, name: str) -> Tensor:
        """The values (N,) of a column of numbers, differentiable; a missing one counts as its scale has it."""
        column, place = self.number(name), self.places[name]
        return column.scale.soft(x[:, place][:, : sum(width for _, width in column.scale.spans)])

    def texts(self, x: Tensor) -> list[list[str]]:
        """Rows of texts, as a file holds them."""
        shown = [self._shown(name, cells) for name, cells in self.decode(x).items()]
        return [list(row) for row in zip(*shown, strict=True)]

    def _shown(self, name: str, cells: Sequence[Cell]) -> list[str]:
        blank, sign = self.blanks.get(name, ""), self.file["decimal"]
        swap = sign != "." and any(c.kind in ("number", "sum") and c.name == name for c in self.columns)
        return [blank if cell is None else cell.replace(".", sign) if swap else cell for cell in cells]

    def to_json(self) -> str:
        """Everything as one text, for a fact of the data."""
        said = {
            "columns": [column.to_dict() for column in self.columns], "order": list(self.order),
            "blanks": dict(self.blanks), "file": dict(self.file), "target": self.target,
        }  # fmt: skip
        return json.dumps(said, ensure_ascii=False)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Layout:
        """The layout among a table's facts; ValueError where these are the facts of other data."""
        if not isinstance(facts.get(FACT), str):
            raise ValueError("these data are no table: there is no fact 'columns'")
        return parsed(facts[FACT])


@functools.lru_cache(8)
def parsed(text: str) -> Layout:
    """The layout that `to_json` wrote; ValueError for another text."""
    try:
        said = json.loads(text)
        made = tuple(kinds.from_dict(one) for one in said["columns"])
        return Layout(made, tuple(said["order"]), said["blanks"], said["file"], said["target"])
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"this is no table's layout, which `$data.columns` gives ({error})") from None


def shares(codes: Tensor, sizes: Sequence[int]) -> list[Tensor]:
    """How often each value of each choice occurs, of codes (N, choices)."""
    return [torch.bincount(codes[:, i], minlength=size).double() / len(codes) for i, size in enumerate(sizes)]
