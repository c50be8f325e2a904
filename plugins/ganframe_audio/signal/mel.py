"""Sounds as pictures of mel bands, and back: what a data set, a view and a metric must do alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe_audio.signal.spectrum import decibels, full_scale, griffin_lim, mel_bands, power, spread

#: Steps of Griffin-Lim: more is hardly heard.
STEPS = 60
#: Sounds made at once.
CHUNK = 64


@attrs.frozen
class MelScale:
    """How sounds of one sample rate become mel spectrograms (mels, frames) in [-1, 1].

    -1 is `decibels` dB below full scale or less, 1 is full scale. Frames: one every `hop` samples, length / hop of
    them.
    """

    sample_rate: int
    length: int
    fft_size: int
    hop: int
    mels: int
    low: float
    high: float
    decibels: float

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> MelScale:
        """That of data with these facts; ValueError where they name none."""
        missing = [a.name for a in attrs.fields(cls) if a.name not in facts]
        if missing:
            raise ValueError(f"these data do not say how their spectrograms were made: no {', '.join(missing)}")
        return cls(**{a.name: facts[a.name] for a in attrs.fields(cls)})

    @property
    def frames(self) -> int:
        """Columns of a spectrogram."""
        return self.length // self.hop

    def filters(self) -> Tensor:
        """The bands (mels, fft_size / 2 + 1)."""
        return mel_bands(self.mels, self.fft_size, self.sample_rate, self.low, self.high)

    def spectrograms(self, sounds: Tensor) -> Tensor:
        """Spectrograms (N, mels, frames) of sounds (N, length)."""
        bands = self.filters() @ power(sounds, self.fft_size, self.hop)[..., : self.frames]
        return (1 + 2 * decibels(bands, self.fft_size) / self.decibels).clamp(-1, 1)

    def sounds(self, spectrograms: Tensor, steps: int = STEPS) -> Tensor:
        """Sounds (N, length) of spectrograms (N, mels, frames), within [-1, 1]: phases by Griffin-Lim."""
        filters = self.filters()
        return torch.cat([self._sounds(part, filters, steps) for part in spectrograms.float().cpu().split(CHUNK)])

    def _sounds(self, spectrograms: Tensor, filters: Tensor, steps: int) -> Tensor:
        level = (spectrograms.clamp(-1, 1) - 1) * self.decibels / 20
        bands = 10**level * full_scale(self.fft_size)
        bands = bands * (spectrograms > -1)
        bands = torch.cat([bands, bands[..., -1:]], -1)
        made = griffin_lim(spread(bands, filters).sqrt(), self.fft_size, self.hop, self.hop * self.frames, steps)
        left = self.length - made.shape[-1]
        return torch.nn.functional.pad(made, (0, left)).clamp(-1, 1)
