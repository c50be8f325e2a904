"""Sounds at another sample rate."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

#: Zero crossings of the sinc on either side, the share of the band that is kept, and the window's shape: what is
#: kept is flat within 0.1 dB, what would fold back is 80 dB down.
CROSSINGS, KEPT, BETA = 48, 0.94, 8.6


def resampled_length(length: int, old: int, new: int) -> int:
    """The samples that `resampled` makes of so many."""
    return -(-length * new // old)


def resampled(x: Tensor, old: int, new: int) -> Tensor:
    """Sounds (..., T) at `old` Hz as (..., ceil(T new / old)) at `new` Hz; silence is assumed before and after.

    A windowed sinc whose taps for each of the new / gcd phases are one filter (Crochiere and Rabiner 1983).
    """
    if old == new or not x.shape[-1]:
        return x
    common = math.gcd(old, new)
    up, down = new // common, old // common
    taps, half = _taps(up, down)
    wanted = resampled_length(x.shape[-1], old, new)
    flat = F.pad(x.reshape(-1, 1, x.shape[-1]), (half, half + down))
    made = F.conv1d(flat, taps.to(x), stride=down)
    return made.transpose(1, 2).flatten(1)[:, :wanted].reshape(*x.shape[:-1], wanted)


@lru_cache(maxsize=32)
def _taps(up: int, down: int) -> tuple[Tensor, int]:
    """Filters (up, 1, width), one for each sample of the new rate in a period of both, and the samples before."""
    cut = KEPT * min(1.0, up / down)
    half = math.ceil(CROSSINGS / cut)
    at = torch.arange(-half, half + down, dtype=torch.float64)
    time = at - torch.arange(up, dtype=torch.float64)[:, None] * down / up
    inside = (1 - (time / half).square()).clamp(min=0)
    shape = torch.special.i0(BETA * inside.sqrt()) / torch.special.i0(torch.tensor(BETA, dtype=torch.float64))
    taps = cut * torch.sinc(cut * time) * shape * (time.abs() <= half)
    return (taps / taps.sum(1, keepdim=True)).unsqueeze(1), half
