"""Small drawings side by side, drawn with Pillow at twice their size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw

#: Side of a drawing in pixels, and how many are drawn for each that is kept: smooth edges.
SIDE, SMOOTH = 128, 2
PAPER = (255, 255, 255)
FRAME = (225, 225, 225)
INK = (31, 78, 156)

Draw = Callable[[ImageDraw.ImageDraw, int], None]


def drawn(path: Path, drawings: Sequence[Draw], columns: int) -> None:
    """A PNG of drawings, each called with something to draw on and its side in pixels, `columns` in a row."""
    columns = min(columns, len(drawings))
    sheet = Image.new("RGB", (columns * SIDE, -(-len(drawings) // columns) * SIDE), PAPER)
    for i, draw in enumerate(drawings):
        cell = Image.new("RGB", (SIDE * SMOOTH, SIDE * SMOOTH), PAPER)
        pen = ImageDraw.Draw(cell)
        draw(pen, SIDE * SMOOTH)
        pen.rectangle((0, 0, SIDE * SMOOTH - 1, SIDE * SMOOTH - 1), outline=FRAME)
        sheet.paste(cell.resize((SIDE, SIDE), Image.Resampling.BOX), (i % columns * SIDE, i // columns * SIDE))
    sheet.save(path, format="PNG")
