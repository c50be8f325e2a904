"""Open data of windows: one tensor a field."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe import Field


@attrs.frozen(eq=False)
class Rows:
    """Fields as tensors (rows, *shape) by name; the first is the main one."""

    columns: dict[str, Tensor]
    about: dict[str, Field]
    known: dict[str, Any]

    def fields(self) -> dict[str, Field]:
        """What each field is."""
        return self.about

    def facts(self) -> dict[str, Any]:
        """What a spec can ask for as `$data.NAME`."""
        return self.known

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def batch(self, indices: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:
        """The rows at these indices, by field; IndexError for an index out of range."""
        return {name: rows.index_select(0, indices) for name, rows in self.columns.items()}

    def column(self, name: str) -> Tensor:
        """Every row of one field."""
        return self.columns[name]
