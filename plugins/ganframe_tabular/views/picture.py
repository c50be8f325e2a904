"""A picture of a table: a histogram of each column, and the correlations of all, real and made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ganframe_tabular.layout import Frame, Layout
from ganframe_tabular.layout.columns import Number
from ganframe_tabular.statistics import correlations

INK, PALE, GREY = (31, 78, 156), (205, 205, 205), (110, 110, 110)
#: Width, height and space of a column's cell in pixels, columns shown, bars of a histogram, values of a category.
CELL, GAP, SHOWN, BARS, VALUES = (170, 96), 16, 24, 24, 12
#: Rows and columns of a correlation picture, and its side in pixels.
ENTRIES, SIDE = 60, 240


def draw(path: Path, layout: Layout, made: Tensor, real: Tensor | None) -> None:
    """Draw rows (N, width), with real rows behind where there are any, as a PNG file."""
    frames = [layout.frame(made), *([layout.frame(real)] if real is not None else [])]
    names = [column.name for column in layout.columns if column.entries][:SHOWN]
    across = min(6, max(3, math.ceil(len(names) ** 0.5)))
    down = -(-len(names) // across)
    width, height = across * (CELL[0] + GAP) + GAP, down * (CELL[1] + GAP + 14) + GAP
    sheet = Image.new("RGB", (max(width, 2 * SIDE + 3 * GAP), height + SIDE + 3 * GAP), "white")
    pen = ImageDraw.Draw(sheet)
    kinds = {column.name: column for column in layout.columns}
    for i, name in enumerate(names):
        corner = (GAP + i % across * (CELL[0] + GAP), GAP + i // across * (CELL[1] + GAP + 14))
        column = kinds[name]
        if isinstance(column, Number):
            bars, ends = _histograms(column, frames)
        else:
            bars, ends = _shares(name, frames), ("", "")
        _cell(pen, corner, name, bars, ends)
    for i, (title, frame) in enumerate(zip(("made", "real"), frames, strict=False)):
        _matrix(sheet, pen, (GAP + i * (SIDE + GAP), height + GAP), title, frame)
    sheet.save(path, format="PNG")


def _histograms(column: Number, frames: Sequence[Frame]) -> tuple[list[np.ndarray], tuple[str, str]]:
    """Shares of rows by bar for each frame, and the texts of both ends; what lies outside counts at the ends."""
    shown = frames[-1].numbers[column.name]
    shown = shown[~np.isnan(shown)]
    low, high = np.quantile(shown, [0.005, 0.995]) if len(shown) else column.range
    high = max(high, low + 1e-9 * max(1.0, abs(low)))
    bars = []
    for frame in frames:
        values = frame.numbers[column.name]
        counts, _ = np.histogram(values[~np.isnan(values)].clip(low, high), BARS, (low, high))
        bars.append(counts / max(1, len(values)))
    return bars, (column.format.text(low), column.format.text(high))


def _shares(name: str, frames: Sequence[Frame]) -> list[np.ndarray]:
    """Shares of the commonest values of a category, those of the last frame deciding."""
    size = frames[0].sizes[name]
    shares = [np.bincount(frame.codes[name], minlength=size) / max(1, len(frame)) for frame in frames]
    return [share[np.argsort(-shares[-1], kind="stable")[:VALUES]] for share in shares]


def _cell(
    pen: ImageDraw.ImageDraw, corner: tuple[int, int], name: str, bars: list[np.ndarray], ends: tuple[str, str]
) -> None:
    """One column: real shares as pale bars, made ones as a line."""
    (left, top), (width, height), font = corner, CELL, ImageFont.load_default(10)
    peak = max(1e-9, *(float(part.max()) for part in bars))
    edges = np.linspace(left, left + width, len(bars[0]) + 1)
    floor = top + 12 + height
    for part, filled in zip(bars[::-1], (len(bars) > 1, False), strict=False):
        heights = floor - part / peak * (height - 14)
        for a, b, y in zip(edges, edges[1:], heights, strict=False):
            if filled:
                pen.rectangle((a, y, b - 1, floor), fill=PALE)
        if not filled:
            points = [(x, y) for a, b, y in zip(edges, edges[1:], heights, strict=False) for x in (a, b)]
            pen.line([(left, floor), *points, (left + width, floor)], fill=INK, width=1)
    pen.line((left, floor, left + width, floor), fill=GREY)
    pen.text((left, top), name[:28], GREY, font)
    pen.text((left, floor + 1), ends[0], GREY, font)
    pen.text((left + width, floor + 1), ends[1], GREY, font, anchor="ra")


def _matrix(sheet: Image.Image, pen: ImageDraw.ImageDraw, corner: tuple[int, int], title: str, frame: Frame) -> None:
    """Correlations as colours: blue is 1, white 0, red -1."""
    _, matrix = correlations(frame)
    matrix = matrix[:ENTRIES, :ENTRIES].clip(-1, 1)
    towards = np.where(matrix[..., None] > 0, np.array(INK), np.array((178, 34, 52)))
    pixels = 255 + (towards - 255) * np.abs(matrix)[..., None]
    picture = Image.fromarray(pixels.round().astype(np.uint8)).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    sheet.paste(picture, corner)
    pen.rectangle((corner[0], corner[1], corner[0] + SIDE - 1, corner[1] + SIDE - 1), outline=GREY)
    pen.text((corner[0], corner[1] - 13), f"correlations, {title}", GREY, ImageFont.load_default(10))
