"""Films for the data set's own example, on which the conformance kit tries it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def write(folder: Path) -> None:
    """Two classes: `blinks`, a GIF and a WebP file of noise; `walks`, two folders of frames."""
    for name in ("blinks", "walks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for seed, (name, form) in enumerate((("a.gif", "GIF"), ("b.webp", "WEBP"))):
        first, *rest = noise(5, seed)
        first.save(folder / "blinks" / name, form, save_all=True, append_images=rest, duration=100, loop=0)
    for seed, name in enumerate(("c", "d")):
        (folder / "walks" / name).mkdir(exist_ok=True)
        for number, frame in enumerate(noise(7, seed + 2)):
            frame.save(folder / "walks" / name / f"{number}.png")


def noise(count: int, seed: int) -> list[Image.Image]:
    """So many grey pictures of 6 x 8 random bytes, the same every time."""
    rng = np.random.default_rng(seed)
    return [Image.fromarray(rng.integers(0, 256, (6, 8), dtype=np.uint8)) for _ in range(count)]
