"""Tables as files that look like the one they come from, and as a picture of their columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np
import torch
from torch import Tensor

from ganframe import Field, component
from ganframe_tabular.data.file import Form, read, write, write_parquet
from ganframe_tabular.layout import Layout
from ganframe_tabular.layout.columns import Number
from ganframe_tabular.layout.formats import DateFormat, NumberFormat
from ganframe_tabular.layout.scales import Quantiles
from ganframe_tabular.views.picture import draw

_LINE = Quantiles(np.linspace(-1, 1, 200), 0.1)
_EXAMPLE = Layout(
    tuple(Number(name, "number", NumberFormat(6), _LINE, (-1, 1), 0.5, False) for name in "ab"),
    ("a", "b"), {}, {"delimiter": ",", "decimal": ".", "header": True},
)  # fmt: skip


@component
class Table:
    """A table's rows as CSV or Parquet with the original columns, order and formats; or as a picture.

    The picture has a histogram of each column (real rows pale behind, where the data are here) and the rank
    correlations of all columns, real and made. Numbers keep their decimals, dates their format, missing cells the text
    that the file has most; ids are numbered anew.
    """

    suffixes: ClassVar = (".csv", ".parquet", ".png")
    #: How many samples make a good picture.
    samples: ClassVar[int] = 1000
    #: One picture of all samples: they should come as often as in the data, not a class a column.
    together: ClassVar[bool] = True
    examples = ({"field": Field((2,), view="table", range=(-1.0, 1.0)), "facts": {"columns": _EXAMPLE.to_json()}},)

    def write(self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any]) -> None:
        """Write rows (N, width) as the suffix asks. ImportError for Parquet without pyarrow."""
        layout = Layout.of(facts)
        if path.suffix == ".png":
            self.grid(path, values, field, facts, 0)
        elif path.suffix == ".parquet":
            write_parquet(path, layout.decode(values), dict(layout.file), _numbers(layout, values))
        else:
            write(path, layout.order, layout.texts(values), dict(layout.file))

    def read(self, path: Path, field: Field, facts: Mapping[str, Any]) -> Tensor:
        """Rows (N, width) of a file with these columns; ValueError for a picture, or a cell that does not fit."""
        layout = Layout.of(facts)
        if path.suffix not in (".csv", ".parquet"):
            raise ValueError(f"{path}: tables are read from .csv and .parquet")
        form = Form(layout.file["delimiter"], layout.file["decimal"], layout.file["header"])
        table = read(path, attrs.evolve(form, missing=("", *layout.blanks.values())))
        lacking = next((name for name in layout.order if name not in table.cells), None)
        if lacking is not None:
            raise ValueError(f"{path}: has no column '{lacking}'; it has {', '.join(table.cells)}")
        return torch.from_numpy(layout.encode(table.cells).astype(np.float32))

    def grid(
        self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any], columns: int,
        behind: Tensor | None = None,
    ) -> None:
        """Draw all rows in one picture, whatever `columns` says; `behind`: real rows."""
        draw(path, Layout.of(facts), values, behind)


def _numbers(layout: Layout, values: Tensor) -> dict[str, list[Any]]:
    """Columns of numbers as Python's numbers, None where missing; dates stay texts."""
    frame, found = layout.frame(values), {}
    for column in layout.columns:
        if isinstance(column, Number) and not isinstance(column.format, DateFormat):
            make = int if column.kind == "integer" else float
            found[column.name] = [None if v != v else make(v) for v in frame.numbers[column.name].tolist()]
    return found
