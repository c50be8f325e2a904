"""Real and made rows of a table, kept until all are there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganframe import Field
from ganframe_tabular.layout import Frame, Layout


class Tables:
    """A meter that keeps both tables; `about` is told in the protocol beside their sizes."""

    def __init__(self, fields: Mapping[str, Field], facts: Mapping[str, Any], **about: str) -> None:
        self.layout, self._about = Layout.of(facts), about
        self._name = next((name for name, field in fields.items() if field.view == "table"), next(iter(fields)))
        self._real: list[Tensor] = []
        self._made: list[Tensor] = []
        self._held: list[Tensor] = []

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        self._real.append(real[self._name].cpu())
        self._made.append(fake[self._name].cpu())
        held = real.get("held_out")
        self._held.append(torch.zeros(len(self._real[-1])) if held is None else held.cpu()[:, 0])

    def frames(self) -> tuple[Frame, Frame]:
        """All real rows and all made ones, in an order that hangs on the rows alone; ValueError where there is none."""
        if not self._real:
            raise ValueError("no rows")
        return tuple(self.layout.frame(torch.cat(part)).ordered() for part in (self._real, self._made))  # type: ignore[return-value]

    def parts(self) -> tuple[Frame, Frame, Frame]:
        """Training rows, rows held out, made rows, ordered; ValueError where there are fewer than two of either."""
        real, made = (self.layout.frame(torch.cat(part)) for part in (self._real, self._made))
        held = torch.cat(self._held).numpy() > 0.5
        if min(held.sum(), (~held).sum()) < 2:
            raise ValueError('needs rows that were held out: write `split = "all"`, and `held_out` in [data]')
        return real.rows(~held).ordered(), real.rows(held).ordered(), made.ordered()

    @property
    def protocol(self) -> dict[str, str]:
        """How many rows the figures rest on, and what the metric adds."""
        made, real = (sum(map(len, part)) for part in (self._made, self._real))
        held = round(float(sum(part.sum() for part in self._held)))
        return {"n": f"{made}/{real}", "held out": str(held), **self._about}


def vectors(train: Frame, *frames: Frame, leave: str = "") -> list[np.ndarray]:
    """Rows of each frame as vectors: numbers by mean and deviation of `train`, categories one-hot, without `leave`.

    A missing number is the mean, and 1 in a column that says so.
    """
    found = []
    for frame in frames:
        columns = []
        for name, values in frame.numbers.items():
            if name != leave:
                known = train.numbers[name][~np.isnan(train.numbers[name])]
                centre, width = (known.mean(), known.std() or 1.0) if len(known) else (0.0, 1.0)
                columns.append(np.nan_to_num((values - centre) / width)[:, None])
                if np.isnan(train.numbers[name]).any():
                    columns.append(np.isnan(values)[:, None].astype(float))
        columns += [np.eye(frame.sizes[name])[codes] / 2**0.5 for name, codes in frame.codes.items() if name != leave]
        found.append(np.concatenate(columns, 1) if columns else np.zeros((len(frame), 0)))
    return found
