"""The transformations of StyleGAN2-ADA, each with a probability of its own."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganframe import component, option
from ganframe_gan.augmentations import draws
from ganframe_gan.augmentations.colour import coloured
from ganframe_gan.augmentations.damage import cut, noisy
from ganframe_gan.augmentations.motion import moved


def _share(default: float, doc: str) -> Any:
    return option(default, f"{doc}; the probability is p times this", min=0.0)


@component
class Transforms:
    """The options of the pipe of arXiv:2006.06676, appendix B.2; by default those of its set `bgc`, all on."""

    xflip: float = _share(1.0, "left and right exchanged or not")
    rotate90: float = _share(1.0, "turned by a random multiple of 90 degrees")
    xint: float = _share(1.0, "moved by whole pixels, up to xint_max of the size")
    scale: float = _share(1.0, "magnified by 2^N(0, scale_std^2)")
    rotate: float = _share(1.0, "turned by any angle up to rotate_max, before or after `aniso`")
    aniso: float = _share(1.0, "stretched by 2^N(0, aniso_std^2) across and shrunk as much down")
    xfrac: float = _share(1.0, "moved by N(0, xfrac_std^2) of the size")
    brightness: float = _share(1.0, "N(0, brightness_std^2) added")
    contrast: float = _share(1.0, "multiplied by 2^N(0, contrast_std^2)")
    lumaflip: float = _share(1.0, "lightness turned over or not, colours kept")
    hue: float = _share(1.0, "colours turned about the grey axis by up to hue_max (three channels only)")
    saturation: float = _share(1.0, "distance from grey multiplied by 2^N(0, saturation_std^2)")
    noise: float = _share(0.0, "N(0, s^2) added to each value, s the absolute value of N(0, noise_std^2)")
    cutout: float = _share(0.0, "a rectangle of cutout_size set to zero")
    xint_max: float = option(0.125, "largest move of `xint`, as a share of the size", min=0.0)
    scale_std: float = option(0.2, "spread of `scale`, in powers of two", min=0.0)
    rotate_max: float = option(1.0, "largest angle of `rotate`, as a share of 180 degrees", min=0.0, max=1.0)
    aniso_std: float = option(0.2, "spread of `aniso`, in powers of two", min=0.0)
    xfrac_std: float = option(0.125, "spread of `xfrac`, as a share of the size", min=0.0)
    brightness_std: float = option(0.2, "spread of `brightness`; pictures lie in [-1, 1]", min=0.0)
    contrast_std: float = option(0.5, "spread of `contrast`, in powers of two", min=0.0)
    hue_max: float = option(1.0, "largest turn of `hue`, as a share of 180 degrees", min=0.0, max=1.0)
    saturation_std: float = option(1.0, "spread of `saturation`, in powers of two", min=0.0)
    noise_std: float = option(0.1, "spread of the strength of `noise`", min=0.0)
    cutout_size: float = option(0.5, "sides of the rectangle of `cutout`, as a share of the size", min=0.0, max=1.0)

    def transformed(self, x: Tensor, p: float | Tensor, rng: torch.Generator) -> Tensor:
        """Pictures (N, C, H, W) changed with strength p in [0, 1]; rows that nothing happens to stay bit for bit."""
        draws.pictures(x)
        work = x if x.dtype == torch.float64 else x.float()
        chance = draws.Chances(work, torch.as_tensor(p).to(work), rng)
        with torch.autocast(x.device.type, enabled=False):
            for part in (moved, coloured, noisy, cut):
                work = part(work, self, chance)
        return work.to(x.dtype)
