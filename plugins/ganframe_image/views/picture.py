"""Pictures as PNG and JPEG files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field, component
from ganframe_image.data.decode import MODES, BadPicture, Decoder, counted, header

#: Pictures smaller than this are enlarged by a whole factor, up to about this many pixels a side.
READABLE = 64
#: Share of full ink that is drawn black: strokes that nearly reach it look the same.
BLACK = 0.92
#: White pixels between pictures that have no paper of their own.
GAP = 2
#: Of JPEG files.
QUALITY = 95


@component
class Picture:
    """Pictures as PNG or JPEG, 8 bits a channel; small ones are enlarged (bicubic) so that a person can read them.

    Where the data says what empty paper is (fact `paper`, the lowest value of its range), they are drawn as ink on
    white: each gets a margin of paper, is enlarged, and grey = 1 - ink / 0.92. All others are drawn as they are.
    Channels: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha; any other number side by side in grey.
    """

    suffixes: ClassVar = (".png", ".jpg", ".jpeg")
    #: How many samples make a good picture.
    samples: ClassVar[int] = 64

    def write(
        self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any], like: Path | None = None
    ) -> None:
        """Write one picture, or a grid of several: a column a class where they fill whole rows, else about square.

        With `like`, a picture's file, they are enlarged only where they then have its size.
        """
        classes = int(facts.get("classes", 0))
        whole = 1 < classes <= 20 and len(values) % classes == 0
        columns = classes if whole else math.ceil(len(values) ** 0.5)
        if like is None or shown(values.shape[-2:], _on_paper(field, facts)) == _size(like):
            self.grid(path, values, field, facts, columns)
        else:
            _save(path, _sheet(drawn(values, field, _on_paper(field, facts), enlarge=False), columns, 0))

    def read(self, path: Path, field: Field, facts: Mapping[str, Any], own_size: bool = False) -> Tensor:
        """A picture file as (1, *field.shape) in model range; ValueError for one with other channels.

        What `write` enlarged is brought back by least squares; any other size is resampled, or kept with `own_size`.
        """
        channels, height, width = field.shape
        ink = _on_paper(field, facts)
        margin, _ = layout(height, width, ink)
        small, large = (height + 2 * margin, width + 2 * margin), shown((height, width), ink)
        own, size = header(path)
        if own != channels:
            raise BadPicture(f"{path}: has {counted(own)}, and a picture of {counted(channels)} is read here")
        enlarged_by_us = size == large
        size = size if enlarged_by_us or own_size else (height, width)
        share = Decoder(channels, size, fit="stretch", strict=True)(path).double() / 255
        share = (1 - share) * BLACK if ink else share
        if enlarged_by_us:
            share = reduced(share, small)[:, margin : margin + height, margin : margin + width]
        low, high = field.range or (-1.0, 1.0)
        return (low + (high - low) * share).float().unsqueeze(0)

    def grid(self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any], columns: int) -> None:
        """Draw pictures (N, C, H, W) in rows of `columns`, the first at the top left."""
        ink = _on_paper(field, facts)
        _save(path, _sheet(drawn(values, field, ink), columns, 0 if ink or len(values) == 1 else GAP))


def _size(path: Path) -> tuple[int, int] | None:
    """The (height, width) of a picture's file; None for a file of another kind."""
    try:
        return header(path)[1]
    except BadPicture:
        return None


def _sheet(cells: Tensor, columns: int, gap: int) -> Tensor:
    """Byte pictures (N, C, H, W) side by side as one (C, h, w), white between them."""
    count, channels, height, width = cells.shape
    columns = min(columns, count)
    size = (-(-count // columns) * (height + gap) - gap, columns * (width + gap) - gap)
    sheet = torch.full((channels, *size), 255, dtype=torch.uint8)
    for i, cell in enumerate(cells):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        sheet[:, top : top + height, left : left + width] = cell
    return sheet


def _save(path: Path, sheet: Tensor) -> None:
    """A byte picture (C, h, w) as a PNG or JPEG file; ValueError for alpha in JPEG."""
    pixels, channels = sheet.permute(1, 2, 0).contiguous().numpy(), len(sheet)
    picture = Image.fromarray(pixels[..., 0] if channels == 1 else pixels, MODES[channels])
    if path.suffix.lower() not in (".jpg", ".jpeg"):
        picture.save(path, format="PNG")
    elif channels in (1, 3):
        picture.save(path, format="JPEG", quality=QUALITY, subsampling=0)
    else:
        raise ValueError(f"{path}: JPEG has no alpha; write .png")


def shown(size: Sequence[int], ink: bool) -> tuple[int, int]:
    """The (height, width) that a picture of this size has in a file."""
    margin, scale = layout(size[0], size[1], ink)
    return (size[0] + 2 * margin) * scale, (size[1] + 2 * margin) * scale


def drawn(values: Tensor, field: Field, ink: bool, enlarge: bool = True) -> Tensor:
    """Pictures as bytes (N, C, H, W), enlarged where they are small, unless told not to."""
    low, high = field.range or (-1.0, 1.0)
    share = ((values.detach().cpu().float() - low) / (high - low)).nan_to_num(0.5)
    if share.shape[1] not in MODES:
        share = share.transpose(1, 2).flatten(2).unsqueeze(1)
    margin, scale = layout(*share.shape[-2:], ink) if enlarge else (0, 1)
    share = F.pad(share, [margin] * 4)
    pictures = torch.stack([enlarged(picture, scale) for picture in share]) if scale > 1 else share
    if ink:
        pictures = 1 - pictures / BLACK
    return (pictures.clamp(0, 1) * 255).round().byte()


def layout(height: int, width: int, ink: bool) -> tuple[int, int]:
    """The margin of paper around a picture, in its own pixels, and the factor it is enlarged by then."""
    return (max(1, min(height, width) // 14) if ink else 0), max(1, READABLE // max(height, width))


def enlarged(picture: Tensor, scale: int) -> Tensor:
    """A float picture (C, H, W) `scale` times as large, by Pillow's bicubic filter on each channel."""
    size = (picture.shape[2] * scale, picture.shape[1] * scale)
    planes = [Image.fromarray(plane.numpy(), "F").resize(size, Image.Resampling.BICUBIC) for plane in picture]
    return torch.from_numpy(np.stack([np.asarray(plane) for plane in planes]))


def reduced(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """The float picture (C, h, w) that `enlarged` made nearest to this one (C, H, W), rows and columns in turn."""
    for _ in range(2):
        picture, size = picture.transpose(1, 2), (size[1], size[0])
        basis = Image.fromarray(np.eye(size[1], dtype=np.float32))
        spread = np.asarray(basis.resize((size[1], picture.shape[2]), Image.Resampling.BICUBIC), dtype=np.float64)
        picture = picture @ torch.linalg.pinv(torch.from_numpy(spread.copy())).T
    return picture


def _on_paper(field: Field, facts: Mapping[str, Any]) -> bool:
    """True where the data's empty paper is the low end of the field's range: ink is drawn dark then."""
    return "paper" in facts and field.range is not None and facts["paper"] == field.range[0]
