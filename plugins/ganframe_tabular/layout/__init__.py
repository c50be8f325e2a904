"""How a table's rows become numbers, and numbers rows again."""

from ganframe_tabular.layout.fit import Fitting, fitted
from ganframe_tabular.layout.layout import Frame, Layout

__all__ = ["Fitting", "Frame", "Layout", "fitted"]
