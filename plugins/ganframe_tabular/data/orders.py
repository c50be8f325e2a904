"""A made table with everything that tables have: ids, dates, combinations, sums, missing cells."""

from __future__ import annotations

import datetime

import numpy as np

from ganframe import component, option
from ganframe_tabular.data.encoded import Encoded
from ganframe_tabular.data.file import Form, raw
from ganframe_tabular.data.opened import Opened

PLACES = (("Lyon", "FR"), ("Paris", "FR"), ("Bonn", "DE"), ("Ulm", "DE"), ("Oslo", "NO"))
SHARES = (0.15, 0.35, 0.25, 0.05, 0.2)


@component
class Orders(Encoded):
    """Made-up orders of a shop, as `Table` gives them: every kind of column, and rules that rows keep.

    `order` an id; `placed` and `shipped`, dates with placed <= shipped; `city` with its `country`; `items` a small
    whole number; `goods`, skewed amounts that grow with it, `postage` that hangs on the country, and `total` =
    goods + postage; `rating` of 1 to 5, missing in a third of the rows, lower where shipping took long; `returned`,
    yes or no, likelier with low ratings and many items. Fields and facts are those of `Table`.
    """

    rows: int = option(1000, "how many", min=40)
    data_seed: int = option(0, "of the numbers they are made of", min=0)

    def open(self) -> Opened:
        """Make the table; the same options give the same rows."""
        rng = np.random.default_rng(self.data_seed)
        columns = _columns(self.rows, rng)
        return self._opened(raw(columns, Form(), {"delimiter": ",", "decimal": ".", "header": True}))


def _columns(rows: int, rng: np.random.Generator) -> dict[str, list[str]]:
    placed = rng.integers(0, 365, rows)
    place = rng.choice(len(PLACES), rows, p=SHARES)
    abroad = np.array([PLACES[p][1] != "FR" for p in place])
    days = rng.poisson(np.where(abroad, 6.0, 2.0))
    items = 1 + rng.poisson(1.5, rows)
    goods = np.round(items * np.exp(rng.normal(2.5, 0.6, rows)), 2)
    postage = np.round(np.where(abroad, 9.9, 3.9) + 0.5 * items, 2)
    rating = np.clip(np.round(5 - days / 3 + rng.normal(0, 0.7, rows)), 1, 5)
    chance = 1 / (1 + np.exp(1.2 * rating - 0.4 * items - 1.5))
    returned = rng.random(rows) < chance
    rated = rng.random(rows) > 1 / 3
    first = datetime.date(2024, 1, 1)
    return {
        "order": [f"R{n:05}" for n in range(1, rows + 1)],
        "placed": [_day(first, d) for d in placed], "shipped": [_day(first, d) for d in placed + days],
        "city": [PLACES[p][0] for p in place], "country": [PLACES[p][1] for p in place],
        "items": [str(n) for n in items], "goods": [f"{v:.2f}" for v in goods],
        "postage": [f"{v:.2f}" for v in postage], "total": [f"{v:.2f}" for v in goods + postage],
        "rating": [str(int(v)) if known else "" for v, known in zip(rating, rated, strict=True)],
        "returned": ["yes" if v else "no" for v in returned],
    }  # fmt: skip


def _day(first: datetime.date, days: int) -> str:
    return (first + datetime.timedelta(days=int(days))).isoformat()
