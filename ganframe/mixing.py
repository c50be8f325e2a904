"""Samples between others: their latents mixed along a line or an arc, or crossed at a layer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe.errors import SpecError
from ganframe.given import Given, shape_of, shapes

if TYPE_CHECKING:
    from ganframe.sample import Sampler

Drawn = dict[str, Tensor]
End = int | Given
#: Sine of an angle below which two latents have no arc between them.
_FLAT = 1e-6


def ends(sampler: Sampler, seed: int, rows: int, given: Given, wires: Collection[str] = ()) -> Drawn:
    """What samples of a seed are drawn from: the latents and fields that are read, and these inner wires."""
    names = sampler.plan.names
    made = {name for makes in names.made.values() for name in makes} - names.latents.keys()
    read = (shapes(sampler.plan).keys() - made) | set(wires)
    return {name: value for name, value in sampler.draw(rows, seed, given, wires).items() if name in read}


def whole(sampler: Sampler, rows: int) -> int:
    """The rows of the chunks that so many samples are drawn in: all are mixed, as layers may look at a whole batch."""
    return -(-rows // sampler.size) * sampler.size


def end(sampler: Sampler, asked: End, rows: int, given: Given, wires: Collection[str] = (), seed: int = 0) -> Drawn:
    """The rows of an end, whole chunks of them: those of a seed, or of `seed` with what is given by name."""
    own, named = (asked, {}) if isinstance(asked, int) else (seed, asked)
    inner = {*wires, *(named.keys() - shapes(sampler.plan).keys())}
    return ends(sampler, own, rows, {**given, **named}, inner)


def interpolated(
    sampler: Sampler, first: End, last: End, rows: int, steps: int, *, given: Given, sphere: bool = True,
    wires: Collection[str] = (),
) -> Drawn:
    """Everything drawn at `steps` places between two ends: (rows * steps, ...), pair after pair.

    An end is a seed, or rows by name (latents, fields, inner wires), over what is `given` to both. Classes stay those
    of the beginning unless both ends say them. With `wires` these inner values are mixed too.
    """
    said = first.keys() & last.keys() if isinstance(first, Mapping) and isinstance(last, Mapping) else set()
    seed = first if isinstance(first, int) else 0
    start, goal = (end(sampler, one, whole(sampler, rows), given, wires, seed) for one in (first, last))
    return between(sampler, start, goal, rows, steps, sphere=sphere, seed=seed, said=said)


def between(
    sampler: Sampler, first: Drawn, last: Drawn, rows: int, steps: int, *, sphere: bool, seed: int,
    said: Collection[str],
) -> Drawn:
    """Everything drawn at `steps` places from the ends `first` to `last`: (rows * steps, ...), pair after pair.

    Each place is drawn as `sample --seed` draws it, so that the ends are its samples, and noise inside the networks
    stays the same along the way. Classes stay those of the beginning unless `said` names them.
    """
    places = []
    for share in torch.linspace(0, 1, steps).tolist():
        mix = {name: mixed(value, last[name], share, sphere, name in said) for name, value in first.items()}
        places.append(sampler.draw(len(next(iter(mix.values()))), seed, mix))
    return {name: torch.stack([place[name][:rows] for place in places], 1).flatten(0, 1) for name in places[0]}


def mixed(start: Tensor, end: Tensor, share: float, sphere: bool, classes: bool) -> Tensor:
    """Rows (N, ...) that share of the way; whole numbers, and classes without `classes`, stay as they begin.

    Rows of zeros and ones, and of shares that sum to 1, are classes.
    """
    if not start.is_floating_point():
        return start
    if bool(((start == 0) | (start == 1)).all()) or (_shares(start) and _shares(end)):
        return torch.lerp(start, end, share) if classes else start
    return arc(start, end, share) if sphere else torch.lerp(start, end, share)


def _shares(rows: Tensor) -> bool:
    return rows.dim() == 2 and bool((rows >= 0).all() and ((rows.sum(1) - 1).abs() < _FLAT * rows.shape[1]).all())


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


def crossed(
    sampler: Sampler, rows: Drawn, columns: Drawn, name: str, layers: tuple[int, int], *, seed: int = 0
) -> Drawn:
    """Style mixing: for each pair of a row and a column, the row's latent with the column's in some layers.

    `layers` are (first, one past the last). `rows` and `columns` are `ends` that hold `name`, a latent or wire of shape
    (layers, ...) or a vector that is dealt out to layers by its numbers. What is drawn comes row after row; all but
    `name` is the row's.
    Karras et al. 2019 (arXiv:1812.04948), section 3.1.
    """
    shape, (first, last) = shape_of(sampler.plan, name), layers
    count = shape[0] if shape else 0
    if not 0 <= first < last <= count:
        raise SpecError(f"'{name}' has {count} layers; it cannot be crossed from {first} to {last}")
    across, down = len(columns[name]), len(rows[name])
    pairs = {n: value.repeat_interleave(across, 0) for n, value in rows.items()}
    pairs[name] = pairs[name].clone()
    pairs[name][:, first:last] = columns[name].repeat(down, *[1] * len(shape))[:, first:last]
    return sampler.draw(across * down, seed, pairs)
