"""Spectrograms of other sound data."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_audio.data.plucks import Plucks
from ganframe_audio.signal.mel import MelScale


@component
class MelSpectrograms:
    """Mel spectrograms of other sound data as pictures: the logarithm of the power in each band, frame by frame.

    Fields: `x` (1, mels, length / hop) in [-1, 1], from `decibels` below full scale to full scale, low bands first; the
    other fields of `sounds`. Facts: those of `sounds`, `height width`, and `fft_size hop mels low high decibels`, by
    which samples are made sounds again (Griffin-Lim). Sounds of several channels are mixed.
    Source: the picture that SpecGAN makes (arXiv:1802.04208, section 3.2), with mel bands for its linear ones.
    """

    sounds: Any = option(None, "the sound data; Plucks where left out", kind="dataset")
    fft_size: int = option(512, "samples of a window, a power of two", min=16, max=65_536)
    hop: int = option(64, "samples from frame to frame; must divide the sounds' length", min=1)
    mels: int = option(64, "bands", min=2)
    low: float = option(0.0, "Hz where the lowest band begins", min=0.0)
    high: float = option(0.0, "Hz where the highest band ends; 0 for half of the sample rate", min=0.0)
    decibels: float = option(80.0, "from the faintest to the loudest that is told apart", min=1.0)
    split: str = option("", "the part of 'sounds' that is read, where they have parts; theirs where left out")

    examples = ({"options": {"sounds": Plucks(rows=64)}},)

    def open(self) -> Pictures:
        """Open the sounds; ValueError where they are none, or where bands, hop or window do not fit them."""
        dataset = self.sounds or Plucks()
        if self.split and not hasattr(dataset, "split"):
            raise ValueError(f"{type(dataset).__name__} has no part '{self.split}'")
        data = (attrs.evolve(dataset, split=self.split) if self.split else dataset).open()
        name, field = next(iter(data.fields().items()))
        if field.view != "audio":
            raise ValueError(f"'sounds' must be sound data, but its first field '{name}' is shown as {field.view}")
        return Pictures(data, name, self._scale(data.facts()))

    def _scale(self, facts: dict[str, Any]) -> MelScale:
        rate, length = facts["sample_rate"], facts["length"]
        if self.fft_size & (self.fft_size - 1) or self.hop > self.fft_size // 2:
            raise ValueError("'fft_size' must be a power of two, at least twice 'hop'")
        if length % self.hop or length <= self.fft_size // 2:
            raise ValueError(f"'hop' must divide the {length} samples of a sound, and half of 'fft_size' be less")
        high = self.high or rate / 2
        scale = MelScale(rate, length, self.fft_size, self.hop, self.mels, self.low, high, self.decibels)
        scale.filters()
        return scale


@attrs.frozen(eq=False)
class Pictures:
    """Open data: the spectrograms of open sounds."""

    data: Any
    name: str
    scale: MelScale

    def fields(self) -> dict[str, Field]:
        """The spectrogram for the sound, and the other fields."""
        shape = (1, self.scale.mels, self.scale.frames)
        return {**self.data.fields(), self.name: Field(shape, view="mel", range=(-1.0, 1.0))}

    def facts(self) -> dict[str, Any]:
        """Those of the sounds, and how spectrograms were made of them."""
        size = {"channels": 1, "height": self.scale.mels, "width": self.scale.frames}
        return {**self.data.facts(), **attrs.asdict(self.scale), **size}

    def __len__(self) -> int:
        return len(self.data)

    def batch(self, indices: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:
        """The rows at these indices."""
        rows = self.data.batch(indices, rng)
        return {**rows, self.name: self.scale.spectrograms(rows[self.name].mean(1)).unsqueeze(1)}
