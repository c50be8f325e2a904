"""Points on the surfaces of spheres, tori and boxes."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ganframe import component, option
from ganframe_geometry.data.rows import Rows, cloud_field

SHAPES = ("sphere", "torus", "box")


@component
class Solids:
    """Point clouds: points drawn evenly over the surface of a sphere, a torus or a box around the origin.

    Spheres have a radius of 0.5 to 0.9; tori lie flat, radius 0.5 to 0.65, thickness (of the tube, its radius) 0.15 to
    0.3; boxes have half sides of 0.3 to 0.7, each drawn on its own. Fields: `x` (points, 3), in no order; `label`, the
    shape, one-hot. Facts: `points dims classes frequencies`.
    """

    points: int = option(128, "points of a cloud", min=1)
    shapes: tuple[str, ...] = option(SHAPES, "the shapes, equally often", choices=SHAPES)
    rows: int = option(4000, "clouds drawn, once and for all", min=1)
    seed: int = option(0, "seed of the clouds (not the run's)", min=0)

    def open(self) -> Rows:
        """Draw the clouds; ValueError without a shape."""
        if not self.shapes:
            raise ValueError("'shapes' needs one of them at least")
        rng = torch.Generator().manual_seed(self.seed)
        codes = torch.randint(len(self.shapes), (self.rows,), generator=rng)
        x = torch.empty(self.rows, self.points, 3)
        for code, name in enumerate(self.shapes):
            chosen = codes == code
            x[chosen] = SURFACES[name](int(chosen.sum()), self.points, rng)
        known = {"points": self.points, "dims": 3}
        return Rows({"x": x}, {"x": cloud_field(self.points, 3)}, known, codes, self.shapes)


def between(low: float, high: float, rng: torch.Generator, *size: int) -> Tensor:
    """Uniform numbers."""
    return low + (high - low) * torch.rand(*size, generator=rng)


def spheres(rows: int, points: int, rng: torch.Generator) -> Tensor:
    """Points (rows, points, 3) on spheres."""
    x = torch.randn(rows, points, 3, generator=rng)
    return between(0.5, 0.9, rng, rows, 1, 1) * x / x.norm(dim=2, keepdim=True)


def tori(rows: int, points: int, rng: torch.Generator) -> Tensor:
    """Points on tori: the angle round the tube has density 1 + r / R cos, drawn by inverting it on a fine line."""
    wide, tube = between(0.5, 0.65, rng, rows, 1), between(0.15, 0.3, rng, rows, 1)
    line = torch.linspace(0, 2 * math.pi, 513)
    grown = (line + tube / wide * line.sin()) / (2 * math.pi)
    at = torch.searchsorted(grown, torch.rand(rows, points, generator=rng)).clamp(1, 512)
    angle = line[at] - torch.rand(rows, points, generator=rng) * (line[1] - line[0])
    around = between(0, 2 * math.pi, rng, rows, points)
    out = wide + tube * angle.cos()
    return torch.stack([out * around.cos(), out * around.sin(), tube * angle.sin()], 2)


def boxes(rows: int, points: int, rng: torch.Generator) -> Tensor:
    """Points on boxes: a pair of faces by its area, a side of it, and a place on it."""
    half = between(0.3, 0.7, rng, rows, 3)
    area = half.prod(1, keepdim=True) / half
    axis = torch.multinomial(area, points, replacement=True, generator=rng)[..., None]
    x = between(-1, 1, rng, rows, points, 3)
    return x.scatter(2, axis, x.gather(2, axis).sign()) * half[:, None]


SURFACES: dict[str, Callable[[int, int, torch.Generator], Tensor]] = {"sphere": spheres, "torus": tori, "box": boxes}
