"""Structural similarity of pictures, at several scales."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

#: Exponents of the scales, finest first (Wang et al. 2003, section 4.1).
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
#: Side and standard deviation of the Gaussian window; smaller pictures get the largest odd window that fits.
WINDOW, SIGMA = 11, 1.5
STABLE = (0.01**2, 0.03**2)


def scales_of(height: int, width: int) -> int:
    """How many of the five scales fit: the window must fit into the coarsest picture."""
    least = min(height, width)
    return max(1, sum(least >> k >= WINDOW for k in range(len(WEIGHTS))))


def ssim(x: Tensor, y: Tensor) -> Tensor:
    """Structural similarity of pictures (N, C, H, W) with values from 0 to 1: (N,), 1 for equal ones.

    The mean over channels and places of luminance times contrast times structure (Wang et al. 2004, eq. 13).
    """
    luminance, structure = _alike(x, y)
    return (luminance * structure).flatten(1).mean(1)


def ms_ssim(x: Tensor, y: Tensor) -> Tensor:
    """Multi-scale structural similarity of pictures (N, C, H, W) with values from 0 to 1: (N,), 1 for equal ones.

    prod over scales of (contrast and structure)^w, at the coarsest times luminance^w, a channel at a time, then their
    mean (Wang, Simoncelli and Bovik 2003, eq. 7). Where pictures are too small for five scales the coarser ones are
    left out, and the exponents are scaled to the sum 1. What is below 0 counts as 0.
    """
    scales = scales_of(*x.shape[-2:])
    exponents = torch.tensor(WEIGHTS[:scales], dtype=x.dtype, device=x.device)
    result = torch.ones(x.shape[:2], dtype=x.dtype, device=x.device)
    for k, exponent in enumerate(exponents / exponents.sum()):
        if k:
            x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
        luminance, structure = _alike(x, y)
        part = structure if k + 1 < scales else structure * luminance
        result = result * part.mean((2, 3)).clamp(min=0) ** exponent
    return result.mean(1)


def _alike(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Luminance, and contrast times structure, at every place of the window (eqs. 1 to 3 with C3 = C2 / 2)."""
    mx, my = _blurred(x), _blurred(y)
    vx, vy, both = _blurred(x * x) - mx * mx, _blurred(y * y) - my * my, _blurred(x * y) - mx * my
    luminance = (2 * mx * my + STABLE[0]) / (mx * mx + my * my + STABLE[0])
    return luminance, (2 * both + STABLE[1]) / (vx + vy + STABLE[1])


def _blurred(x: Tensor) -> Tensor:
    """Means under the Gaussian window, wherever it fits whole."""
    side = min(WINDOW, *x.shape[-2:])
    side -= 1 - side % 2
    taps = torch.arange(side, dtype=x.dtype, device=x.device) - side // 2
    taps = (-taps.square() / (2 * SIGMA**2)).exp()
    taps = (taps / taps.sum()).view(1, 1, 1, -1).expand(x.shape[1], 1, 1, -1)
    return F.conv2d(F.conv2d(x, taps, groups=x.shape[1]), taps.transpose(2, 3), groups=x.shape[1])
