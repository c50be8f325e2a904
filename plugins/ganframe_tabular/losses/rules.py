"""Rules that made rows should keep."""

from __future__ import annotations

from torch import Tensor

from ganframe import component, option, wire
from ganframe_tabular import rules as words
from ganframe_tabular.layout.layout import Layout, parsed
from ganframe_tabular.views.table import _EXAMPLE


@component
class TableRules:
    """How far rows are from rules between their columns: mean over rows, summed over rules, of gap / scale.

    The gap of `a <= b` is max(0, a - b), that of `a = b` is |a - b|; the scale is the largest standard deviation of a
    column in the rule. Values come from a row's vector differentiably: a choice of modes counts with its weights.
    Write `table = "$data.columns"`. What is to hold in every row is better left to `sums` and `combinations` of the
    data.
    """

    examples = (
        {"options": {"rules": (("a", "<=", "b"), ("a", "+", "b", ">", 0.5)), "table": _EXAMPLE.to_json()}, "x": (2,)},
    )
    x: str = wire('rows (N, width), e.g. "fake.x"')
    table: str = option(doc='the table\'s layout: "$data.columns"')
    rules: tuple[tuple[str | float, ...], ...] = option(doc=words.DOC)

    def __attrs_post_init__(self) -> None:
        words.checked(words.parsed(self.rules), self._layout)

    @property
    def _layout(self) -> Layout:
        return parsed(self.table)

    def term(self, x: Tensor) -> Tensor:
        """The mean gap, in standard deviations."""
        layout, total = self._layout, x.new_zeros(())
        for rule in words.parsed(self.rules):
            values = {name: layout.soft(x, name) for name, _ in rule.factors}
            total = total + rule.gap(values).mean() / rule.scale(layout)
        return total
