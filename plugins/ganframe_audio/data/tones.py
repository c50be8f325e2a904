"""Tones and chirps, made by a formula."""

from __future__ import annotations

import math

import torch

from ganframe import component, option
from ganframe_audio.data.rows import Sounds, stream

KINDS = ("steady", "rising", "falling")


@component
class Tones:
    """Tones that stay, rise or fall: the way they go is the class, everything else is drawn.

    sum over k of r^(k-1) sin(2 pi k phi(t) + a_k), k = 1..3, faded in and out over a twentieth; phi(t) runs with the
    frequency, which starts anywhere from `low` to `high` (evenly in octaves) and moves by up to `octaves` to the end.
    Fields: `x` (1, length) in [-1, 1], `label` one-hot. Facts: `channels length sample_rate seconds classes
    frequencies`.
    """

    low: float = option(200.0, "lowest frequency in Hz at the beginning", min=20.0)
    high: float = option(600.0, "highest frequency in Hz at the beginning", min=20.0)
    octaves: float = option(1.0, "how far a chirp goes at most; at least half of that", min=0.1, max=4.0)
    sample_rate: int = option(8000, "samples a second", min=1000)
    length: int = option(2048, "samples of a sound", min=64)
    rows: int = option(3000, "sounds, the classes in turn", min=1)
    split: str = option("train", "other sounds in each part", choices=("train", "test"))
    seed: int = option(0, "seed of the sounds (not the run's)", min=0)

    examples = ({"options": {"rows": 64}},)

    def open(self) -> Sounds:
        """Make them all. ValueError where 'low' is above 'high', or the third harmonic does not fit the sample rate."""
        if self.low > self.high:
            raise ValueError(f"'low' = {self.low:g} is above 'high' = {self.high:g}")
        if (top := 3 * self.high * 2**self.octaves) > self.sample_rate / 2:
            raise ValueError(f"these tones reach {top:g} Hz, more than half of 'sample_rate' = {self.sample_rate}")
        rng = stream(self.seed, self.split)
        codes = torch.arange(self.rows) % len(KINDS)
        way = torch.tensor([0.0, 1.0, -1.0])[codes]
        begin, far, ring, loud = (torch.rand(self.rows, 1, generator=rng) for _ in range(4))
        turn = torch.rand(3, self.rows, 1, generator=rng) * 2 * math.pi
        time = torch.arange(self.length) / self.length
        octaves = way[:, None] * self.octaves * (1 + far) / 2
        hertz = self.low * (self.high / self.low) ** begin * 2 ** (octaves * time)
        phase = 2 * math.pi * hertz.double().cumsum(1) / self.sample_rate
        sound = sum(ring**k * torch.sin((k + 1) * phase + turn[k]) for k in range(3)).float()
        sound *= (torch.minimum(time, 1 - time) * 20).clamp(max=1)
        sound *= (0.5 + 0.45 * loud) / sound.abs().amax(1, keepdim=True)
        return Sounds(sound.unsqueeze(1), codes, KINDS, self.sample_rate)
