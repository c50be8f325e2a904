"""Open data that lies in memory: one tensor a field, one row an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field


@attrs.frozen(eq=False)
class Rows:
    """Fields as tensors (rows, *shape) by name, the first the main one; `codes` (rows,) are classes with `names`."""

    columns: dict[str, Tensor]
    about: dict[str, Field]
    known: dict[str, Any]
    codes: Tensor | None = None
    names: Sequence[str] = ()

    def fields(self) -> dict[str, Field]:
        """What each field is."""
        if self.codes is None:
            return self.about
        return {**self.about, "label": Field((len(self.names),), range=(0.0, 1.0), names=tuple(self.names))}

    def facts(self) -> dict[str, Any]:
        """What a spec can ask for as `$data.NAME`."""
        if self.codes is None:
            return self.known
        shares = torch.bincount(self.codes, minlength=len(self.names)).double() / len(self.codes)
        return {**self.known, "classes": len(self.names), "frequencies": shares.tolist()}

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def batch(self, indices: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:
        """The rows at these indices, by field; IndexError for an index out of range."""
        rows = {name: column.index_select(0, indices).float() for name, column in self.columns.items()}
        if self.codes is not None:
            rows["label"] = F.one_hot(self.codes.index_select(0, indices), len(self.names)).float()
        return rows

    def column(self, name: str) -> Tensor:
        """Every row of one field but the label, as it is kept."""
        return self.columns[name]


def cloud_field(points: int, dims: int) -> Field:
    """The field of point clouds (points, dims)."""
    return Field((points, dims), view="cloud")
