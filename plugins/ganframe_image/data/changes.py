"""What can be done to pictures to make a task of them: each takes floats (N, C, H, W) in [-1, 1]."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe_image.data.reshape import coloured


def invert(x: Tensor, rng: torch.Generator) -> Tensor:
    """Dark for light: -x."""
    return -x


def thin(x: Tensor, rng: torch.Generator) -> Tensor:
    """Thinner strokes: 2 x - 1.2, within [-1, 1]."""
    return (2 * x - 1.2).clamp(-1, 1)


def outline(x: Tensor, rng: torch.Generator) -> Tensor:
    """1 where a pixel is not ink (above 0) but one of its eight neighbours is, else -1."""
    ink = (x > 0).float()
    return (F.max_pool2d(ink, 3, stride=1, padding=1) - ink) * 2 - 1


def noise(x: Tensor, rng: torch.Generator) -> Tensor:
    """Normal noise of std 1, drawn anew each time."""
    return x + torch.randn(x.shape, generator=rng)


def hole(x: Tensor, rng: torch.Generator) -> Tensor:
    """Grey (0) in the middle quarter of the picture."""
    height, width = x.shape[-2:]
    x = x.clone()
    x[..., height // 4 : height - height // 4, width // 4 : width - width // 4] = 0
    return x


def left_half(x: Tensor, rng: torch.Generator) -> Tensor:
    """Grey (0) in the right half."""
    x = x.clone()
    x[..., (x.shape[-1] + 1) // 2 :] = 0
    return x


def grey(x: Tensor, rng: torch.Generator) -> Tensor:
    """One channel by luma, of three; ValueError for other pictures."""
    if x.shape[1] != 3:
        raise ValueError(f"'grey' needs pictures of 3 channels, not {x.shape[1]}")
    return coloured(x, 1)


CHANGES: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    change.__name__: change for change in (invert, thin, outline, noise, hole, left_half, grey)
}
