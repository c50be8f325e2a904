"""What every table can be told: kinds of columns, scales, conditions, held-out rows."""

from __future__ import annotations

import numpy as np

from ganframe import component, option
from ganframe_tabular.data.file import Raw
from ganframe_tabular.data.opened import Opened, opened
from ganframe_tabular.layout import Fitting, fitted


@component
class Encoded:
    """Options that all tables share."""

    target: str = option("", "the column that others predict, for `TableAccuracy`")
    kinds: dict[str, str] | None = option(
        None, 'kinds of columns by name, where they are not to be told from the cells: "number", "integer", '
        '"category", "date" or "id"'
    )  # fmt: skip
    dates: dict[str, str] | None = option(None, "formats of columns of dates by name, as Python's strftime has them")
    drop: tuple[str, ...] = option((), "columns that are left out")
    combinations: tuple[tuple[str, ...], ...] = option(
        (), "columns of categories that only come in the combinations which the table has, a list each"
    )
    sums: tuple[tuple[str, ...], ...] = option(
        (), "columns that are the sum of others, a list each, the sum last: computed when rows are written"
    )
    normalize: str = option(
        "quantile", 'scale of numbers: normal by quantiles, or CTGAN\'s modes (needs "ganframe[tabular]")',
        choices=("quantile", "modes"),
    )  # fmt: skip
    modes: int = option(10, "most modes of a column, with `normalize = \"modes\"`", min=1)
    balance: str = option(
        "none", '"log": conditions by the logarithm of their frequency, and rows to fit, by the field `weight`',
        choices=("none", "log"),
    )  # fmt: skip
    held_out: float = option(0.2, "share of the rows that is kept from training", min=0.0, max=0.9)
    seed: int = option(0, "decides which rows are held out", min=0)
    split: str = option("train", "the rows that are read", choices=("train", "test", "all"))

    def _opened(self, raw: Raw) -> Opened:
        """The split's rows of a table; scales are fitted to the training rows. ValueError with the column."""
        table = raw.without(self.drop)
        held = self._held(len(table))
        how = Fitting(
            self.kinds or {}, self.dates or {}, self.combinations, self.sums, self.normalize, self.modes, self.target
        )
        layout = fitted(table.cells, np.flatnonzero(~held), how, table.blanks, table.file)
        keep = {"train": ~held, "test": held, "all": np.ones(len(table), dtype=bool)}[self.split]
        if not keep.any():
            raise ValueError(f"no row is in the split '{self.split}': 'held_out' is {self.held_out}")
        return opened(layout, table.cells, held, np.flatnonzero(keep), self.balance)

    def _held(self, rows: int) -> np.ndarray:
        order = np.random.default_rng(self.seed).permutation(rows)
        held = np.zeros(rows, dtype=bool)
        held[order[: round(self.held_out * rows)]] = True
        return held
