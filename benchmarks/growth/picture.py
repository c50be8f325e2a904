"""Small charts, a curve each: cost over size, both axes logarithmic, drawn with Pillow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.growth.curve import Curve

#: Drawn this much larger, for smooth edges.
_SMOOTH = 2
_WIDTH, _HEIGHT, _LEFT, _TOP = 270, 190, 44, 40
_COLUMNS = 3
_INK, _GREY, _PALE, _RED = (0, 0, 0), (90, 90, 90), (225, 225, 225), (200, 40, 40)


def draw(curves: Sequence[Curve], path: Path) -> None:
    """Write the picture."""
    lines = -(-len(curves) // _COLUMNS)
    page = Image.new("RGB", (_WIDTH * _COLUMNS * _SMOOTH, _HEIGHT * lines * _SMOOTH), "white")
    for place, curve in enumerate(curves):
        corner = (place % _COLUMNS * _WIDTH * _SMOOTH, place // _COLUMNS * _HEIGHT * _SMOOTH)
        page.paste(_chart(curve), corner)
    page = page.resize((page.width // _SMOOTH, page.height // _SMOOTH), Image.Resampling.LANCZOS)
    page.quantize(64).save(path, optimize=True)


def _chart(curve: Curve) -> Image.Image:
    image = Image.new("RGB", (_WIDTH * _SMOOTH, _HEIGHT * _SMOOTH), "white")
    pen = ImageDraw.Draw(image)
    _text(pen, (8, 4), curve.name, _INK, 12)
    _text(pen, (8, 20), f"{curve.unit}, grows as size^{curve.power:.2f}", _GREY, 10)
    xs = [math.log10(max(size, 1)) for size in curve.sizes]
    ys = [math.log10(cost) for cost in curve.costs]
    low, high = math.floor(min(ys)), math.ceil(max(ys) + 1e-9)
    for power in range(low, high + 1):
        y = _at(power, low, high, _HEIGHT - 26, _TOP)
        pen.line((_LEFT * _SMOOTH, y, (_WIDTH - 14) * _SMOOTH, y), fill=_PALE, width=_SMOOTH)
        _text(pen, (6, y / _SMOOTH - 6), f"{10.0**power:g}", _GREY, 9)
    points = [(_at(x, xs[0], xs[-1], _LEFT, _WIDTH - 14), _at(y, low, high, _HEIGHT - 26, _TOP))
              for x, y in zip(xs, ys, strict=True)]  # fmt: skip
    pen.line(points, fill=_RED, width=2 * _SMOOTH, joint="curve")
    for x, y in points:
        pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=_RED)
    _text(pen, (_LEFT - 6, _HEIGHT - 20), f"{curve.sizes[0]:,.0f}", _GREY, 9)
    last = f"{curve.sizes[-1]:,.0f}"
    _text(pen, (_WIDTH - 12 - 5 * len(last), _HEIGHT - 20), last, _GREY, 9)
    return image


def _at(value: float, low: float, high: float, begin: float, end: float) -> float:
    return (begin + (value - low) / ((high - low) or 1.0) * (end - begin)) * _SMOOTH


def _text(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, colour: tuple[int, int, int], size: int
) -> None:
    pen.text((at[0] * _SMOOTH, at[1] * _SMOOTH), text, fill=colour, font=ImageFont.load_default(size * _SMOOTH))
