"""The augmentations that everybody knows."""

from __future__ import annotations

import torch
from torch import Tensor

from ganframe import Now, component, option
from ganframe_gan.augmentations import draws
from ganframe_gan.augmentations.warp import reflected


@component
class Flip:
    """A share of the rows mirrored along their last axis: left and right of a picture, the time of a sound."""

    p: float = option(0.5, "probability that a row is mirrored", min=0.0, max=1.0, curve=True)

    def __call__(self, x: Tensor, now: Now) -> Tensor:
        chosen = draws.uniform(x, now.rng, *[1] * (x.dim() - 1)) < now(self.p)
        return torch.where(chosen, x.flip(-1), x)


@component
class Shift:
    """Pictures moved by whole pixels in both directions, mirrored at the border: a random crop of a padded picture."""

    p: float = option(1.0, "probability that a row is shifted", min=0.0, max=1.0, curve=True)
    reach: float = option(0.125, "largest shift, as a share of the size", min=0.0, max=1.0, curve=True)

    def __call__(self, x: Tensor, now: Now) -> Tensor:
        draws.pictures(x)
        chosen = draws.uniform(x, now.rng, 1, 1, 1) < now(self.p)
        for axis in (2, 3):
            size = x.shape[axis]
            moved = ((2 * draws.uniform(x, now.rng, 1, 1, 1) - 1) * (now(self.reach) * size)).round() * chosen
            place = torch.arange(size, device=x.device).view(-1, *[1] * (3 - axis))
            x = torch.take_along_dim(x, reflected(place + moved, size).long(), axis)
        return x
