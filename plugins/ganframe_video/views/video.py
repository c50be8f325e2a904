"""Films as GIF files, and as film strips in one picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from PIL import Image, ImageSequence
from torch import Tensor

from ganframe import Field, component

#: Frames smaller than this are enlarged by a whole factor, up to about this many pixels a side.
READABLE = 64
#: A row of film strips is no wider than this, in pixels, unless a frame a film is already.
WIDE = 2400
#: Pixels between films, and between the frames of a strip.
GAP, THIN = 6, 1
#: Frames a second where the data do not say.
RATE = 12.5


@component
class Video:
    """Films (channels, frames, height, width): GIF files that begin again at their end, film strips in a picture.

    Several films in one `.gif` play side by side; a `.png` has a strip for each, its frames from left to right. Speed
    is the data's (fact `rate`, frames a second), as nearly as GIF's hundredths of a second allow. Small frames are
    enlarged with sharp edges. Grey and colour are drawn; of other numbers of channels the first. A frame keeps 256
    colours. Reading brings another size back by area means, and a frame that lasts longer counts as several.
    """

    suffixes: ClassVar = (".gif", ".png")
    #: How many samples make a good picture.
    samples: ClassVar[int] = 20
    examples = ({"field": Field((1, 5, 12, 10), view="video", range=(-1.0, 1.0)), "facts": {"rate": 8.0}},)

    def write(
        self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any], columns: int | None = None
    ) -> None:
        """Write films (N, C, T, H, W) as a GIF, or as strips where the file is a `.png`; about square by default."""
        columns = columns or math.ceil(len(values) ** 0.5)
        if path.suffix == ".png":
            self.grid(path, values, field, facts, columns)
            return
        films = drawn(values, field)
        films = tiled(films.transpose(1, 2), min(columns, len(films)), GAP if len(films) > 1 else 0)
        first, *rest = [picture(frame) for frame in films]
        first.save(path, "GIF", save_all=True, append_images=rest, duration=tick(facts), loop=0)

    def read(self, path: Path, field: Field, facts: Mapping[str, Any]) -> Tensor:
        """A GIF as (1, *field.shape) in model range; ValueError for a picture, and for another number of frames."""
        if path.suffix != ".gif":
            raise ValueError(f"{path}: films are read from .gif")
        channels, frames, height, width = field.shape
        if channels not in (1, 3):
            raise ValueError(f"{path}: a GIF has 1 or 3 channels, not {channels}")
        found = []
        with Image.open(path, formats=("GIF",)) as film:
            for frame in ImageSequence.Iterator(film):
                times = max(1, round(frame.info.get("duration", 0) / tick(facts)))
                small = frame.convert("L" if channels == 1 else "RGB").resize((width, height), Image.Resampling.BOX)
                found += [pixels(small)] * times
        if len(found) != frames:
            raise ValueError(f"{path}: has {len(found)} frames at {1000 / tick(facts):g} a second, expected {frames}")
        low, high = field.range or (-1.0, 1.0)
        return (low + (high - low) * torch.stack(found, 1).float() / 255).unsqueeze(0)

    def grid(self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any], columns: int) -> None:
        """Draw a strip for each film, `columns` of them in a row, the first at the top left.

        Where a row would be too wide, strips show every second frame, or fewer.
        """
        films = drawn(values, field)
        columns, width = min(columns, len(films)), films.shape[-1] + THIN
        steps = range(1, films.shape[2] + 1)
        step = next((s for s in steps if columns * (-(-films.shape[2] // s) * width + GAP) <= WIDE), steps[-1])
        strips = [tiled(film.transpose(0, 1), len(film[0]), THIN) for film in films[:, :, ::step]]
        picture(tiled(torch.stack(strips), columns, GAP)).save(path, format="PNG")


def tick(facts: Mapping[str, Any]) -> int:
    """Milliseconds a frame, in whole hundredths of a second, two at least: what players keep."""
    return 10 * max(2, round(100 / float(facts.get("rate") or RATE)))


def drawn(values: Tensor, field: Field) -> Tensor:
    """Films as bytes (N, 1 or 3, T, H, W), enlarged where they are small."""
    low, high = field.range or (-1.0, 1.0)
    share = ((values.detach().cpu().float() - low) / (high - low)).nan_to_num(0.5).clamp(0, 1)
    share = share if share.shape[1] in (1, 3) else share[:, :1]
    scale = max(1, READABLE // max(share.shape[-2:]))
    return (share * 255).round().byte().repeat_interleave(scale, -1).repeat_interleave(scale, -2)


def tiled(cells: Tensor, columns: int, gap: int) -> Tensor:
    """Cells (N, ..., H, W) on one white sheet (..., rows H, columns W), `gap` pixels apart."""
    count, *more, height, width = cells.shape
    rows = -(-count // columns)
    sheet = torch.full((*more, rows * (height + gap) - gap, columns * (width + gap) - gap), 255, dtype=torch.uint8)
    for i, cell in enumerate(cells):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        sheet[..., top : top + height, left : left + width] = cell
    return sheet


def picture(pixels: Tensor) -> Image.Image:
    """Bytes (1 or 3, H, W) as a picture."""
    shown = pixels.permute(1, 2, 0).contiguous().numpy()
    return Image.fromarray(shown[..., 0] if shown.shape[2] == 1 else shown)


def pixels(image: Image.Image) -> Tensor:
    """A grey or RGB picture as bytes (1 or 3, H, W)."""
    flat = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
    return flat.view(image.height, image.width, -1).permute(2, 0, 1)
