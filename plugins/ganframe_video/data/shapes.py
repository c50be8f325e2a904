"""Four drawn shapes in a few sizes: what moves where no pictures are given."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field

NAMES = ("square", "disc", "diamond", "cross")
SIDE = 8
#: From the middle to the edge, in pixels.
SIZES = (2.0, 2.5, 3.0, 3.5)
#: Points a pixel and axis that say how much of it is inked.
FINE = 8


@attrs.frozen(eq=False)
class Shapes:
    """Open picture data: `x` (1, 8, 8), paper -1 and ink 1, and `label`, the shape."""

    images: Tensor
    codes: Tensor

    @classmethod
    def drawn(cls) -> Shapes:
        """Every shape in every size."""
        pictures = [draw(name, size) for name in NAMES for size in SIZES]
        codes = torch.arange(len(NAMES)).repeat_interleave(len(SIZES))
        return cls(torch.stack(pictures), codes)

    def fields(self) -> dict[str, Field]:
        """A picture and its class."""
        label = Field((len(NAMES),), range=(0.0, 1.0), names=NAMES)
        return {"x": Field((1, SIDE, SIDE), view="picture", range=(-1.0, 1.0)), "label": label}

    def facts(self) -> dict[str, Any]:
        """Where the paper is; the wrapper says the rest."""
        return {"paper": -1.0}

    def __len__(self) -> int:
        return len(self.images)

    def batch(self, indices: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:
        """The rows at these indices."""
        label = F.one_hot(self.codes[indices], len(NAMES)).float()
        return {"x": self.images[indices], "label": label}


def draw(name: str, size: float) -> Tensor:
    """A shape (1, 8, 8): how much of each pixel it covers, from -1 to 1."""
    line = (torch.arange(SIDE * FINE) + 0.5) / FINE - SIDE / 2
    y, x = line[:, None].abs(), line[None, :].abs()
    inside = {
        "square": torch.maximum(x, y) <= 0.85 * size,
        "disc": x.square() + y.square() <= size**2,
        "diamond": x + y <= 1.2 * size,
        "cross": (torch.minimum(x, y) <= 0.3 * size) & (torch.maximum(x, y) <= size),
    }[name]
    return F.avg_pool2d(inside.float()[None, None], FINE)[0] * 2 - 1
