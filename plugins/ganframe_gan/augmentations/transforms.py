"""The transformations of StyleGAN2-ADA, each with a probability of its own."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ganframe import component, option
from ganframe_gan.augmentations import draws
from ganframe_gan.augmentations.geometry import turned, unmoved, unscaled
from ganframe_gan.augmentations.warp import warp


def _share(default: float, doc: str) -> float:
    return option(default, f"{doc}: its probability is p times this", min=0.0)  # type: ignore[no-any-return]


@component
class Transforms:
    """The options of the pipe of arXiv:2006.06676, appendix B.2; by default those of its set `bgc`, all on."""

    xflip: float = _share(1.0, "left and right exchanged or not")
    rotate90: float = _share(1.0, "turned by a random multiple of 90 degrees")
    xint: float = _share(1.0, "moved by whole pixels")
    scale: float = _share(1.0, "scaled by 2^N(0, scale_std^2)")
    rotate: float = _share(1.0, "turned by any angle, before or after `aniso`")
    aniso: float = _share(1.0, "stretched by 2^N(0, aniso_std^2) across and shrunk as much down")
    xfrac: float = _share(1.0, "moved by N(0, xfrac_std^2) of the size")
    brightness: float = _share(1.0, "N(0, brightness_std^2) added")
    contrast: float = _share(1.0, "multiplied by 2^N(0, contrast_std^2)")
    lumaflip: float = _share(1.0, "lightness turned over or not, colours kept")
    hue: float = _share(1.0, "colours turned about the grey axis (three channels only)")
    saturation: float = _share(1.0, "distance from grey multiplied by 2^N(0, saturation_std^2)")
    noise: float = _share(0.0, "N(0, s^2) added to each value, s from the half normal of noise_std")
    cutout: float = _share(0.0, "a rectangle of cutout_size set to zero")
    xint_max: float = option(0.125, "largest move of `xint`, as a share of the size", min=0.0)
    scale_std: float = option(0.2, "spread of `scale` in powers of two", min=0.0)
    rotate_max: float = option(1.0, "largest angle of `rotate`, as a share of 180 degrees", min=0.0, max=1.0)
    aniso_std: float = option(0.2, "spread of `aniso` in powers of two", min=0.0)
    xfrac_std: float = option(0.125, "spread of `xfrac`, as a share of the size", min=0.0)
    brightness_std: float = option(0.2, "spread of `brightness`; pictures lie in [-1, 1]", min=0.0)
    contrast_std: float = option(0.5, "spread of `contrast` in powers of two", min=0.0)
    hue_max: float = option(1.0, "largest turn of `hue`, as a share of 180 degrees", min=0.0, max=1.0)
    saturation_std: float = option(1.0, "spread of `saturation` in powers of two", min=0.0)
    noise_std: float = option(0.1, "spread of the strength of `noise`", min=0.0)
    cutout_size: float = option(0.5, "side of `cutout`, as a share of the size", min=0.0, max=1.0)

    def transformed(self, x: Tensor, p: float | Tensor, rng: torch.Generator) -> Tensor:
        """Pictures (N, C, H, W) changed with strength p in [0, 1]; rows that nothing happens to come out bit for bit."""
        draws.pictures(x)
        work = x if x.dtype == torch.float64 else x.float()
        chance = torch.as_tensor(p, dtype=work.dtype, device=x.device)
        for part in (self._moved, self._coloured, self._noisy, self._cut):
            work = part(work, chance, rng)
        return work.to(x.dtype)

    def _moved(self, x: Tensor, p: Tensor, rng: torch.Generator) -> Tensor:
        height, width = x.shape[2:]

        def some(share: float | Tensor, value: Tensor, neutral: float = 0.0) -> Tensor:
            """The value where the transformation takes place, else what changes nothing."""
            return torch.where(draws.uniform(x, rng, 1) < share * p, value, neutral)

        def angle() -> Tensor:
            # Twice with this probability is at least once with probability rotate * p (appendix B.2).
            once = 1 - (1 - (self.rotate * p).clamp(0, 1)).sqrt()
            value = (2 * draws.uniform(x, rng, 1) - 1) * (math.pi * self.rotate_max)
            return torch.where(draws.uniform(x, rng, 1) < once, value, 0.0).squeeze(1)

        flip = some(self.xflip, draws.integers(x, rng, 0, 1, 1).to(x)).squeeze(1)
        quarter = some(self.rotate90, draws.integers(x, rng, 0, 3, 1).to(x)).squeeze(1)
        whole = some(self.xint, (2 * draws.uniform(x, rng, 2) - 1) * self.xint_max)
        size = some(self.scale, (draws.normal(x, rng, 1) * self.scale_std).exp2(), 1.0).squeeze(1)
        before, after = angle(), angle()
        stretch = some(self.aniso, (draws.normal(x, rng, 1) * self.aniso_std).exp2(), 1.0).squeeze(1)
        part = some(self.xfrac, draws.normal(x, rng, 2) * self.xfrac_std)

        maps = (
            unscaled(1 - 2 * flip, torch.ones_like(flip)), turned(quarter * (math.pi / 2)),
            unmoved((whole[:, 0] * width).round(), (whole[:, 1] * height).round()), unscaled(size, size),
            turned(before), unscaled(stretch, 1 / stretch), turned(after),
            unmoved(part[:, 0] * width, part[:, 1] * height),
        )  # fmt: skip
        still = torch.eye(3, dtype=x.dtype, device=x.device)
        inverse = torch.linalg.multi_dot([still.expand(len(x), 3, 3), *maps]) if False else _product(maps)
        moves = (inverse != still).flatten(1).any(1).view(-1, 1, 1, 1)
        return torch.where(moves, warp(x, inverse), x)
