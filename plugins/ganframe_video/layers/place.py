"""A picture put somewhere in each frame."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganframe import Shape, component, option


@component
class Place:
    """A film of a picture that is put at a place in each frame: (C, h, w) gives (C, T, h + P - 1, w + Q - 1).

    `rows` (T, P) and `columns` (T, Q) say for each frame where its upper left corner is: weights, as Softmax over the
    last axis gives them. Pixel (i, j) of frame t is paper + sum over p, q of rows[t, p] columns[t, q] (x[i - p, j - q]
    - paper), the last 0 beside the picture: one-hot weights shift it, others lay several shifted ones over each other.
    So what is shown and where it goes are made apart, as motion and content are in MoCoGAN (arXiv:1707.04993).
    """

    examples = ({"x": (2, 3, 4), "rows": (5, 3), "columns": (5, 2)},)
    paper: float = option(-1.0, "value beside the picture")

    def build(self, x: Shape, rows: Shape, columns: Shape) -> nn.Module:
        if len(x) != 3:
            raise ValueError(f"the picture must be (channels, height, width), not {x}")
        if len(rows) != 2 or len(columns) != 2 or rows[0] != columns[0]:
            raise ValueError(f"rows {rows} and columns {columns} must be (frames, places), of as many frames")
        return _Place(self.paper)


class _Place(nn.Module):
    def __init__(self, paper: float) -> None:
        super().__init__()
        self.paper = paper

    def forward(self, x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        down, across = shifts(rows, x.shape[2]), shifts(columns, x.shape[3])
        wide = torch.einsum("nchw,ntqw->nctqh", x - self.paper, across)
        return self.paper + torch.einsum("nctqh,ntph->nctpq", wide, down)


def shifts(places: Tensor, side: int) -> Tensor:
    """Matrices (N, T, P + side - 1, side) that put a line of `side` values at weighted places (N, T, P)."""
    windows = F.pad(places, (side - 1, side - 1)).unfold(-1, side, 1)
    return windows.flip(-1)
