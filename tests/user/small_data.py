"""Small files of every form that the specs beside read."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def write(folder: Path) -> None:
    """Waves (T, 2), pictures (3, 16, 16) with labels, pairs, three domains, and rows of two domains."""
    rng = np.random.default_rng(0)
    phase, pace = rng.uniform(0, 6.28, (64, 1)), rng.uniform(0.3, 0.7, (64, 1))
    angle = pace * np.arange(12) + phase
    waves = np.stack((np.sin(angle), np.cos(angle)), -1).astype(np.float32)
    pictures = rng.normal(0, 0.3, (64, 3, 16, 16)).clip(-1, 1).astype(np.float32)
    crops = pictures[:, :, :8, :8]
    rows = rng.normal(0, 1, (64, 6)).astype(np.float32)
    np.savez(folder / "waves.npz", x=1.5 * waves)
    np.savez(folder / "tiny16.npz", x=pictures, label=np.arange(64) % 3)
    np.savez(folder / "pairs.npz", x=np.roll(pictures, 1, 1), a=pictures)
    np.savez(folder / "three.npz", a=crops, b=-crops, c=np.roll(crops, 3, -1))
    np.savez(folder / "dann.npz", x=rows, target=1.3 * rows + 0.5, label=(rows[:, 0] > 0).astype(np.int64))
