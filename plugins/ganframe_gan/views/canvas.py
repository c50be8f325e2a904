"""A plot area with a frame and the numbers at its ends, drawn with Pillow at twice its size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

INK = (31, 78, 156)
PALE = (222, 222, 222)
MODE = (243, 196, 148)
GREY = (120, 120, 120)

#: Pixels drawn for each one that is kept: smooth edges.
SMOOTH = 2


class Canvas:
    """A white plot of `size` = (width, height) pixels over the model-range box `low`..`high`, both (x, y)."""

    def __init__(self, size: tuple[int, int], low: tuple[float, float], high: tuple[float, float]) -> None:
        self._size, self._low, self._high = size, np.asarray(low, float), np.asarray(high, float)
        self._margin = 28 * SMOOTH
        self._image = Image.new("RGB", (size[0] * SMOOTH, size[1] * SMOOTH), "white")
        self._draw = ImageDraw.Draw(self._image)
        self._inner = np.array(self._image.size, float) - 2 * self._margin

    def place(self, points: Tensor) -> np.ndarray:
        """Where points (N, 2) lie on the canvas, in drawn pixels; y goes up."""
        at = (points.cpu().double().numpy() - self._low) / (self._high - self._low)
        return np.stack([at[:, 0], 1 - at[:, 1]], 1) * self._inner + self._margin

    def dots(self, points: Tensor, colour: tuple[int, int, int], radius: float) -> None:
        """Filled dots of a radius in kept pixels."""
        r = radius * SMOOTH
        for x, y in self.place(points).tolist():
            self._draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def circles(self, points: Tensor, colour: tuple[int, int, int], radius: float) -> None:
        """Circles of a radius in model units, at least four pixels."""
        r = max(4.0 * SMOOTH, radius * float((self._inner / (self._high - self._low)).min()))
        for x, y in self.place(points).tolist():
            self._draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def area(self, points: Tensor, colour: tuple[int, int, int]) -> None:
        """The area between a line through points (N, 2), x rising, and y = 0."""
        line = self.place(points)
        floor = self._image.height - self._margin
        ends = [(line[0, 0], floor), *map(tuple, line.tolist()), (line[-1, 0], floor)]
        self._draw.polygon(ends, fill=colour)

    def line(self, points: Tensor, colour: tuple[int, int, int], width: float) -> None:
        """A line through points (N, 2)."""
        self._draw.line([tuple(p) for p in self.place(points).tolist()], fill=colour, width=round(width * SMOOTH))

    def save(self, path: Path) -> None:
        """Frame, numbers at the ends of both axes, and the PNG file."""
        margin, (width, height) = self._margin, self._image.size
        self._draw.rectangle((margin, margin, width - margin, height - margin), outline=GREY, width=SMOOTH)
        font = ImageFont.load_default(11 * SMOOTH)
        (x0, y0), (x1, y1) = self._low.tolist(), self._high.tolist()
        below, left = height - margin + 4 * SMOOTH, margin
        self._draw.text((left, below), f"{x0:.3g}", GREY, font, anchor="lt")
        self._draw.text((width - margin, below), f"{x1:.3g}", GREY, font, anchor="rt")
        self._draw.text((left - 4 * SMOOTH, height - margin), f"{y0:.2g}", GREY, font, anchor="rb")
        self._draw.text((left - 4 * SMOOTH, margin), f"{y1:.2g}", GREY, font, anchor="rt")
        self._image.resize(self._size, Image.Resampling.BOX).save(path, format="PNG")
