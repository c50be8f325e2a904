"""Short-time spectra, mel bands, and sounds from spectra that have lost their phase."""

from __future__ import annotations

import torch
from torch import Tensor

#: Momentum of the fast Griffin-Lim algorithm (Perraudin et al. 2013, section 3).
MOMENTUM = 0.99
#: Steps that spread mel bands back over frequencies.
SPREADING = 30
TINY = 1e-10


def window(size: int, like: Tensor) -> Tensor:
    """The periodic Hann window of that many samples."""
    return torch.hann_window(size, device=like.device, dtype=like.dtype)


def stft(x: Tensor, size: int, hop: int) -> Tensor:
    """Complex spectra (N, size / 2 + 1, T // hop + 1) of sounds (N, T), Hann windows centred every `hop` samples.

    The ends are mirrored, so a sound must be longer than half a window.
    """
    return torch.stft(x, size, hop, window=window(size, x), center=True, pad_mode="reflect", return_complex=True)


def power(x: Tensor, size: int, hop: int) -> Tensor:
    """|STFT|^2 of sounds (N, T)."""
    spectra = stft(x, size, hop)
    return spectra.real.square() + spectra.imag.square()


def full_scale(size: int) -> float:
    """What a sine of amplitude 1 in the middle of a bin has in `power`: (sum of the window / 2)^2."""
    return (size / 4) ** 2


def decibels(power: Tensor, size: int, floor: float = TINY) -> Tensor:
    """`power` in dB below a sine of full scale."""
    return 10 * torch.log10(power / full_scale(size) + floor)


def hertz_of(mel: Tensor) -> Tensor:
    """Frequencies of places on the mel scale."""
    return 700 * (10 ** (mel / 2595) - 1)


def mel_of(hertz: Tensor) -> Tensor:
    """Places on the mel scale: 2595 log10(1 + f / 700) (O'Shaughnessy 1987)."""
    return 2595 * torch.log10(1 + hertz / 700)


def mel_bands(bands: int, size: int, rate: float, low: float, high: float) -> Tensor:
    """Triangles of height 1 (bands, size / 2 + 1), evenly spread on the mel scale from `low` to `high` Hz.

    ValueError where the range is none, or where a band is so narrow that no frequency of the spectrum lies in it.
    """
    if not 0 <= low < high <= rate / 2:
        raise ValueError(f"bands from {low:g} to {high:g} Hz do not lie within 0 to {rate / 2:g} Hz")
    ends = torch.tensor([low, high], dtype=torch.float64)
    edges = hertz_of(torch.linspace(*mel_of(ends).tolist(), bands + 2, dtype=torch.float64))
    at = torch.linspace(0, rate / 2, size // 2 + 1, dtype=torch.float64)
    up = (at - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - at) / (edges[2:] - edges[1:-1])[:, None]
    found = torch.minimum(up, down).clamp(min=0)
    empty = int((found.sum(1) == 0).sum())
    if empty:
        raise ValueError(f"{empty} of {bands} mel bands hold no frequency; take fewer bands or a larger 'fft_size'")
    return found.float()


def spread(bands: Tensor, filters: Tensor) -> Tensor:
    """The power (N, F, frames), not negative, whose mel bands are nearest to these (N, bands, frames).

    Multiplicative steps for least squares (Lee and Seung 2001) from the filters' own shape.
    """
    found = wanted = filters.T @ bands
    for _ in range(SPREADING):
        found = found * wanted / (filters.T @ (filters @ found) + TINY)
    return found


def griffin_lim(magnitude: Tensor, size: int, hop: int, length: int, steps: int) -> Tensor:
    """Sounds (N, length) with about these magnitudes (N, F, frames); the same each time.

    Phases begin at random and are made consistent: Griffin and Lim 1984, with the momentum of Perraudin et al. 2013.
    """
    rng = torch.Generator().manual_seed(0)
    angle = torch.rand(magnitude.shape, generator=rng).to(magnitude) * 2 * torch.pi
    phase = torch.polar(torch.ones_like(magnitude), angle)
    before = torch.zeros_like(phase)
    for _ in range(steps):
        again = stft(_sound(magnitude * phase, size, hop, length), size, hop)
        ahead = again + MOMENTUM * (again - before)
        phase, before = ahead / ahead.abs().clamp(min=TINY), again
    return _sound(magnitude * phase, size, hop, length)


def _sound(spectra: Tensor, size: int, hop: int, length: int) -> Tensor:
    return torch.istft(spectra, size, hop, window=window(size, spectra.real), center=True, length=length)
