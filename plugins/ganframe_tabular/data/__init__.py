"""Tables from files, from scikit-learn, and made."""

from ganframe_tabular.data.orders import Orders
from ganframe_tabular.data.science import SklearnTable
from ganframe_tabular.data.table import Table

DATA = [Orders, SklearnTable, Table]
