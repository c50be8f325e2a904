"""How tables are written and shown."""

from ganframe_tabular.views.table import Table

VIEWS = [Table]
