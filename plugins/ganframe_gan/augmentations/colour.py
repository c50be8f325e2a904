"""Pictures lightened, darkened and coloured at random."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe_gan.augmentations.draws import Chances

if TYPE_CHECKING:
    from ganframe_gan.augmentations.transforms import Transforms

_NAMES = ("brightness", "contrast", "lumaflip", "hue", "saturation")


def coloured(x: Tensor, t: Transforms, chance: Chances) -> Tensor:
    """The colour part of the pipe; rows whose colours stay come out bit for bit.

    Brightness b, contrast c, lumaflip f (1 or -1), hue a and saturation s, in that order, are one affine map of a
    pixel: with v the unit vector of grey, f c v v^T (x + b) + c s [cos(a) (x - v v^T x) + sin(a) v cross x].
    """
    if not any(getattr(t, name) for name in _NAMES):
        return x
    b = chance.some(t.brightness, chance.normal(t.brightness_std))
    c = chance.some(t.contrast, chance.normal(t.contrast_std).exp2(), 1.0)
    f = 1 - 2 * chance.some(t.lumaflip, chance.choice(2))
    a = chance.some(t.hue, chance.sides(math.pi * t.hue_max))
    s = chance.some(t.saturation, chance.normal(t.saturation_std).exp2(), 1.0)
    changes = (b != 0) | (c != 1) | (f != 1) | (a != 0) | (s != 1)
    b, c, f, a, s, changes = (value.view(-1, 1, 1, 1) for value in (b, c, f, a, s, changes))

    grey = x.mean(1, keepdim=True)
    colour = x - grey
    if x.shape[1] == 3:
        across = (x.roll(-2, 1) - x.roll(-1, 1)) / math.sqrt(3)
        colour = a.cos() * colour + a.sin() * across
    return torch.where(changes, f * c * (grey + b) + c * s * colour, x)
