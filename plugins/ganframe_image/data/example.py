"""Files for the datasets' own examples, on which the conformance kit tries them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image


def noise(count: int, seed: int = 0) -> np.ndarray:
    """So many random bytes, the same every time."""
    return np.random.default_rng(seed).integers(0, 256, count, dtype=np.uint8)


def pictures(folder: Path, names: Iterable[str], shape: tuple[int, int, int]) -> None:
    """PNG files of noise (channels 1 or 3, height, width) under these names."""
    folder.mkdir(parents=True, exist_ok=True)
    channels, height, width = shape
    for seed, name in enumerate(names):
        pixels = noise(channels * height * width, seed).reshape(height, width, channels)
        Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(folder / f"{name}.png")
