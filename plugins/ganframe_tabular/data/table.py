"""A table from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ganframe import Survey, component, option
from ganframe_tabular.data.encoded import Encoded
from ganframe_tabular.data.file import SUFFIXES, Form, read
from ganframe_tabular.data.opened import Opened
from ganframe_tabular.layout import infer

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")
EXAMPLE = "id,born,city,height,children,married\n" + "".join(
    f"A{n:03},19{50 + n}-0{1 + n % 9}-17,{('Paris', 'Oslo', 'Rome')[n % 3]},{1.5 + n * n % 17 / 40:.2f},"
    f"{'' if n % 4 == 3 else n % 7},{'yes' if n % 2 else 'no'}\n"
    for n in range(30)
)  # fmt: skip


@component
class Table(Encoded):
    """The rows of a `.csv` or `.parquet` file as vectors (width,), and back: samples are written as the file is.

    A number, integer or date is one free number (its quantile as a normal one), or with `normalize = "modes"` one in
    [-1, 1] and a choice of modes; a category is a choice; ids are left out and numbered anew. Where cells are missing
    a choice of two more says so. Kinds are told from the cells unless `kinds` says otherwise.
    Fields: `x`; `held_out`, 1 for rows kept from training; `condition` (categories,), one value of one of the row's
    categories, which one is drawn anew; `column` (columns,), of which category it is; `weight` with `balance`. Facts:
    `width`, `spans` for `ColumnActivations`, `categories`, `shares` of the conditions, `columns`: all that is needed to
    write samples without the data. With `balance` rows come by `weight`, unless the spec names a sampler.
    """

    path: Path = option(doc="the file; .parquet needs \"ganframe[tabular]\"")
    delimiter: str = option("", "between cells of a CSV file; told from its first line where left out")
    decimal: str = option("", "of a CSV file's numbers; told from the cells where left out", choices=("", ".", ","))
    header: bool = option(True, "the first line has the columns' names; else they are 1, 2, …")
    encoding: str = option("utf-8", "of a CSV file")
    missing: tuple[str, ...] = option(MISSING, "what cells hold where there is no value")

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """A small file to try the laws of datasets on."""
        (folder / "people.csv").write_text(EXAMPLE, encoding="utf-8")
        return {"path": folder / "people.csv", "target": "married"}

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        """What kinds of columns a file has, and what is odd about them; None for another kind of file."""
        if not path.is_file() or path.suffix.lower() not in SUFFIXES or path.suffix == ".txt":
            return None
        raw = read(path, Form(missing=MISSING))
        kinds = {name: infer.kind(name, cells) for name, cells in raw.cells.items()}
        by_kind = {kind: [name for name in kinds if kinds[name] == kind] for kind in infer.KINDS}
        told = {kind: f"{len(names)} ({', '.join(names)})" for kind, names in by_kind.items() if names}
        gone = {name: sum(cell is None for cell in cells) for name, cells in raw.cells.items()}
        odd = [f"'{name}' is missing in {count:,} of {len(raw):,} rows" for name, count in gone.items() if count]
        same = [name for name, cells in raw.cells.items() if len(set(cells)) == 1]
        return Survey({"path": path}, told, [*odd, *(f"'{name}' is always the same" for name in same)])

    def open(self) -> Opened:
        """Read the file. FileNotFoundError or ValueError, with its absolute path; ImportError without an extra."""
        form = Form(self.delimiter, self.decimal, self.header, self.encoding, self.missing)
        if len(self.delimiter) > 1:
            raise ValueError(f"'delimiter' is one sign, not '{self.delimiter}'")
        table = read(self.path, form)
        try:
            return self._opened(table)
        except ValueError as error:
            raise ValueError(f"{self.path.absolute()}: {error}") from None
