"""Tables that scikit-learn carries."""

from __future__ import annotations

from ganframe import component, option
from ganframe_tabular.data.encoded import Encoded
from ganframe_tabular.data.file import Form, Raw, raw
from ganframe_tabular.data.opened import Opened
from ganframe_tabular.optional import need

TARGET = "target"


@component
class SklearnTable(Encoded):
    """A real table that scikit-learn ships, as `Table` gives it: needs `pip install "ganframe[tabular]"`.

    `wine` (178 rows, 13 numbers, 3 kinds), `breast_cancer` (569, 30, 2), `iris` (150, 4, 3), `diabetes` (442, 10
    numbers, and a number to predict). The last column is called `target`. Fields and facts are those of `Table`.
    """

    name: str = option("wine", "which table", choices=("wine", "breast_cancer", "iris", "diabetes"))

    def open(self) -> Opened:
        """Take the table out of scikit-learn; ImportError where that is not installed."""
        bunch = getattr(need("sklearn.datasets", "scikit-learn", "SklearnTable"), f"load_{self.name}")()
        columns = {str(name): [repr(float(v)) for v in bunch.data[:, i]] for i, name in enumerate(bunch.feature_names)}
        names = getattr(bunch, "target_names", None)
        columns[TARGET] = [repr(float(v)) if names is None else str(names[v]) for v in bunch.target]
        return self._opened(_table(columns))


def _table(columns: dict[str, list[str]]) -> Raw:
    whole = {name: all(cell.endswith(".0") for cell in cells) for name, cells in columns.items()}
    plain = {name: [c.removesuffix(".0") for c in cells] if whole[name] else cells for name, cells in columns.items()}
    return raw(plain, Form(), {"delimiter": ",", "decimal": ".", "header": True})
