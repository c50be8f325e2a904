"""Points from a file."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_gan.data.table import Table, labelled


@component
class Points:
    """Points from a `.csv` file (one a line, an optional first line of column names) or an array (N, dims) in `.npy`.

    Fields: `x` (dims,), and `label` one-hot where `label` names a column of the CSV; classes are its values, sorted.
    Facts: `dims`, with labels `classes` and `frequencies`. Values are kept as they are.
    """

    path: Path = option(doc="the file")
    label: str = option("", "name of the CSV column that holds the class")

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """A small file to try the laws of datasets on."""
        path = folder / "points.csv"
        path.write_text("width,height,kind\n" + "".join(f"{n / 7},{n * n},{'ab'[n % 2]}\n" for n in range(9)))
        return {"path": path, "label": "kind"}

    def open(self) -> Table:
        """Read the file. FileNotFoundError or ValueError, with its absolute path."""
        path = self.path.absolute()
        if not path.is_file():
            raise FileNotFoundError(f"there is no file {path}")
        if path.suffix == ".npy":
            if self.label:
                raise ValueError(f"{path}: 'label' names a column of a CSV file; a .npy file has none")
            return _plain(_array(path))
        header, rows = _lines(path)
        if not self.label:
            return _plain(_numbers(path, rows))
        if self.label not in header:
            raise ValueError(f"{path}: no column is called '{self.label}'; columns: {', '.join(header) or 'unnamed'}")
        at = header.index(self.label)
        values = [cells[at] for _, cells in rows]
        names = tuple(sorted(set(values)))
        codes = torch.tensor([names.index(v) for v in values])
        return labelled(_numbers(path, [(n, c[:at] + c[at + 1 :]) for n, c in rows]), codes, names, {})


def _plain(x: Tensor) -> Table:
    return Table({"x": x}, {"x": Field((x.shape[1],), view="points")}, {"dims": x.shape[1]})


def _array(path: Path) -> Tensor:
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(f"{path}: not a readable .npy file ({error})") from None
    if array.ndim != 2 or not array.size or array.dtype.kind not in "fiu":
        raise ValueError(f"{path}: holds {array.dtype} {array.shape}; expected numbers of shape (N, dims)")
    if not np.isfinite(array).all():
        raise ValueError(f"{path}: holds values that are not finite")
    return torch.from_numpy(array.astype(np.float32))


def _lines(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The column names (empty without a header) and the rows, each with its line number."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            rows = [(reader.line_num, [c.strip() for c in cells]) for cells in reader if any(map(str.strip, cells))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: not a CSV file ({error})") from None
    header = rows.pop(0)[1] if rows and not any(map(_is_number, rows[0][1])) else []
    if not rows:
        raise ValueError(f"{path}: holds no points")
    for line, cells in rows:
        if len(cells) != len(rows[0][1]):
            raise ValueError(f"{path}:{line}: {len(cells)} columns, expected {len(rows[0][1])}")
    return header, rows


def _numbers(path: Path, rows: list[tuple[int, list[str]]]) -> Tensor:
    for line, cells in rows:
        wrong = next((c for c in cells if not _is_number(c)), None)
        if wrong is not None:
            raise ValueError(f"{path}:{line}: '{wrong}' is no finite number")
    return torch.tensor([[float(c) for c in cells] for _, cells in rows], dtype=torch.float32)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
