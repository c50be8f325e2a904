"""Plucked strings, made by a formula."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ganframe import component, option
from ganframe_audio.data.rows import Sounds, stream

C_MAJOR = (262.0, 294.0, 330.0, 349.0, 392.0, 440.0, 494.0, 523.0)
NOTES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


@component
class Plucks:
    """Plucked strings (Karplus-Strong), the pitch as class: every sound another burst of noise, decay and loudness.

    y[t] = rho (h0 y[t - N] + h1 y[t - N - 1] + h2 y[t - N - 2]), h = [.5, .5] * [1 - f, f], N + f = rate / pitch - .5,
    which tunes the string; it begins as noise without its mean, averaged over two samples. Fields: `x` (1, length) in
    [-1, 1], `label` one-hot. Facts: `channels length sample_rate seconds classes frequencies pitches` (Hz by class).
    Source: Karplus and Strong 1983; Jaffe and Smith 1983 (tuning).
    """

    pitches: tuple[float, ...] = option(C_MAJOR, "Hz of each class; the C major scale where left out", min=20.0)
    sample_rate: int = option(8000, "samples a second", min=1000)
    length: int = option(2048, "samples of a sound", min=64)
    decay: tuple[float, float] = option((0.985, 0.998), "what a period leaves (rho), drawn between", min=0.0, max=1.0)
    peak: tuple[float, float] = option((0.6, 0.95), "the loudest sample, drawn between", min=0.0, max=1.0)
    rows: int = option(4000, "sounds, the classes in turn", min=1)
    split: str = option("train", "other sounds in each part", choices=("train", "test"))
    seed: int = option(0, "seed of the sounds (not the run's)", min=0)

    examples = ({"options": {"rows": 64}},)

    def open(self) -> Sounds:
        """Pluck them all. ValueError for a pitch that the sample rate cannot hold, or bounds in the wrong order."""
        if not self.pitches:
            raise ValueError("'pitches' names none")
        if (high := max(self.pitches)) > self.sample_rate / 8:
            raise ValueError(f"a string of {high:g} Hz needs 'sample_rate' {8 * high:g}, not {self.sample_rate}")
        for name, (low, top) in (("decay", self.decay), ("peak", self.peak)):
            if low > top:
                raise ValueError(f"'{name}' must rise, not go from {low:g} to {top:g}")
        rng = stream(self.seed, self.split)
        codes = torch.arange(self.rows) % len(self.pitches)
        sounds = torch.empty(self.rows, self.length)
        for code, pitch in enumerate(self.pitches):
            chosen = codes == code
            sounds[chosen] = plucked(int(chosen.sum()), pitch, self.sample_rate, self.length, self.decay, rng)
        loud = _between(self.peak, self.rows, rng)
        sounds *= loud / sounds.abs().amax(1, keepdim=True).clamp(min=1e-9)
        names = note_names(self.pitches)
        return Sounds(sounds.unsqueeze(1), codes, names, self.sample_rate, {"pitches": list(self.pitches)})


def plucked(
    rows: int, pitch: float, rate: int, length: int, decay: tuple[float, float], rng: torch.Generator
) -> Tensor:
    """Strings (rows, length) of one pitch."""
    period = rate / pitch - 0.5
    whole = math.floor(period)
    rest = period - whole
    noise = torch.rand(rows, whole + 3, generator=rng) * 2 - 1
    noise -= noise.mean(1, keepdim=True)
    begin = (noise[:, 1:] + noise[:, :-1]) / 2
    rho = _between(decay, rows, rng)
    y = torch.zeros(rows, max(length, whole + 2))
    y[:, : whole + 2] = begin
    # A period at a time: all that it hangs on is there already.
    for start in range(whole + 2, length, whole):
        end = min(start + whole, length)
        one, two, three = (y[:, start - whole - k : end - whole - k] for k in (0, 1, 2))
        y[:, start:end] = rho * ((1 - rest) / 2 * one + two / 2 + rest / 2 * three)
    return y[:, :length]


def _between(ends: tuple[float, float], rows: int, rng: torch.Generator) -> Tensor:
    return ends[0] + (ends[1] - ends[0]) * torch.rand(rows, 1, generator=rng)


def note_names(pitches: tuple[float, ...]) -> tuple[str, ...]:
    """Names of the nearest notes (A4 is 440 Hz), or the frequencies where two would share one."""
    keys = [round(69 + 12 * math.log2(pitch / 440)) for pitch in pitches]
    names = tuple(f"{NOTES[key % 12]}{key // 12 - 1}" for key in keys)
    return names if len(set(names)) == len(names) else tuple(f"{pitch:g} Hz ({i})" for i, pitch in enumerate(pitches))
