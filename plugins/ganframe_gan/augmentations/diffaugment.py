"""Differentiable augmentation of both real and fake pictures."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from ganframe import Now, component, option
from ganframe_gan.augmentations import draws


@component
class DiffAugment:
    """Random changes, drawn anew for every row and always applied, in the order of `policy`.

    arXiv:2006.10738, section 3.2, with the numbers of the authors' code. `color`: brightness x + U(-0.5, 0.5);
    saturation m + (x - m) * U(0, 2), m the mean over the channels; contrast m + (x - m) * U(0.5, 1.5), m the mean of
    the picture. `translation`: moved by up to an eighth of the size, zeros beyond the border. `cutout`: a rectangle of
    half the size at a random place set to zero.
    """

    policy: tuple[str, ...] = option(
        ("color", "translation", "cutout"), "what is changed, in order", choices=("color", "translation", "cutout")
    )

    def __call__(self, x: Tensor, now: Now) -> Tensor:
        draws.pictures(x)
        for name in self.policy:
            x = _POLICIES[name](x, now.rng)
        return x


def color(x: Tensor, rng: torch.Generator) -> Tensor:
    """Brightness, then saturation, then contrast."""
    x = x + (draws.uniform(x, rng, 1, 1, 1) - 0.5)
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * (2 * draws.uniform(x, rng, 1, 1, 1))
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (x - mean) * (0.5 + draws.uniform(x, rng, 1, 1, 1))


def translation(x: Tensor, rng: torch.Generator, ratio: float = 0.125) -> Tensor:
    """Shifted by whole pixels; what comes in is zero."""
    for axis in (2, 3):
        size = x.shape[axis]
        reach = int(size * ratio + 0.5)
        moved = draws.integers(x, rng, -reach, reach, 1, 1, 1)
        # Index 0 and size + 1 are the zeros on either side.
        index = (moved + torch.arange(1, size + 1, device=x.device).view(-1, *[1] * (3 - axis))).clamp(0, size + 1)
        x = torch.take_along_dim(F.pad(x, (1, 1) if axis == 3 else (0, 0, 1, 1)), index, axis)
    return x


def cutout(x: Tensor, rng: torch.Generator, ratio: float = 0.5) -> Tensor:
    """Zero in a rectangle of this share of each side; its middle lies in the picture, so that it may be cut off."""
    kept = torch.zeros(len(x), 1, 1, 1, dtype=torch.bool, device=x.device)
    for axis in (2, 3):
        size = x.shape[axis]
        side = int(size * ratio + 0.5)
        first = draws.integers(x, rng, 0, size - side % 2, 1, 1, 1) - side // 2
        place = torch.arange(size, device=x.device).view(-1, *[1] * (3 - axis))
        kept = kept | (place < first) | (place >= first + side)
    return x * kept


_POLICIES: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "color": color, "translation": translation, "cutout": cutout,
}  # fmt: skip
