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
#: Numbers of a table of filters at most, and samples made at once without one.
TABLE, CHUNK = 2**22, 2**14


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
    wanted = resampled_length(x.shape[-1], old, new)
    half = math.ceil(CROSSINGS / _cut(up, down))
    flat = F.pad(x.reshape(-1, x.shape[-1]), (half, half + down + 1))
    if up * (2 * half + down) <= TABLE:
        made = F.conv1d(flat.unsqueeze(1), _taps(up, down, half).to(x), stride=down).transpose(1, 2).flatten(1)
    else:
        made = torch.cat([_some(flat, first, wanted, up, down, half) for first in range(0, wanted, CHUNK)], 1)
    return made[:, :wanted].reshape(*x.shape[:-1], wanted)


def _cut(up: int, down: int) -> float:
    """Where the filter ends, as a share of half of the old rate."""
    return KEPT * min(1.0, up / down)


@lru_cache(maxsize=32)
def _taps(up: int, down: int, half: int) -> Tensor:
    """Filters (up, 1, width), one for each sample of the new rate in a period of both."""
    at = torch.arange(-half, half + down, dtype=torch.float64)
    time = at - torch.arange(up, dtype=torch.float64)[:, None] * down / up
    return _filters(time, _cut(up, down), half).unsqueeze(1)


def _some(flat: Tensor, first: int, wanted: int, up: int, down: int, half: int) -> Tensor:
    """Some samples of the new rate from `first` on, each by a filter of its own: for rates with no short period."""
    centre = torch.arange(first, min(first + CHUNK, wanted)) * down
    begin = centre // up
    time = torch.arange(-half, half + 1, dtype=torch.float64) - (centre % up).double()[:, None] / up
    taps = _filters(time, _cut(up, down), half).to(flat)
    return torch.einsum("ntw,tw->nt", flat[:, begin[:, None] + torch.arange(2 * half + 1)], taps)


def _filters(time: Tensor, cut: float, half: int) -> Tensor:
    """Windowed sincs at these distances from their middles, each with a sum of 1."""
    inside = (1 - (time / half).square()).clamp(min=0)
    shape = torch.special.i0(BETA * inside.sqrt()) / torch.special.i0(torch.tensor(BETA, dtype=torch.float64))
    taps = torch.sinc(cut * time) * shape * (time.abs() <= half)
    return taps / taps.sum(1, keepdim=True)
