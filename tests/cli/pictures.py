"""Files of data as users have them."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from PIL import Image


def pictures(folder: Path, count: int, *shape: int) -> None:
    """PNG files of noise, (height, width) grey or (height, width, channels)."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(sum(shape))
    for i in range(count):
        Image.fromarray(rng.integers(0, 256, shape, np.uint8)).save(folder / f"{i}.png")


def mnist(folder: Path) -> None:
    """A small training and test part in MNIST's files."""
    folder.mkdir()
    for part, rows in (("train", 6), ("t10k", 3)):
        images, labels = bytes([0, 0, 8, 3, 0, 0, 0, rows, 0, 0, 0, 8, 0, 0, 0, 8]), bytes([0, 0, 8, 1, 0, 0, 0, rows])
        noise = np.random.default_rng(rows).integers(0, 256, rows * 64, np.uint8)
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images + noise.tobytes()))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels + bytes(i % 3 for i in range(rows))))
