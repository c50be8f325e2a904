"""Pictures mirrored, turned, moved and stretched at random."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe_gan.augmentations.draws import Chances
from ganframe_gan.augmentations.geometry import product, scaled, shifted, turned
from ganframe_gan.augmentations.warp import warp

if TYPE_CHECKING:
    from ganframe_gan.augmentations.transforms import Transforms

_NAMES = ("xflip", "rotate90", "xint", "scale", "rotate", "aniso", "xfrac")


def moved(x: Tensor, t: Transforms, chance: Chances) -> Tensor:
    """The geometric part of the pipe; rows that do not move come out bit for bit."""
    if not any(getattr(t, name) for name in _NAMES):
        return x
    inverse = _inverse(t, chance, x.shape[2], x.shape[3])
    moves = (inverse != torch.eye(3).to(x)).flatten(1).any(1)
    return torch.where(moves.view(-1, 1, 1, 1), warp(x, inverse), x)


def _inverse(t: Transforms, chance: Chances, height: int, width: int) -> Tensor:
    """Where each place of the result comes from, (N, 3, 3): the transformations undone, the last one first."""
    flip = 1 - 2 * chance.some(t.xflip, chance.choice(2))
    quarter = chance.some(t.rotate90, chance.choice(4)) * (math.pi / 2)
    whole = chance.some(t.xint, chance.sides(t.xint_max, 2))
    size = chance.some(t.scale, chance.normal(t.scale_std).exp2(), 1.0)
    before = _angle(t, chance)
    stretch = chance.some(t.aniso, chance.normal(t.aniso_std).exp2(), 1.0)
    after = _angle(t, chance)
    part = chance.some(t.xfrac, chance.normal(t.xfrac_std, 2))
    return product(
        scaled(flip, torch.ones_like(flip)),
        turned(quarter),
        shifted((whole[:, :1] * width).round(), (whole[:, 1:] * height).round()),
        scaled(1 / size, 1 / size),
        turned(before),
        scaled(1 / stretch, stretch),
        turned(after),
        shifted(part[:, :1] * width, part[:, 1:] * height),
    )


def _angle(t: Transforms, chance: Chances) -> Tensor:
    # Two turns with this probability each are at least one turn with probability rotate * p.
    once = 1 - (1 - (t.rotate * chance.p).clamp(0, 1)).sqrt()
    return chance.with_probability(once, chance.sides(math.pi * t.rotate_max))
