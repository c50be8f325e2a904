"""Open data that lies in memory: one tensor a field, one row an example."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field


@attrs.frozen(eq=False)
class Table:
    """Fields as tensors (rows, *shape) by name; the first is the main one."""

    columns: dict[str, Tensor]
    about: dict[str, Field]
    known: dict[str, Any] = attrs.field(factory=dict)

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


def labelled(x: Tensor, codes: Tensor, names: tuple[str, ...], known: dict[str, Any]) -> Table:
    """Points `x` (rows, dims) with classes `codes` (rows,) as one-hot labels; their shares are among the facts."""
    classes = len(names)
    shares = torch.bincount(codes, minlength=classes).double() / len(codes)
    label = Field((classes,), range=(0.0, 1.0), names=names)
    return Table(
        {"x": x, "label": F.one_hot(codes, classes).float()},
        {"x": Field((x.shape[1],), view="points"), "label": label},
        {"dims": x.shape[1], "classes": classes, "frequencies": shares.tolist(), **known},
    )
