"""How good made tables are."""

from ganframe_tabular.metrics.accuracy import TableAccuracy
from ganframe_tabular.metrics.records import ClosestRecord
from ganframe_tabular.metrics.rules import TableRules
from ganframe_tabular.metrics.similarity import TableSimilarity

METRICS = [ClosestRecord, TableAccuracy, TableRules, TableSimilarity]
