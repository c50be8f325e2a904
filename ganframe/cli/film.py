"""Samples one after the other as a GIF film."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from torch import Tensor

from ganframe import samplefile

if TYPE_CHECKING:
    from ganframe.run import Run

SUFFIX = ".gif"
#: Milliseconds a frame.
_FRAME = 80


def can_show(run: Run) -> bool:
    """Whether the samples' view draws pictures that a film can be made of, and writes none itself."""
    view = run.view(run.main)
    return hasattr(view, "grid") and SUFFIX not in view.suffixes


def write(run: Run, path: Path, frames: Tensor) -> None:
    """Write a film of samples (rows, frames, ...), the rows side by side in each frame; it begins again at its end."""
    view, field, columns = run.view(run.main), run.fields.get(run.main), math.ceil(math.sqrt(len(frames)))
    beside = samplefile.behind(run, view)
    with tempfile.TemporaryDirectory() as folder, samplefile.replacing(path) as temporary:
        shown = []
        for number, values in enumerate(frames.unbind(1)):
            file = Path(folder) / f"{number}.png"
            view.grid(file, values, field, run.facts, columns, **beside)
            with Image.open(file) as picture:
                shown.append(picture.copy())
        shown[0].save(temporary, "GIF", save_all=True, append_images=shown[1:], duration=_FRAME, loop=0)
