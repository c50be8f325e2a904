"""A small chart for each task: its first figure over core-seconds, a line a recipe, drawn with Pillow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from benchmarks.quality.contest import TASKS, Entry, Task

Row = Mapping[str, Any]
#: Drawn this much larger, for smooth edges.
_SMOOTH = 2
_WIDTH, _HEIGHT, _EDGE, _HEAD = 400, 290, 40, 92
_COLUMNS = 2
_OURS = (200, 40, 40)
_USUAL = ((31, 78, 156), (60, 140, 70), (230, 140, 20), (130, 60, 170))
_GREY, _PALE = (90, 90, 90), (225, 225, 225)


def draw(rows: Sequence[Row], path: Path) -> None:
    """Write the picture."""
    lines = -(-len(TASKS) // _COLUMNS)
    page = Image.new("RGB", (_WIDTH * _COLUMNS * _SMOOTH, _HEIGHT * lines * _SMOOTH), "white")
    for place, task in enumerate(TASKS):
        corner = (place % _COLUMNS * _WIDTH * _SMOOTH, place // _COLUMNS * _HEIGHT * _SMOOTH)
        page.paste(_chart(task, rows), corner)
    page = page.resize((page.width // _SMOOTH, page.height // _SMOOTH), Image.Resampling.LANCZOS)
    page.quantize(128).save(path, optimize=True)


def _chart(task: Task, rows: Sequence[Row]) -> Image.Image:
    curves = {entry: points for entry in task.entries if (points := _mean(task, entry, rows))}
    values = [y for points in curves.values() for _, y in points]
    image = Image.new("RGB", (_WIDTH * _SMOOTH, _HEIGHT * _SMOOTH), "white")
    pen = ImageDraw.Draw(image)
    title = next(iter(task.shown)).replace("é", "e")  # which the font lacks
    _text(pen, (_EDGE, 6), f"{task.about}: {title}", (0, 0, 0), 13)
    if values:
        scale = _Scale(min(values), max(values), task.seconds, log=task.log)
        _axes(pen, scale)
        for place, (entry, points) in enumerate(curves.items()):
            colour = _OURS if entry.ours else _USUAL[(place - 1) % len(_USUAL)]
            at = [scale.at(x, y) for x, y in points]
            pen.line(at, fill=colour, width=(4 if entry.ours else 2) * _SMOOTH, joint="curve")
            for x, y in at:
                r = 3 * _SMOOTH
                pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)
        _names(pen, curves)
    return image


class _Scale:
    """From core-seconds and a figure to pixels; `log`: the figure's logarithm."""

    def __init__(self, low: float, high: float, seconds: float, *, log: bool) -> None:
        self.log = log
        self.low, self.high = (self._of(low), self._of(high)) if log else (min(low, 0.0), high)
        self.seconds = seconds

    def _of(self, value: float) -> float:
        return math.log10(max(value, 1e-3)) if self.log else value

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The place of a point."""
        share = (self._of(y) - self.low) / ((self.high - self.low) or 1.0)
        across = _EDGE + x / self.seconds * (_WIDTH - _EDGE - 12)
        return across * _SMOOTH, (_HEIGHT - 28 - share * (_HEIGHT - 28 - _HEAD)) * _SMOOTH

    def ticks(self) -> list[float]:
        """Values that are written at the side."""
        if self.log:
            first, last = math.floor(self.low), math.ceil(self.high)
            return [10.0**k for k in range(first, last + 1) if self.low <= k <= self.high]
        return [self.low, (self.low + self.high) / 2, self.high]


def _axes(pen: ImageDraw.ImageDraw, scale: _Scale) -> None:
    for value in scale.ticks():
        left, right = scale.at(0, value), scale.at(scale.seconds, value)
        pen.line([left, right], fill=_PALE, width=_SMOOTH)
        _text(pen, (4, left[1] / _SMOOTH - 6), f"{value:.0f}" if value >= 100 else f"{value:.2g}", _GREY, 10)
    for share in (0.0, 0.5, 1.0):
        x = scale.at(share * scale.seconds, 1)[0] / _SMOOTH
        _text(pen, (x - 8 * (share > 0), _HEIGHT - 18), f"{share * scale.seconds:g} s", _GREY, 10)


def _names(pen: ImageDraw.ImageDraw, curves: Mapping[Entry, Any]) -> None:
    for place, entry in enumerate(curves):
        colour = _OURS if entry.ours else _USUAL[(place - 1) % len(_USUAL)]
        _text(pen, (_EDGE, 24 + 13 * place), entry.name.replace("`", ""), colour, 10)


def _mean(task: Task, entry: Entry, rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Seconds and figure at each look, the mean over seeds; looks that some seed lacks or could not compute are out."""
    own = [row["found"] for row in rows if (row["task"], row["entry"]) == (task.name, entry.key)]
    points = []
    for looks in zip(*own, strict=False):
        ys = [look[task.figure] for look in looks]
        if all(math.isfinite(y) for y in ys):
            points.append((sum(look["seconds"] for look in looks) / len(looks), sum(ys) / len(ys)))
    return points


def _text(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, colour: tuple[int, int, int], size: int
) -> None:
    font = ImageFont.load_default(size * _SMOOTH)
    pen.text((at[0] * _SMOOTH, at[1] * _SMOOTH), text, fill=colour, font=font)
