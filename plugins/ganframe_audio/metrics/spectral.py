"""How the spectra of samples differ from those of the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_audio.metrics.heard import sounds
from ganframe_audio.signal.spectrum import decibels, power

#: Levels that are told apart, in dB below full scale: from LOW up, each STEP wide.
LOW, HIGH, STEP = -100.0, 10.0, 0.5
LEVELS = round((HIGH - LOW) / STEP)


@component
class SpectralDistance:
    """How far the levels of samples are from those of real sounds, frequency by frequency, in dB.

    For each window size, with hops of a quarter: the levels 10 log10 |STFT|^2 (dB below a sine of full scale, at least
    -100) of all rows and frames make a distribution at each frequency; the figure `distance` is the Wasserstein-1
    distance of both distributions, mean over frequencies, then over sizes. It is 0 for the same sounds, sees loudness,
    colour, decay and noise, but not which levels come together. Sizes that a sound is too short for are left out.
    """

    better: ClassVar = {"distance": "lower"}
    examples = ({"data": "Plucks"},)

    fft_sizes: tuple[int, ...] = option((1024, 256, 64), "window sizes in samples", min=16, max=65_536)
    field: str = option("", "the field that is listened to; the data's first where left out")

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> SpectralMeter:
        """A meter; ValueError for data without sounds, or where none of the sizes fits them."""
        name, hear = sounds(self.field, fields, facts)
        length = int(facts["length"]) if fields[name].view == "mel" else fields[name].shape[-1]
        sizes = tuple(size for size in self.fft_sizes if size // 2 < length)
        if not sizes:
            raise ValueError(f"sounds of {length} samples are too short for windows of {self.fft_sizes}")
        return SpectralMeter(name, hear, sizes)


class SpectralMeter:
    """Counts how often each level comes at each frequency."""

    def __init__(self, name: str, hear: Callable[[Tensor], Tensor], sizes: tuple[int, ...]) -> None:
        self._name, self._hear, self._sizes = name, hear, sizes
        self._counts = {
            side: [torch.zeros(size // 2 + 1, LEVELS, dtype=torch.int64) for size in sizes] for side in ("real", "fake")
        }
        self._rows = {"real": 0, "fake": 0}

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        for side, batch in (("real", real), ("fake", fake)):
            heard = self._hear(batch[self._name])
            self._rows[side] += len(heard)
            for size, counts in zip(self._sizes, self._counts[side], strict=True):
                counts += levels(heard, size)

    def compute(self) -> dict[str, float]:
        """`distance`; ValueError without samples."""
        if not all(self._rows.values()):
            raise ValueError("no samples")
        pairs = zip(self._counts["real"], self._counts["fake"], strict=True)
        return {"distance": sum(apart(real, fake) for real, fake in pairs) / len(self._sizes)}

    @property
    def protocol(self) -> dict[str, str]:
        """What the figure rests on."""
        return {"n": f"{self._rows['fake']}/{self._rows['real']}", "windows": "/".join(map(str, self._sizes))}


def levels(sounds: Tensor, size: int) -> Tensor:
    """How often each level comes at each frequency (size / 2 + 1, LEVELS) in sounds (N, T)."""
    found = decibels(power(sounds, size, max(1, size // 4)), size)
    place = ((found - LOW) / STEP).long().clamp(0, LEVELS - 1).transpose(1, 2).reshape(-1, size // 2 + 1)
    place += torch.arange(size // 2 + 1) * LEVELS
    return torch.bincount(place.flatten(), minlength=(size // 2 + 1) * LEVELS).view(-1, LEVELS)


def apart(real: Tensor, fake: Tensor) -> float:
    """The Wasserstein-1 distance in dB of counts (frequencies, LEVELS), mean over frequencies."""
    below = [(counts.cumsum(1) / counts.sum(1, keepdim=True)).double() for counts in (real, fake)]
    return float((below[0] - below[1]).abs().sum(1).mean() * STEP)
