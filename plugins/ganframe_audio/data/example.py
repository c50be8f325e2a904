"""Files for the datasets' own examples, on which the conformance kit tries them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import torch

from ganframe_audio.files import wav


def sounds(folder: Path, names: Iterable[str], length: int, rate: int, channels: int = 1) -> None:
    """WAV files of tones, each another one, under these names."""
    folder.mkdir(parents=True, exist_ok=True)
    time = torch.arange(length) / rate
    for number, name in enumerate(names):
        parts = [torch.sin(2 * math.pi * (220 + 55 * number + 110 * k) * time) for k in range(channels)]
        wav.write(folder / f"{name}.wav", 0.8 * torch.stack(parts), rate)
