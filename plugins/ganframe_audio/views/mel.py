"""Mel spectrograms as the sounds that they stand for, and as pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from torch import Tensor

from ganframe import Field, component
from ganframe_audio.files import wav
from ganframe_audio.signal.mel import MelScale
from ganframe_audio.views import drawing
from ganframe_audio.views.audio import in_turn, pause

FACTS = {
    "sample_rate": 8000, "length": 1024, "fft_size": 256, "hop": 64, "mels": 16, "low": 0.0, "high": 4000.0,
    "decibels": 80.0,
}  # fmt: skip


@component
class Mel:
    """Mel spectrograms (1, mels, frames): a WAV file of the sounds that they stand for, in turn; or a picture.

    Phases are found by 60 steps of the fast Griffin-Lim algorithm (Perraudin et al. 2013) after the bands are spread
    over their frequencies; how spectrograms were made is told by the data's facts. The picture has each spectrogram
    below the waveform that was found.
    """

    suffixes: ClassVar = (".wav", ".png")
    shows: ClassVar = (".png", ".wav")
    #: How many samples make a good picture, and a file that is listened to.
    samples: ClassVar[int] = 16
    examples = ({"field": Field((1, 16, 16), view="mel", range=(-1.0, 1.0)), "facts": FACTS},)

    def write(self, path: Path, values: Tensor, field: Field | None, facts: Mapping[str, Any]) -> None:
        """Write the sounds (N, 1, mels, frames) stand for, or a picture, by the suffix."""
        if path.suffix == ".wav":
            made = MelScale.of(facts).sounds(values[:, 0].detach())
            wav.write(path, in_turn(made.unsqueeze(1), pause(facts)), facts["sample_rate"])
        else:
            self.grid(path, values, field, facts, math.ceil(len(values) ** 0.5))

    def grid(
        self, path: Path, values: Tensor, field: Field | None, facts: Mapping[str, Any], columns: int
    ) -> None:
        """Draw each spectrogram below its waveform, in rows of `columns`."""
        scale, values = MelScale.of(facts), values[:, 0].detach().cpu().float()
        shown = (1 + (values - 1) * scale.decibels / 2 / drawing.RANGE).clamp(0, 1)
        sounds = scale.sounds(values).unsqueeze(1)
        cells = [drawing.cell(drawing.waveform(s), drawing.scaled(p)) for s, p in zip(sounds, shown, strict=True)]
        words = drawing.caption(scale.length / scale.sample_rate, f"{scale.high:,.0f} Hz, in mels")
        drawing.sheet(path, cells, columns, words)
