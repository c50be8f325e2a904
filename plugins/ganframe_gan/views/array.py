"""Plain arrays as curves or heat maps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from ganframe import Field, component
from ganframe_gan.views import table

COLOURS = [(31, 78, 156), (206, 92, 0), (46, 125, 50), (156, 39, 46), (106, 61, 154), (90, 90, 90)]
#: Width and height of one sample's curves, and the space around each cell, in pixels.
CURVES = (120, 60)
GAP = 4


@component
class Array:
    """Any field that has no view of its own: one curve a series, a heat map for more; or lines of a CSV file.

    A sample of shape (T,) is a curve, (T, C) with C up to 6 is C curves, anything else a heat map of its first axis
    against the rest. All samples of a picture share one scale: the field's range, else their own lowest and highest.
    """

    suffixes: ClassVar = (".png", ".csv")
    #: How many samples make a good picture.
    samples: ClassVar[int] = 64

    def write(self, path: Path, values: Tensor, field: Field | None, facts: Mapping[str, Any]) -> None:
        """Write values (N, *shape) as a picture or as lines of a CSV file, by the suffix."""
        if path.suffix == ".csv":
            table.write(path, values)
        else:
            self.grid(path, values, field, facts, max(1, round(len(values) ** 0.5)))

    def read(self, path: Path, field: Field, facts: Mapping[str, Any]) -> Tensor:
        """Values (N, *shape) of a CSV file; ValueError for a picture, from which they cannot be read."""
        if path.suffix != ".csv":
            raise ValueError(f"{path}: arrays are read from .csv")
        return table.read(path, field.shape, getattr(torch, field.dtype))

    def grid(self, path: Path, values: Tensor, field: Field | None, facts: Mapping[str, Any], columns: int) -> None:
        """Draw every sample in its own cell, `columns` in a row; `field` is None for what is no field of the data."""
        values = values.double().cpu()
        low, high = (field and field.range) or _range(values)
        shown = ((values - low) / max(high - low, 1e-12)).nan_to_num(0.5).clamp(0, 1)
        cells = [_cell(sample) for sample in shown]
        width, height = cells[0].width + GAP, cells[0].height + GAP
        rows = -(-len(cells) // columns)
        sheet = Image.new("RGB", (columns * width + GAP, rows * height + GAP), "white")
        for i, cell in enumerate(cells):
            sheet.paste(cell, (GAP + i % columns * width, GAP + i // columns * height))
        sheet.save(path, format="PNG")


def _range(values: Tensor) -> tuple[float, float]:
    finite = values[torch.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)


def _cell(sample: Tensor) -> Image.Image:
    """One sample in 0..1 as a picture."""
    if sample.dim() == 1 and len(sample) > 1:
        return _curves(sample[:, None])
    if sample.dim() == 2 and len(sample) > 1 and sample.shape[1] <= len(COLOURS):
        return _curves(sample)
    return _map(sample.reshape(len(sample), -1) if sample.dim() > 1 else sample.reshape(1, -1))


def _curves(series: Tensor) -> Image.Image:
    """Curves of a series (T, C)."""
    width, height = CURVES
    cell = Image.new("RGB", CURVES, (245, 245, 245))
    draw = ImageDraw.Draw(cell)
    across = np.linspace(2, width - 3, len(series))
    for values, colour in zip(series.T.tolist(), COLOURS, strict=False):
        up = [height - 3 - v * (height - 6) for v in values]
        draw.line(list(zip(across.tolist(), up, strict=True)), fill=colour, width=1)
    return cell


def _map(values: Tensor) -> Image.Image:
    """A heat map (rows, columns), dark for high, enlarged to about 64 pixels where it is small."""
    grey = (255 * (1 - values)).round().byte().numpy()
    scale = max(1, 64 // max(values.shape))
    return Image.fromarray(grey).resize((grey.shape[1] * scale, grey.shape[0] * scale), Image.Resampling.NEAREST)
