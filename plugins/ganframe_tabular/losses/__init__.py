"""Rules of tables as losses."""

from ganframe_tabular.losses.rules import TableRules

LOSSES = [TableRules]
