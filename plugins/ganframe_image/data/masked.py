"""Pictures with a part missing: the task is to fill it in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_image.data.derived import SOURCE, SPLIT, source
from ganframe_image.data.rows import picture_field


@component
class Masked:
    """Pictures of which a part is missing, and where: the task of inpainting (arXiv:1604.07379, section 3.3).

    Fields: `x` the picture, `a` the picture with grey (0) in the missing part, `mask` (1, H, W), 1 where it is missing
    and 0 elsewhere, and the other fields of `pictures`. Facts: those of `pictures`, `source_channels`. What a generator
    made goes into the hole with `{ type = "Lerp", from = ["@a", "@last"], weight = "@mask" }`, which leaves all else as
    it is. `box` is a rectangle whose sides are a quarter to a half of the picture's, drawn anew each time.
    """

    hole: str = option(
        "centre", "the middle quarter, the right half or a box anywhere", choices=("centre", "right", "box")
    )
    pictures: Any = option(None, SOURCE, kind="dataset")
    split: str = option("", SPLIT)

    def open(self) -> Holes:
        """Open the pictures; ValueError where they are too small for a hole."""
        data = source(self.pictures, self.split)
        main, field = next(iter(data.fields().items()))
        if min(field.shape[1:]) < 4:
            raise ValueError(f"pictures of {field.shape[1]} x {field.shape[2]} are too small for a hole")
        return Holes(data, HOLES[self.hole], main, field)


@attrs.frozen(eq=False)
class Holes:
    """Open data: a picture as `x`, with a hole as `a`, where it is as `mask`, and whatever else there is."""

    data: Any
    hole: Callable[[Tensor, torch.Generator], Tensor]
    main: str
    picture: Field

    def fields(self) -> dict[str, Field]:
        """`x`, `a`, `mask`, and the others."""
        others = {name: field for name, field in self.data.fields().items() if name != self.main}
        mask = attrs.evolve(picture_field((1, *self.picture.shape[1:])), range=(0.0, 1.0))
        return {"x": self.picture, "a": self.picture, "mask": mask, **others}

    def facts(self) -> dict[str, Any]:
        """Those of the pictures, and `source_channels`."""
        return {**self.data.facts(), "source_channels": self.picture.shape[0]}

    def __len__(self) -> int:
        return len(self.data)

    def batch(self, indices: Tensor, rng: torch.Generator) -> dict[str, Tensor]:
        """The rows at these indices."""
        rows = self.data.batch(indices, rng)
        x = rows.pop(self.main)
        mask = self.hole(x, rng)
        return {"x": x, "a": x * (1 - mask), "mask": mask, **rows}


def centre(x: Tensor, rng: torch.Generator) -> Tensor:
    """1 in the middle quarter of each picture (N, 1, H, W)."""
    mask, (height, width) = torch.zeros_like(x[:, :1]), x.shape[-2:]
    mask[..., height // 4 : height - height // 4, width // 4 : width - width // 4] = 1
    return mask


def right(x: Tensor, rng: torch.Generator) -> Tensor:
    """1 in the right half."""
    mask = torch.zeros_like(x[:, :1])
    mask[..., (x.shape[-1] + 1) // 2 :] = 1
    return mask


def box(x: Tensor, rng: torch.Generator) -> Tensor:
    """1 in a rectangle of a row's own."""
    inside = []
    for size in x.shape[-2:]:
        length = torch.randint(size // 4, size // 2 + 1, (len(x), 1), generator=rng)
        start = (torch.rand(len(x), 1, generator=rng) * (size - length + 1)).long()
        at = torch.arange(size)
        inside.append((at >= start) & (at < start + length))
    return (inside[0][:, None, :, None] & inside[1][:, None, None, :]).to(x)


HOLES = {"centre": centre, "right": right, "box": box}
