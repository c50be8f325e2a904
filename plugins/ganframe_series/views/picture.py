"""A picture of series: windows made and real, side by side, and how each hangs together in time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ganframe_series.autocorrelation import autocorrelation

COLOURS = [(31, 78, 156), (206, 92, 0), (46, 125, 50), (156, 39, 46), (106, 61, 154), (90, 90, 90)]
GREY, PAPER = (110, 110, 110), (246, 246, 246)
#: Width, height and space of a window in pixels, windows on each side and of them in a row, lags that are drawn.
CELL, GAP, WINDOWS, ACROSS, LAGS = (150, 70), 6, 12, 3, 24
HEAD = 16


def draw(path: Path, made: Tensor, real: Tensor | None, ends: tuple[float, float] | None) -> None:
    """Draw windows (N, length, channels), with real ones where there are any, as a PNG file."""
    sides = [("made", made.double().cpu().numpy())]
    sides += [("real", real.double().cpu().numpy())] if real is not None else []
    low, high = ends or _ends(sides[-1][1])
    block = ACROSS * (CELL[0] + GAP) + 2 * GAP
    rows = -(-min(WINDOWS, max(len(values) for _, values in sides)) // ACROSS)
    height = HEAD + rows * (CELL[1] + GAP)
    sheet = Image.new("RGB", (block * len(sides), height + 2 * CELL[1] + 3 * HEAD), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for side, (title, values) in enumerate(sides):
        pen.text((side * block + GAP, 2), title, GREY, font)
        for i in range(min(WINDOWS, len(values))):
            corner = (side * block + GAP + i % ACROSS * (CELL[0] + GAP), HEAD + i // ACROSS * (CELL[1] + GAP))
            _cell(pen, corner, CELL, values[i], low, high, COLOURS)
    _lags(pen, (GAP, height + HEAD), [values for _, values in sides], font)
    sheet.save(path, format="PNG")


def _ends(values: np.ndarray) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (-1.0, 1.0)


def _cell(
    pen: ImageDraw.ImageDraw, corner: tuple[int, int], size: tuple[int, int], series: np.ndarray, low: float,
    high: float, colours: list[tuple[int, int, int]],
) -> None:
    """Curves of a series (T, C) in a box."""
    (left, top), (width, height) = corner, size
    pen.rectangle((left, top, left + width, top + height), fill=PAPER)
    share = (np.nan_to_num(series, nan=low).clip(low, high) - low) / max(high - low, 1e-12)
    across = np.linspace(left + 2, left + width - 2, len(series)).tolist()
    for channel, values in enumerate(share.T.tolist()):
        points = [(x, top + height - 3 - y * (height - 6)) for x, y in zip(across, values, strict=True)]
        pen.line(points, fill=colours[channel % len(colours)], width=1)


def _lags(
    pen: ImageDraw.ImageDraw, corner: tuple[int, int], sides: list[np.ndarray], font: ImageFont.ImageFont
) -> None:
    """The mean autocorrelation by lag, made in blue, real in grey, from 1 above to -1 below."""
    lags = min(LAGS, sides[0].shape[1] - 1)
    curves = np.stack([autocorrelation(values, lags).mean(1) for values in sides[::-1]], 1)
    real = [GREY] if len(sides) > 1 else []
    _cell(pen, corner, (2 * CELL[0], 2 * CELL[1]), curves, -1.0, 1.0, [*real, COLOURS[0]])
    told = "made blue, real grey" if real else "made"
    pen.text((corner[0], corner[1] - HEAD + 2), f"mean autocorrelation, lags 0 to {lags} ({told})", GREY, font)
