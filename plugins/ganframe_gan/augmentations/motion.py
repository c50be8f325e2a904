"""Pictures mirrored, turned, moved and stretched at random."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe_gan.augmentations.draws import Chances
from ganframe_gan.augmentations.warp import warp

if TYPE_CHECKING:
    from ganframe_gan.augmentations.transforms import Transforms

_NAMES = ("xflip", "rotate90", "xint", "scale", "rotate", "aniso", "xfrac")


def moved(x: Tensor, t: Transforms, chance: Chances) -> Tensor:
    """The geometric part of the pipe; rows that do not move come out bit for bit."""
    if not any(getattr(t, name) for name in _NAMES):
        return x
    height, width = x.shape[2:]
    flip = 1 - 2 * chance.some(t.xflip, chance.choice(2))
    quarter = chance.some(t.rotate90, chance.choice(4)) * (math.pi / 2)
    whole = chance.some(t.xint, chance.sides(t.xint_max, 2))
    size = chance.some(t.scale, chance.normal(t.scale_std).exp2(), 1.0)
    before = _angle(t, chance)
    stretch = chance.some(t.aniso, chance.normal(t.aniso_std).exp2(), 1.0)
    after = _angle(t, chance)
    part = chance.some(t.xfrac, chance.normal(t.xfrac_std, 2))
    inverse = _product(
        _scaled(flip, torch.ones_like(flip)), _turned(quarter),
        _shifted((whole[:, :1] * width).round(), (whole[:, 1:] * height).round()), _scaled(1 / size, 1 / size),
        _turned(before), _scaled(1 / stretch, stretch), _turned(after),
        _shifted(part[:, :1] * width, part[:, 1:] * height),
    )  # fmt: skip
    moves = (inverse != torch.eye(3).to(x)).flatten(1).any(1)
    return torch.where(moves.view(-1, 1, 1, 1), warp(x, inverse), x)


def _angle(t: Transforms, chance: Chances) -> Tensor:
    # Turning twice, each time with probability q, is turning at all with probability rotate * p.
    q = 1 - (1 - (t.rotate * chance.p).clamp(0, 1)).sqrt()
    return torch.where(
        chance.some(1.0, torch.ones_like(chance.sides(1.0))) > 2, 0.0, chance.sides(math.pi * t.rotate_max)
    ) * (q > 2)
