"""Tables from files: CSV by Python's own module, Parquet by pyarrow; every cell a text, or None where it is missing."""

from __future__ import annotations

import csv
import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import attrs

from ganframe_tabular.layout.columns import Cell
from ganframe_tabular.layout.formats import is_number
from ganframe_tabular.optional import need

DELIMITERS = (",", ";", "\t", "|")
SUFFIXES = (".csv", ".tsv", ".txt", ".parquet")


@attrs.frozen(eq=False)
class Form:
    """How a CSV file is written; an empty delimiter is told from the first line, a decimal sign from the cells."""

    delimiter: str = ""
    decimal: str = ""
    header: bool = True
    encoding: str = "utf-8"
    missing: tuple[str, ...] = ("",)


@attrs.frozen(eq=False)
class Raw:
    """A table's cells by column, how missing cells are written, and what the file looks like."""

    cells: dict[str, list[Cell]]
    blanks: dict[str, str]
    file: dict[str, Any]

    def __len__(self) -> int:
        return len(next(iter(self.cells.values()), []))

    def without(self, names: Sequence[str]) -> Raw:
        """Without some columns; ValueError for one that is not there."""
        lacking = next((name for name in names if name not in self.cells), None)
        if lacking is not None:
            raise ValueError(f"there is no column '{lacking}' to drop; the table has {', '.join(self.cells)}")
        return attrs.evolve(self, cells={name: column for name, column in self.cells.items() if name not in names})


def read(path: Path, form: Form) -> Raw:
    """The table in a file. FileNotFoundError or ValueError, with the path and the line; ImportError without pyarrow."""
    path = path.absolute()
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    return _parquet(path, form) if path.suffix == ".parquet" else _csv(path, form)


def _csv(path: Path, form: Form) -> Raw:
    delimiter = form.delimiter or _delimiter(path, form.encoding)
    encoding = "utf-8-sig" if form.encoding.lower().replace("_", "-") == "utf-8" else form.encoding
    try:
        with path.open(newline="", encoding=encoding) as file:
            reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)
            rows = [(reader.line_num, row) for row in reader if row]
    except (UnicodeDecodeError, LookupError) as error:
        raise ValueError(f"{path}: is not {form.encoding} text ({error}); say its 'encoding'") from None
    except csv.Error as error:
        raise ValueError(f"{path}: not a CSV file ({error})") from None
    if not rows:
        raise ValueError(f"{path}: is empty")
    names = rows.pop(0)[1] if form.header else [str(i + 1) for i in range(len(rows[0][1]))]
    _check(path, names, rows)
    columns = {name: [row[i] for _, row in rows] for i, name in enumerate(names)}
    return raw(columns, form, {"delimiter": delimiter, "decimal": form.decimal or ".", "header": form.header})


def _delimiter(path: Path, encoding: str) -> str:
    """What the first line has most of, of the usual delimiters."""
    with path.open(encoding=encoding, errors="replace") as file:
        first = next((line for line in file if line.strip()), "")
    counts = {mark: first.count(mark) for mark in DELIMITERS}
    return max(counts, key=lambda mark: counts[mark])


def _check(path: Path, names: Sequence[str], rows: Sequence[tuple[int, list[str]]]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"{path}: two columns are called '{twice[0]}'")
    if not rows:
        raise ValueError(f"{path}: has column names, but no rows")
    ragged = next(((line, row) for line, row in rows if len(row) != len(names)), None)
    if ragged is not None:
        raise ValueError(f"{path}:{ragged[0]}: {len(ragged[1])} cells, expected {len(names)}")


def raw(columns: dict[str, list[str]], form: Form, file: dict[str, Any]) -> Raw:
    """Columns of texts, as written, as a table: missing cells are None, decimal signs are points."""
    cells: dict[str, list[Cell]] = {}
    blanks = {}
    for name, texts in columns.items():
        stripped = [text.strip() for text in texts]
        gone = Counter(text for text in stripped if text in form.missing)
        blanks.update({name: gone.most_common(1)[0][0]} if gone else {})
        cells[name] = [None if text in form.missing else text for text in stripped]
    # A comma between cells is no decimal sign, unless the spec says that it is (in cells with quotes).
    if form.decimal == "," or not form.decimal and file["delimiter"] != ",":
        pointed = {name: column for name, texts in cells.items() if (column := _pointed(texts))}
        if pointed:
            return Raw({**cells, **pointed}, blanks, {**file, "decimal": ","})
    return Raw(cells, blanks, file)


def _pointed(cells: list[Cell]) -> list[Cell]:
    """Cells with points for decimal commas, if they are numbers then, and were none before; else nothing."""
    pointed = [cell and cell.replace(",", ".") for cell in cells]
    return pointed if pointed != cells and all(cell is None or is_number(cell) for cell in pointed) else []


def _parquet(path: Path, form: Form) -> Raw:
    parquet = need("pyarrow.parquet", "pyarrow", "reading Parquet")
    try:
        table = parquet.read_table(path)
    except (OSError, ValueError) as error:  # ArrowInvalid is a ValueError
        raise ValueError(f"{path}: not a readable Parquet file ({error})") from None
    if not table.num_rows:
        raise ValueError(f"{path}: has no rows")
    cells = {name: [_text(value) for value in table.column(name).to_pylist()] for name in table.column_names}
    types = {name: str(table.schema.field(name).type) for name in table.column_names}
    return Raw(cells, {}, {"delimiter": ",", "decimal": ".", "header": True, "types": types})


def _text(value: Any) -> Cell:
    """A Parquet value as a cell."""
    if value is None or value != value:
        return None
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds" if value.microsecond else "seconds")
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def write(path: Path, names: Sequence[str], rows: Iterable[Sequence[str]], file: dict[str, Any]) -> None:
    """Write rows of texts as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, delimiter=file["delimiter"], lineterminator="\n")
        if file["header"]:
            writer.writerow(names)
        writer.writerows(rows)


def write_parquet(path: Path, cells: dict[str, list[Cell]], file: dict[str, Any], plain: dict[str, list[Any]]) -> None:
    """Write cells as a Parquet file, in the types of the file they come from, else numbers as numbers.

    `plain` has the columns of numbers, as Python's numbers.
    """
    arrow, parquet = (need(name, "pyarrow", "writing Parquet") for name in ("pyarrow", "pyarrow.parquet"))
    types, columns = file.get("types", {}), {}
    for name, column in cells.items():
        values = plain.get(name, column)
        wanted = types.get(name, "")
        if wanted == "bool":
            columns[name] = arrow.array([cell and cell == "True" for cell in column], arrow.bool_())
        elif wanted.startswith(("timestamp", "date", "time")):
            columns[name] = arrow.array(column, arrow.string()).cast(_arrow_type(arrow, wanted))
        elif wanted and wanted not in ("string", "large_string"):
            columns[name] = arrow.array(values).cast(_arrow_type(arrow, wanted), safe=False)
        else:
            columns[name] = arrow.array(values if not wanted else column)
    parquet.write_table(arrow.table(columns), path)


def _arrow_type(arrow: Any, name: str) -> Any:
    """The type that arrow prints like this; text where it has no plain name (decimals, lists)."""
    if name.startswith("timestamp"):
        return arrow.timestamp(name[name.index("[") + 1 : name.index("]")].split(",")[0])
    if name.startswith("date"):
        return arrow.date64() if name.startswith("date64") else arrow.date32()
    try:
        return arrow.type_for_alias(name)
    except ValueError:
        return arrow.string()
