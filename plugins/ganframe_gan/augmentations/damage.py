"""Pictures made noisy, or cut out, at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe_gan.augmentations import draws
from ganframe_gan.augmentations.draws import Chances

if TYPE_CHECKING:
    from ganframe_gan.augmentations.transforms import Transforms


def noisy(x: Tensor, t: Transforms, chance: Chances) -> Tensor:
    """Normal noise whose strength is drawn row by row."""
    if not t.noise:
        return x
    strength = chance.some(t.noise, chance.normal(t.noise_std).abs())
    return x + strength.view(-1, 1, 1, 1) * draws.normal(x, chance.rng, *x.shape[1:])


def cut(x: Tensor, t: Transforms, chance: Chances) -> Tensor:
    """Zero where a rectangle lies that has its middle anywhere in the picture."""
    if not t.cutout:
        return x
    side = chance.some(t.cutout, torch.full_like(x[:, :1, 0, 0], t.cutout_size)).view(-1, 1, 1, 1)
    kept = torch.zeros(len(x), 1, 1, 1, dtype=torch.bool, device=x.device)
    for axis in (2, 3):
        middle = draws.uniform(x, chance.rng, 1, 1, 1)
        place = (torch.arange(x.shape[axis]).to(x) + 0.5) / x.shape[axis]
        kept = kept | ((place.view(-1, *[1] * (3 - axis)) - middle).abs() >= side / 2)
    return x * kept
