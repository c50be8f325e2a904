"""How many rows break rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch

from ganframe import Field, component, option
from ganframe_tabular import rules as words
from ganframe_tabular.layout import Frame
from ganframe_tabular.metrics.tables import Tables


@component
class TableRules:
    """The share of made rows that break at least one rule between columns of numbers, and that of real rows.

    Figures: `broken`, `real`. Values count as they are written, with their decimals; a row with a missing value keeps
    the rules that speak of it. The loss of the same name makes a generator keep them.
    """

    better: ClassVar = {"broken": "lower"}
    examples = ({"options": {"rules": (("placed", "<=", "shipped"), ("goods", ">", 1))}, "data": "Orders"},)

    rules: tuple[tuple[str | float, ...], ...] = option(doc=words.DOC)
    tolerance: float = option(0.0, "gap in the columns' own units (days for dates) that is let pass", min=0.0)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> RuleMeter:
        """A meter; ValueError for data that are no table, or rules that do not fit it."""
        return RuleMeter(fields, facts, words.parsed(self.rules), self.tolerance)


class RuleMeter(Tables):
    """Tries the rules on both tables."""

    def __init__(
        self, fields: Mapping[str, Field], facts: Mapping[str, Any], rules: tuple[words.Rule, ...], tolerance: float
    ) -> None:
        super().__init__(fields, facts, rules="; ".join(rule.text for rule in rules))
        words.checked(rules, self.layout)
        self._rules, self._tolerance = rules, tolerance

    def compute(self) -> dict[str, float]:
        """`broken` and `real`."""
        real, made = self.frames()
        return {"broken": self._share(made), "real": self._share(real)}

    def _share(self, frame: Frame) -> float:
        broken = [rule.broken(frame, self._tolerance) for rule in self._rules]
        return float(np.any(broken, 0).mean()) if broken else 0.0
