"""Samples on the way between two others: their latents mixed, along a line or an arc."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe.cli.given import shapes
from ganframe.given import Given

if TYPE_CHECKING:
    from ganframe.run import Run

Drawn = dict[str, Tensor]
#: Sine of an angle below which two latents have no arc between them.
_FLAT = 1e-6


def ends(run: Run, seed: int, rows: int, given: Given) -> Drawn:
    """What `ganframe sample` draws that many samples of a seed from: the latents and fields that are read."""
    made = {name for names in run.plan.names.made.values() for name in names} - run.latents.keys()
    read = shapes(run).keys() - made
    return {name: value for name, value in run.draw(rows, seed, given).items() if name in read}


def whole(run: Run, rows: int) -> int:
    """The rows of the chunks that so many samples are drawn in: all are mixed, as layers may look at a whole batch."""
    size: int = run.plan.parts.sample.batch_size
    return -(-rows // size) * size


def between(
    run: Run, first: Drawn, last: Drawn, rows: int, steps: int, *, sphere: bool, seed: int, said: Collection[str]
) -> Drawn:
    """Everything drawn at `steps` places from the ends `first` to `last`: (rows * steps, ...), pair after pair.

    Each place is drawn as `sample --seed` draws it, so that the ends are its samples, and noise inside the networks
    stays the same along the way. Classes stay those of the beginning unless `said` names them.
    """
    places = []
    for share in torch.linspace(0, 1, steps).tolist():
        mix = {name: mixed(value, last[name], share, sphere, name in said) for name, value in first.items()}
        places.append(run.draw(len(next(iter(mix.values()))), seed, mix))
    return {name: torch.stack([place[name][:rows] for place in places], 1).flatten(0, 1) for name in places[0]}


def mixed(start: Tensor, end: Tensor, share: float, sphere: bool, classes: bool) -> Tensor:
    """Rows (N, ...) that share of the way; whole numbers, and one-hot rows without `classes`, stay as they begin."""
    if not start.is_floating_point():
        return start
    if bool(((start == 0) | (start == 1)).all()):
        return torch.lerp(start, end, share) if classes else start
    return arc(start, end, share) if sphere else torch.lerp(start, end, share)


def arc(start: Tensor, end: Tensor, share: float) -> Tensor:
    """Spherical interpolation row by row: (sin((1 - t) w) a + sin(t w) b) / sin w, w the angle between a and b.

    Rows in one line with the origin (all of one dimension are) and the origin have no arc and take the straight way.
    Shoemake 1985; for latents White 2016 (arXiv:1609.04468), section 2.1.
    """
    a, b = start.flatten(1).double(), end.flatten(1).double()
    angle = torch.acos(F.cosine_similarity(a, b).clamp(-1, 1)).unsqueeze(1)
    sine = angle.sin()
    way = ((1 - share) * angle).sin() / sine * a + (share * angle).sin() / sine * b
    bent = (sine > _FLAT) & (a.norm(dim=1, keepdim=True) * b.norm(dim=1, keepdim=True) > 0)
    return torch.where(bent, way, torch.lerp(a, b, share)).to(start.dtype).view_as(start)
