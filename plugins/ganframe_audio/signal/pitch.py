"""The pitch of a sound."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

#: A period of the highest pitch has this many samples at least, so that its peak is not missed between two.
FINE = 12
#: A peak this share as high as the highest one counts: among them the first is the period (the paper's k).
ENOUGH = 0.9


def pitch(x: Tensor, rate: float, low: float, high: float) -> tuple[Tensor, Tensor]:
    """Frequency in Hz and clarity (up to 1) of each sound (N, T), searched from `low` to `high` Hz; 0 where none is.

    The first high peak of the normalised square difference n(t) = 2 r(t) / m(t), r the autocorrelation, m the energy of
    both parts that overlap; its place by a parabola. McLeod and Wyvill 2005, "A smarter way to find pitch".
    """
    finer = max(1, math.ceil(FINE * high / rate))
    first, last = max(2, int(finer * rate / high)), int(min(finer * x.shape[-1] // 2, finer * rate / low + 1))
    if first >= last:
        raise ValueError(f"{x.shape[-1]} samples at {rate:g} Hz are too short for a pitch of {low:g} Hz")
    curve = similarity(x, last + 2, finer)
    before, here, after = curve[:, first - 1 : last], curve[:, first : last + 1], curve[:, first + 1 : last + 2]
    peaks = torch.where((here > before) & (here >= after) & (here > 0), here, torch.zeros_like(here))
    best = peaks.amax(1, keepdim=True)
    lag = ((peaks >= ENOUGH * best) & (peaks > 0)).long().argmax(1, keepdim=True)
    one, two, three = (part.gather(1, lag).squeeze(1) for part in (before, here, after))
    bend = (one - 2 * two + three).clamp(max=-1e-12)
    period = (first + lag.squeeze(1) + (one - three) / (2 * bend)) / finer
    heard = best.squeeze(1) > 0
    return torch.where(heard, rate / period, torch.zeros_like(period)), torch.where(heard, two, torch.zeros_like(two))


def similarity(x: Tensor, lags: int, finer: int = 1) -> Tensor:
    """n(t) of sounds (N, T) for t = 0, 1 / finer, 2 / finer, … in samples, float64; 0 in silence."""
    x, length = x.double(), x.shape[-1]
    spectra = torch.fft.rfft(x, 2 * length)
    power = spectra.real.square() + spectra.imag.square()
    product = torch.fft.irfft(power, 2 * length * finer)[:, :lags] * finer
    energy = F.pad(x.square().cumsum(1), (1, 1))
    shift = torch.arange(lags, device=x.device) / finer
    both = _between(energy, length - shift) + energy[:, length : length + 1] - _between(energy, shift)
    return torch.where(both > 1e-12, 2 * product / both.clamp(min=1e-12), torch.zeros_like(product))


def _between(values: Tensor, places: Tensor) -> Tensor:
    """The columns of values at places between two, along a line."""
    left = places.long()
    return torch.lerp(values[:, left], values[:, left + 1], (places - left).double())


def cents(heard: Tensor, meant: Tensor) -> Tensor:
    """How far the one frequency is from the other, in hundredths of a semitone, without sign; infinite where silent."""
    return torch.where(heard > 0, 1200 * torch.log2(heard.clamp(min=1e-9) / meant).abs(), torch.inf)
