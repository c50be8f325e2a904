"""Point clouds in perspective, and as PLY files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import ImageDraw
from torch import Tensor

from ganframe import Field, component
from ganframe_geometry.views import sheet

#: From where clouds are looked at: degrees to the side and from above.
AZIMUTH, ELEVATION = 35.0, 25.0
#: Distance between clouds that share a file, in the size of the largest.
APART = 1.25


@component
class Cloud:
    """Point clouds (points, 2 or 3): drawn as seen from 35 degrees to the side and 25 from above, or as `.ply`.

    In a picture all clouds have one scale, the third coordinate goes up, and what is nearer is darker and larger. A
    `.ply` file (text) opens in MeshLab and Blender; several clouds stand in it side by side. Clouds of other dimensions
    are shown by their first three.
    """

    suffixes: ClassVar = (".ply", ".png")
    #: How many samples make a good picture.
    samples: ClassVar[int] = 30
    examples = ({"field": Field((40, 3), view="cloud"), "facts": {"points": 40}},)

    def write(self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any]) -> None:
        """Write clouds (N, points, dims) as a picture or as a PLY file, by the suffix."""
        if path.suffix == ".png":
            self.grid(path, values, field, facts, math.ceil(len(values) ** 0.5))
            return
        points = spread(solid(values)).flatten(0, 1)
        lines = [" ".join(f"{number:.9g}" for number in point) for point in points.tolist()]
        head = ["ply", "format ascii 1.0", f"element vertex {len(lines)}", *(f"property float {a}" for a in "xyz")]
        path.write_text("\n".join([*head, "end_header", *lines, ""]), encoding="ascii")

    def read(self, path: Path, field: Field, facts: Mapping[str, Any]) -> Tensor:
        """One cloud (1, points, dims) of a PLY file as `write` makes it; ValueError for anything else."""
        if path.suffix != ".ply":
            raise ValueError(f"{path}: clouds are read from .ply")
        text = path.read_text(encoding="ascii", errors="replace")
        _, _, body = text.partition("end_header\n")
        if not text.startswith("ply\nformat ascii"):
            raise ValueError(f"{path}: is no PLY file of text")
        try:
            points = np.array([line.split()[:3] for line in body.splitlines()], np.float32)
        except ValueError:
            raise ValueError(f"{path}: has lines that are no points") from None
        if points.shape != (field.shape[0], 3):
            raise ValueError(f"{path}: holds {len(points)} points, expected {field.shape[0]}")
        return torch.from_numpy(points)[None, :, : field.shape[1]]

    def grid(self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any], columns: int) -> None:
        """Draw clouds, `columns` in a row, the first at the top left."""
        points = solid(values)
        reach = float(points.flatten(0, 1).norm(dim=1).quantile(0.99).clamp(min=1e-6))
        sheet.drawn(path, [_drawing(cloud / reach) for cloud in points], columns)


def solid(values: Tensor) -> Tensor:
    """Clouds (N, points, 3) of finite numbers."""
    values = values.detach().cpu().float().nan_to_num()[..., :3]
    return torch.nn.functional.pad(values, (0, 3 - values.shape[2]))


def spread(points: Tensor) -> Tensor:
    """Clouds side by side in a square, so that none lies in another; a single one stays where it is."""
    side = math.ceil(len(points) ** 0.5)
    step = APART * float((points.amax((0, 1)) - points.amin((0, 1))).max())
    at = torch.arange(len(points))
    return points + step * torch.stack([at % side, at // side, torch.zeros_like(at)], 1)[:, None]


def turned(points: Tensor) -> Tensor:
    """Points (P, 3) as seen: to the right, upwards, and towards the eye."""
    a, e = math.radians(AZIMUTH), math.radians(ELEVATION)
    x, y, z = points.unbind(1)
    right, away = math.cos(a) * x + math.sin(a) * y, math.cos(a) * y - math.sin(a) * x
    return torch.stack([right, math.cos(e) * z + math.sin(e) * away, math.sin(e) * z - math.cos(e) * away], 1)


def _drawing(points: Tensor) -> sheet.Draw:
    seen = turned(points)
    seen = seen[seen[:, 2].argsort()]

    def draw(pen: ImageDraw.ImageDraw, side: int) -> None:
        for x, y, near in seen.tolist():
            share = min(1.0, max(0.0, (near + 1) / 2))
            ink = tuple(round(205 + (c - 205) * share) for c in sheet.INK)
            r = sheet.SMOOTH * (0.8 + 1.2 * share)
            across, down = side / 2 * (1 + 0.85 * x), side / 2 * (1 - 0.85 * y)
            pen.ellipse((across - r, down - r, across + r, down + r), fill=ink)

    return draw
