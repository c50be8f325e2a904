"""Short-time spectra of sounds (C, T)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_audio.signal.spectrum import mel_bands, power

SIZE = "samples of a window"
HOP = "samples from frame to frame; 0 for a quarter of the window"
#: Under the root of a magnitude, where its slope would be infinite.
ROOT = 1e-8


@component
class Spectrogram:
    """The magnitudes |STFT| of a sound (C, T) as (C, fft_size / 2 + 1, T // hop + 1): sqrt(re^2 + im^2 + 1e-8).

    Hann windows centred every `hop` samples, the ends mirrored, no normalization (as `torch.stft`).
    """

    examples = ({"options": {"fft_size": 16}, "x": (1, 64)}, {"options": {"fft_size": 32, "hop": 16}, "x": (2, 50)})
    fft_size: int = option(512, SIZE, min=4, max=65_536)
    hop: int = option(0, HOP, min=0)

    def build(self, x: Shape) -> nn.Module:
        return _Spectrum(x, self.fft_size, self.hop, "root", 0.0)


@component
class LogSpectrum:
    """The logarithm of the magnitudes, log(|STFT|^2 + floor) / 2, of a sound (C, T) as (C, fft_size / 2 + 1, frames).

    A discriminator that reads it hears as we do: quiet overtones count as much as loud ones, phases not at all. Windows
    as in Spectrogram. The floor is in units of power: a sine of full scale has (fft_size / 4)^2.
    """

    examples = ({"options": {"fft_size": 16}, "x": (1, 64)}, {"options": {"fft_size": 32, "hop": 16}, "x": (2, 50)})
    fft_size: int = option(512, SIZE, min=4, max=65_536)
    hop: int = option(0, HOP, min=0)
    floor: float = option(0.01, "power that is added before the logarithm: what is fainter is silence", min=1e-10)

    def build(self, x: Shape) -> nn.Module:
        return _Spectrum(x, self.fft_size, self.hop, "log", self.floor)


@component
class MelSpectrogram:
    """log(mel + floor) of a sound (C, T) as (C, mels, frames): |STFT|^2 summed under triangles of height 1.

    The triangles are evenly spread over 2595 log10(1 + f / 700) from `low` to `high` Hz. Windows as in Spectrogram.
    With FrechetDistance's `features` it is a distance of sounds as they are heard.
    """

    examples = (
        {"options": {"sample_rate": 8000, "fft_size": 64, "mels": 8}, "x": (1, 200)},
        {"options": {"sample_rate": 8000, "fft_size": 128, "mels": 6, "hop": 50}, "x": (2, 200)},
    )
    sample_rate: int = option(doc="of the sound; `$data.sample_rate`", min=1)
    fft_size: int = option(512, SIZE, min=4, max=65_536)
    hop: int = option(0, HOP, min=0)
    mels: int = option(64, "bands", min=1)
    low: float = option(0.0, "Hz where the lowest band begins", min=0.0)
    high: float = option(0.0, "Hz where the highest band ends; 0 for half of the sample rate", min=0.0)
    floor: float = option(0.01, "power that is added before the logarithm: what is fainter is silence", min=1e-10)

    def build(self, x: Shape) -> nn.Module:
        module = _Spectrum(x, self.fft_size, self.hop, "mel", self.floor)
        high = self.high or self.sample_rate / 2
        with torch.device("cpu"):  # its faults are found on numbers, which the meta device has not
            bands = mel_bands(self.mels, self.fft_size, self.sample_rate, self.low, high)
        module.register_buffer("bands", bands.to(torch.get_default_device()), persistent=False)
        return module


class _Spectrum(nn.Module):
    def __init__(self, x: Shape, size: int, hop: int, kind: str, floor: float) -> None:
        super().__init__()
        if len(x) != 2:
            raise ValueError(f"expected a sound (channels, samples), got {x}")
        if x[1] <= size // 2:
            raise ValueError(f"{x[1]} samples are too few for windows of {size}")
        self.size, self.hop, self.kind, self.floor = size, hop or max(1, size // 4), kind, floor

    def forward(self, x: Tensor) -> Tensor:
        if not torch.amp.is_autocast_available(x.device.type):
            return self._seen(x)
        with torch.autocast(x.device.type, enabled=False):  # logarithms of what bfloat16 leaves are noise
            return self._seen(x)

    def _seen(self, x: Tensor) -> Tensor:
        found = power(x.float().flatten(0, 1), self.size, self.hop)
        if self.kind == "root":
            found = (found + ROOT).sqrt()
        elif self.kind == "log":
            found = (found + self.floor).log() / 2
        else:
            found = (self.bands @ found + self.floor).log()
        return found.unflatten(0, x.shape[:2])
