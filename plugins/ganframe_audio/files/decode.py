"""A sound file as samples at one rate with so many channels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe_audio.files import wav
from ganframe_audio.files.wav import BadSound, Head
from ganframe_audio.signal.resample import resampled, resampled_length

WAV = frozenset([".wav", ".wave"])
#: What soundfile reads.
OTHERS = frozenset([".flac", ".ogg", ".oga", ".mp3", ".aif", ".aiff", ".au", ".opus"])
SUFFIXES = WAV | OTHERS


class NoLibrary(ValueError):
    """A file of a kind that is read by a library that is not there: no fault of the file's."""


def head(path: Path) -> Head:
    """What a file says of itself, without decoding it. BadSound, NoLibrary."""
    if path.suffix.lower() in WAV:
        return wav.layout(path).head
    info = _asked(path, "info")
    return Head(info.samplerate, info.channels, info.frames, f"{info.format}, {info.subtype}")


def whole(path: Path) -> tuple[Head, Tensor]:
    """The whole sound (channels, T), full scale from -1 to 1. BadSound, NoLibrary."""
    if path.suffix.lower() in WAV:
        about, sound = wav.read(path)
    else:
        values, rate = _asked(path, "read", dtype="float32", always_2d=True)
        sound = torch.from_numpy(values.T.copy())
        about = Head(rate, len(sound), sound.shape[1], path.suffix.lower())
    if not sound.numel():
        raise BadSound(f"{path}: holds no samples")
    if not bool(torch.isfinite(sound).all()):
        raise BadSound(f"{path}: holds values that are not finite")
    return about, sound


def _asked(path: Path, what: str, **options: Any) -> Any:
    """What soundfile says of a file."""
    try:
        import soundfile
    except ImportError:
        raise NoLibrary(
            f'{path}: only .wav is read without soundfile; pip install "ganframe[audio]" for {path.suffix.lower()}'
        ) from None
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        return getattr(soundfile, what)(str(path), **options)
    except (RuntimeError, ValueError, TypeError) as error:  # libsndfile's errors are RuntimeErrors
        raise BadSound(f"{path}: cannot be read as a sound ({error})") from None


@attrs.frozen
class Decoder:
    """Makes every file a sound (channels, T) at one rate, within [-1, 1].

    Channels: one is their mean, two are made of one by doubling it; any other change is refused. Another rate is
    refused unless `resample`. With `normalize` the loudest sample of each file becomes 1.
    """

    rate: int
    channels: int
    resample: bool = False
    normalize: bool = False

    def frames(self, about: Head) -> int:
        """The samples that a file with this header gives."""
        return resampled_length(about.frames, about.rate, self.rate)

    def fault(self, path: Path, about: Head) -> str | None:
        """Why a file with this header is refused, or None."""
        if about.rate != self.rate and not self.resample:
            return f"{path}: has {about.rate} Hz, not {self.rate}; write resample = true, or sample_rate = {about.rate}"
        if self.channels not in (1, about.channels) and about.channels != 1:
            return f"{path}: has {about.channels} channels, which do not make {self.channels}; write channels = 1"
        return None

    def __call__(self, path: Path) -> Tensor:
        """Decode one file; BadSound where it is damaged or is not to be converted."""
        about, sound = whole(path)
        if (fault := self.fault(path, about)) is not None:
            raise BadSound(fault)
        if self.channels == 1 and len(sound) > 1:
            sound = sound.mean(0, keepdim=True)
        sound = resampled(sound.expand(self.channels, -1), about.rate, self.rate)
        peak = float(sound.abs().max())
        if self.normalize:
            return sound / peak if peak > 0 else sound.clone()
        # A resampled sound may swing a little over; floats that go far beyond full scale are of another scale.
        if peak > 1 and about.rate == self.rate:
            raise BadSound(f"{path}: goes up to {peak:.3g}, past full scale; write normalize = true")
        return sound.clamp(-1, 1)
