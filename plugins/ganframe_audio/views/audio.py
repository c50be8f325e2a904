"""Sounds as WAV files and as pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from torch import Tensor
from torch.nn import functional as F

from ganframe import Field, component
from ganframe_audio.files import wav
from ganframe_audio.files.decode import whole
from ganframe_audio.views import drawing

#: Seconds of silence between the sounds of one file.
PAUSE = 0.1


@component
class Audio:
    """Sounds: a WAV file of 16 bits, several one after the other with a tenth of a second between; or a picture.

    The picture has each waveform above its spectrogram. Values beyond [-1, 1] are clipped. The sample rate is the
    data's fact `sample_rate`.
    """

    suffixes: ClassVar = (".wav", ".png")
    #: What the run folder shows of a step.
    shows: ClassVar = (".png", ".wav")
    #: How many samples make a good picture, and a file that is listened to.
    samples: ClassVar[int] = 16
    examples = ({"field": Field((1, 400), view="audio", range=(-1.0, 1.0)), "facts": {"sample_rate": 8000}},)

    def write(self, path: Path, values: Tensor, field: Field | None, facts: Mapping[str, Any]) -> None:
        """Write sounds (N, channels, length) one after the other, or as a picture, by the suffix."""
        if path.suffix == ".wav":
            wav.write(path, in_turn(values.detach().cpu().float(), pause(facts)), rate(facts))
        else:
            self.grid(path, values, field, facts, math.ceil(len(values) ** 0.5))

    def read(self, path: Path, field: Field, facts: Mapping[str, Any]) -> Tensor:
        """A sound file as (N, channels, length): one sound, or as many as `write` put one after the other.

        ValueError for another sample rate, another length or other channels, and for a picture.
        """
        if path.suffix == ".png":
            raise ValueError(f"{path}: sounds are read from .wav")
        head, sound = whole(path)
        channels, length = field.shape
        if (head.rate, head.channels) != (rate(facts), channels):
            wanted = f"{rate(facts)} Hz and {channels}"
            raise ValueError(f"{path}: has {head.rate} Hz and {head.channels} channels, not {wanted}")
        step = length + pause(facts)
        if (head.frames - length) % step or head.frames < length:
            raise ValueError(f"{path}: has {head.frames} samples, not {length}")
        return F.pad(sound, (0, step - length)).unflatten(1, (-1, step)).transpose(0, 1)[..., :length].contiguous()

    def grid(
        self, path: Path, values: Tensor, field: Field | None, facts: Mapping[str, Any], columns: int
    ) -> None:
        """Draw each waveform above its spectrogram, in rows of `columns`."""
        drawing.sounds(path, values, rate(facts), columns)


def in_turn(sounds: Tensor, pause: int) -> Tensor:
    """Sounds (N, channels, length) one after the other (channels, …) with so many silent samples between."""
    apart = F.pad(sounds, (0, pause)).transpose(0, 1).flatten(1)
    return apart[:, : apart.shape[1] - pause]


def rate(facts: Mapping[str, Any]) -> int:
    """The sample rate; ValueError for data that say none."""
    if "sample_rate" not in facts:
        raise ValueError("sounds are written at the data's 'sample_rate', and these data say none")
    return int(facts["sample_rate"])


def pause(facts: Mapping[str, Any]) -> int:
    """Silent samples between sounds."""
    return round(PAUSE * rate(facts))
