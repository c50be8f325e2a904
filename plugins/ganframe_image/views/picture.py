"""Pictures as PNG files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field, component
from ganframe_image.data.decode import MODES, Decoder

#: Pictures smaller than this are enlarged by a whole factor, up to about this many pixels a side.
READABLE = 64
#: Share of full ink that is drawn black: strokes that nearly reach it look the same.
BLACK = 0.92
#: White pixels between pictures that have no paper of their own.
GAP = 2


@component
class Picture:
    """Pictures in model range as PNG, 8 bits a channel; small ones are enlarged (bicubic) so that a person can read them.

    Where the data says what empty paper is (fact `paper`, the lowest value of its range), they are drawn as ink on
    white: each gets one pixel of paper around it, is enlarged, and grey = 1 - ink / 0.92. All others are drawn as they
    are. Channels: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha; any other number side by side in grey.
    """

    suffixes: ClassVar = (".png",)
    #: How many samples make a good picture.
    samples: ClassVar[int] = 64

    def write(self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any]) -> None:
        """Write one picture, or a grid of several: a column a class where they fill whole rows, else about square."""
        classes = int(facts.get("classes", 0))
        whole = 1 < classes <= 20 and len(values) % classes == 0
        self.grid(path, values, field, facts, classes if whole else round(len(values) ** 0.5 + 0.499))

    def read(self, path: Path, field: Field, facts: Mapping[str, Any]) -> Tensor:
        """A picture file as (1, *field.shape) in model range; another size is resampled, other channels are refused."""
        channels, height, width = field.shape
        decode = Decoder(channels, (height, width), fit="stretch", filter="box", strict=True)
        low, high = field.range or (-1.0, 1.0)
        share = decode(path).unsqueeze(0).float() / 255
        return low + (high - low) * ((1 - share) * BLACK if _on_paper(field, facts) else share)

    def grid(self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any], columns: int) -> None:
        """Draw pictures (N, C, H, W) in rows of `columns`, the first at the top left."""
        ink = _on_paper(field, facts)
        cells = drawn(values, field, ink)
        count, channels, height, width = cells.shape
        columns = min(columns, count)
        gap = 0 if ink or count == 1 else GAP
        rows = -(-count // columns)
        sheet = torch.full((channels, rows * (height + gap) - gap, columns * (width + gap) - gap), 255, dtype=torch.uint8)
        for i, cell in enumerate(cells):
            top, left = i // columns * (height + gap), i % columns * (width + gap)
            sheet[:, top : top + height, left : left + width] = cell
        pixels = sheet.permute(1, 2, 0).contiguous().numpy()
        Image.fromarray(pixels[..., 0] if channels == 1 else pixels, MODES[channels]).save(path, format="PNG")


def drawn(values: Tensor, field: Field, ink: bool) -> Tensor:
    """Pictures as bytes (N, C, H, W), enlarged where they are small."""
    low, high = field.range or (-1.0, 1.0)
    share = ((values.detach().cpu().float() - low) / (high - low)).nan_to_num(0.5)
    if share.shape[1] not in MODES:
        share = share.transpose(1, 2).flatten(2).unsqueeze(1)
    scale = max(1, READABLE // max(values.shape[-2:]))
    if ink:
        share = F.pad(share, (1, 1, 1, 1))
    pictures = torch.stack([enlarged(picture, scale) for picture in share]) if scale > 1 else share
    if ink:
        pictures = 1 - pictures / BLACK
    return (pictures.clamp(0, 1) * 255).round().byte()


def enlarged(picture: Tensor, scale: int) -> Tensor:
    """A float picture (C, H, W) `scale` times as large, by Pillow's bicubic filter on each channel."""
    size = (picture.shape[2] * scale, picture.shape[1] * scale)
    planes = [Image.fromarray(plane.numpy(), "F").resize(size, Image.Resampling.BICUBIC) for plane in picture]
    return torch.from_numpy(np.stack([np.asarray(plane) for plane in planes]))


def _on_paper(field: Field, facts: Mapping[str, Any]) -> bool:
    """True where the data's empty paper is the low end of the field's range: ink is drawn dark then."""
    return "paper" in facts and field.range is not None and facts["paper"] == field.range[0]
