"""The table of crossed samples, with those they are crossed from around it where it is a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe import mixing, samplefile
from ganframe.given import Given, shape_of, shapes

if TYPE_CHECKING:
    from ganframe.run import Run


def write(
    run: Run, out: Path, sides: Sequence[Given], seeds: tuple[int, int], name: str, layers: tuple[int, int | None],
    count: int,
) -> None:
    """Write the samples of every pair of the rows (`sides[0]`) and the columns, `count` of each where seeds decide."""
    sampler, known = run.sampler(), shapes(run.plan).keys()
    held = []
    for side, seed in zip(sides, seeds, strict=True):
        rows = min((len(v) for v in side.values() if isinstance(v, Tensor) and len(v) > 1), default=count)
        held.append(mixing.ends(sampler, seed, rows, side, {name, *(side.keys() - known)}))
    whole = shape_of(run.plan, name)
    last = layers[1] if layers[1] is not None else (whole[0] if whole else 0)
    drawn = mixing.crossed(sampler, held[0], held[1], name, (layers[0], last), seed=seeds[0])
    across = len(held[1][name])
    field = run.fields.get(run.main)
    if out.suffix == ".png" and field is not None and field.range is not None:
        sources = [run.draw(len(side[name]), seed, side)[run.main] for side, seed in zip(held, seeds, strict=True)]
        drawn, across = {run.main: _framed(field.range[0], drawn[run.main], *sources)}, across + 1
    samplefile.save(run, out, drawn, across)


def _framed(blank: float, mixed: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The table row after row, the columns' own samples on top and the rows' own at the left, the corner blank."""
    lines = [torch.full_like(rows[:1], blank), columns]
    for row, line in zip(rows, torch.split(mixed, len(columns)), strict=True):
        lines += [row.unsqueeze(0), line]
    return torch.cat(lines)


