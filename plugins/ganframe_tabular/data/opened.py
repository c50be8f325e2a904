"""An open table: rows as vectors, with a condition for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field
from ganframe_tabular.layout import Layout
from ganframe_tabular.layout.layout import FACT, Cells, shares


@attrs.frozen(eq=False)
class Conditions:
    """One-hot conditions: one value of one of a row's categories.

    `codes` (N, choices) are places among all values of all choices, `odds` (N, choices) how likely each choice is,
    `ends` (choices,) the first place behind each choice's values.
    """

    codes: Tensor
    odds: Tensor
    ends: Tensor

    @property
    def width(self) -> int:
        """Values of all choices."""
        return int(self.ends[-1])

    def drawn(self, rows: Tensor, rng: torch.Generator) -> Tensor:
        """A condition (rows, width) for each of the rows, of a choice drawn by its odds."""
        ends = self.odds.index_select(0, rows).cumsum(1)
        picks = torch.rand(len(rows), 1, generator=rng, dtype=torch.float64) * ends[:, -1:]
        choice = (picks >= ends).sum(1, keepdim=True).clamp_(max=ends.shape[1] - 1)
        return F.one_hot(self.codes.index_select(0, rows).gather(1, choice).squeeze(1), self.width).float()

    def columns(self, condition: Tensor) -> Tensor:
        """Of which choice each condition (N, width) is a value, one-hot (N, choices)."""
        choice = torch.searchsorted(self.ends, condition.argmax(1), right=True)
        return F.one_hot(choice, len(self.ends)).float()

    def natural(self) -> Tensor:
        """A condition (N, width) for each row, of any of its choices alike."""
        even = attrs.evolve(self, odds=torch.ones_like(self.odds))
        return even.drawn(torch.arange(len(self.codes)), torch.Generator().manual_seed(0))


@attrs.frozen
class ByWeight:
    """The order of a table's rows with `balance`: in proportion to their weight, with replacement."""

    def order(self, data: Opened, epoch: int, rng: torch.Generator) -> Tensor:
        """As many rows as there are."""
        assert data.weight is not None
        ends = data.weight.flatten().double().cumsum(0)
        picks = torch.rand(len(ends), generator=rng, dtype=torch.float64) * ends[-1]
        return torch.searchsorted(ends, picks, right=True).clamp_(max=len(ends) - 1)


@attrs.frozen(eq=False)
class Opened:
    """Rows `x` (N, width) of a table, whether each is held out, conditions and weights where there are any."""

    layout: Layout
    x: Tensor
    held_out: Tensor
    conditions: Conditions | None
    weight: Tensor | None
    frequencies: tuple[float, ...]

    def fields(self) -> dict[str, Field]:
        """`x`, `held_out`; `condition` and `column` where there is a category; `weight` with `balance`."""
        bounded = all(kind != "linear" for kind, _ in self.layout.spans)
        ends = (-1.0, 1.0) if bounded else None
        x = Field((self.x.shape[1],), view="table", range=ends, names=tuple(self.layout.entries))
        found = {"x": x, "held_out": Field((1,), range=(0.0, 1.0))}
        if self.conditions is not None:
            names = tuple(entry for choice in self.layout.choices for entry in choice.entries)
            found["condition"] = Field((len(names),), range=(0.0, 1.0), names=names)
            found["column"] = Field((len(self.layout.choices),), range=(0.0, 1.0))
        return found | ({"weight": Field((1,))} if self.weight is not None else {})

    @property
    def sampler(self) -> ByWeight | None:
        """The order of the rows where the spec says none."""
        return ByWeight() if self.weight is not None else None

    def facts(self) -> dict[str, Any]:
        """What a spec can ask for as `$data.NAME`."""
        spans = [list(span) for span in self.layout.spans]
        return {
            "width": self.x.shape[1], "spans": spans, "categories": len(self.frequencies),
            "shares": list(self.frequencies), FACT: self.layout.to_json(),
        }  # fmt: skip

    def __len__(self) -> int:
        return len(self.x)

    def batch(self, indices: Tensor, rng: torch.Generator) -> dict[str, Tensor]:
        """The rows at these indices, each with a condition drawn from `rng`."""
        found = {"x": self.x.index_select(0, indices), "held_out": self.held_out.index_select(0, indices)}
        if self.conditions is not None:
            condition = self.conditions.drawn(indices, rng)
            found |= {"condition": condition, "column": self.conditions.columns(condition)}
        return found | ({"weight": self.weight.index_select(0, indices)} if self.weight is not None else {})

    def column(self, name: str) -> Tensor:
        """Every row of one field; conditions are then those of the table itself, whatever `balance` says."""
        if name in ("condition", "column") and self.conditions is not None:
            natural = self.conditions.natural()
            return natural if name == "condition" else self.conditions.columns(natural)
        found = {"x": self.x, "held_out": self.held_out, "weight": self.weight}[name]
        assert found is not None
        return found


def opened(layout: Layout, cells: Cells, held: np.ndarray, keep: np.ndarray, balance: str) -> Opened:
    """The rows at `keep` of a table; `held` marks all of those that no scale was fitted to."""
    rows = {name: [column[i] for i in keep] for name, column in cells.items()}
    x = torch.from_numpy(layout.encode(rows, np.random.default_rng(0)).astype(np.float32))
    mark = torch.from_numpy(held[keep].astype(np.float32))[:, None]
    choices = layout.choices
    if not choices:
        return Opened(layout, x, mark, None, None, ())
    codes = torch.from_numpy(np.stack([choice.codes(rows) for choice in choices], 1))
    sizes = [len(choice.values) for choice in choices]
    ends = torch.tensor(sizes).cumsum(0)
    odds, weight = _odds(codes, sizes) if balance == "log" else (torch.ones(codes.shape, dtype=torch.float64), None)
    kept = torch.cat(shares(codes, sizes)) / len(choices)
    conditions = Conditions(codes + ends - torch.tensor(sizes), odds, ends)
    return Opened(layout, x, mark, conditions, weight, tuple(kept.tolist()))


def _odds(codes: Tensor, sizes: Sequence[int]) -> tuple[Tensor, Tensor]:
    """CTGAN's training-by-sampling (arXiv:1907.00503, section 4.3): how likely each choice of a row is, and the row.

    A choice is drawn, then one of its values by log(1 + n), then one of the value's n rows. So row i is drawn
    because of choice c with probability p(c, i); its weight is the sum over c, and given the row, the odds of c are
    p(c, i).
    """
    parts = []
    for i, size in enumerate(sizes):
        counts = torch.bincount(codes[:, i], minlength=size).double()
        values = counts.log1p() / counts.log1p().sum() / counts.clamp(min=1)
        parts.append(values[codes[:, i]] / len(sizes))
    odds = torch.stack(parts, 1)
    return odds, (odds.sum(1, keepdim=True) * len(odds)).float()
