"""Digits stacked as colour channels: a test with 1,000 modes."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_image.data.digits import digits
from ganframe_image.data.rows import picture_facts, picture_field


@component
class StackedDigits:
    """Three digits, drawn independently, as the channels of one picture: 1,000 modes, all known.

    Field: `x` (3, 8, 8). Facts: `channels size height width modes`. What StackedModes counts.
    Source: Srivastava et al. 2017 (VEEGAN, arXiv:1705.07761), section 5.1, with the 8 x 8 digits for MNIST's.
    """

    rows: int = option(60_000, "triples drawn, once and for all", min=1)
    seed: int = option(0, "seed of the triples (not the run's)", min=0)

    def open(self) -> Stack:
        """Draw the triples."""
        images, _ = digits()
        rng = torch.Generator().manual_seed(self.seed)
        return Stack(images[:, 0], torch.randint(len(images), (self.rows, 3), generator=rng))


@attrs.frozen(eq=False)
class Stack:
    """Open data: pictures (D, 8, 8), and which three make each row (rows, 3)."""

    images: Tensor
    triples: Tensor

    def fields(self) -> dict[str, Field]:
        """One picture."""
        return {"x": picture_field((3, *self.images.shape[1:]))}

    def facts(self) -> dict[str, Any]:
        """`channels size height width modes`, and where the paper is."""
        return {**picture_facts((3, *self.images.shape[1:])), "modes": 1000, "paper": -1.0}

    def __len__(self) -> int:
        return len(self.triples)

    def batch(self, indices: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:
        """The rows at these indices."""
        chosen = self.triples.index_select(0, indices)
        return {"x": self.images.index_select(0, chosen.view(-1)).view(len(chosen), 3, *self.images.shape[1:])}
