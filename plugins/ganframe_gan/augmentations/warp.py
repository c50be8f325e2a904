"""Pictures moved, turned and stretched, each by its own affine map, without aliasing."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

_HALF = (-0.005871312, 0.02740951, -0.004210708, -0.121094173, 0.126444262, 0.684429203)
#: A symmetric quadrature mirror filter of 12 taps (Johnston 1980): sum sqrt(2), orthogonal to its shifts by 2 within
#: 0.0013, 31 dB down above three quarters of the band.
TAPS = (*_HALF, *reversed(_HALF))
#: Pixels that the filter reads beyond the border.
_BORDER = 3


def reflected(place: Tensor, size: int) -> Tensor:
    """Places (floats) on an axis of that many pixels, those outside mirrored at the outermost pixels' middles."""
    if size == 1:
        return torch.zeros_like(place)
    last = size - 1
    within = place - 2 * last * (place / (2 * last)).floor()
    return last - (last - within).abs()


def warp(x: Tensor, inverse: Tensor) -> Tensor:
    """The pictures under affine maps: `inverse` (N, 3, 3) takes places of the result to places of x, in pixels.

    Places count from the picture's middle, x to the right and y down; beyond its border a picture is mirrored. As in
    StyleGAN2-ADA (arXiv:2006.06676, appendix B.2): to twice the size, bilinear there, and back, so that nothing
    aliases. Its filter sym6 is not symmetric, which moves mirrored and turned pictures; this one keeps them in place.
    """
    height, width = x.shape[2:]
    places = _source(inverse, height, width)
    u, v = reflected(places[..., 0], width), reflected(places[..., 1], height)
    doubled = _doubling(height, x) @ x @ _doubling(width, x).t()
    return _halving(height, x) @ _bilinear(doubled, 2 * u + 0.5, 2 * v + 0.5) @ _halving(width, x).t()


def _source(inverse: Tensor, height: int, width: int) -> Tensor:
    """Where the pixels of the doubled result, its filter's border included, come from: (N, h, w, 2)."""
    down, across = (torch.arange(2 * size + 10).to(inverse) / 2 - _BORDER + 0.25 for size in (height, width))
    middle = torch.tensor([(width - 1) / 2, (height - 1) / 2]).to(inverse)
    y, x = (down - middle[1]).view(-1, 1, 1), (across - middle[0]).view(-1, 1)
    columns = inverse[:, None, None, :2]
    # Sums instead of a matrix product, which an accelerator may round to ten bits.
    return columns[..., 0] * x + columns[..., 1] * y + columns[..., 2] + middle


def _doubling(size: int, like: Tensor) -> Tensor:
    """The matrix (2 size, size) that puts zeros between mirrored pixels and filters: pixel k lies at (k - 1/2) / 2."""
    taps, pixel = torch.tensor(TAPS), torch.arange(2 * size).unsqueeze(1) + 5
    back = torch.arange(6)
    source = reflected((pixel // 2 - back).double(), size).long()
    return torch.zeros(2 * size, size).scatter_add(1, source, taps[pixel % 2 + 2 * back]).to(like)


def _halving(size: int, like: Tensor) -> Tensor:
    """The matrix (size, 2 size + 10) that filters and takes every second pixel."""
    taps = torch.tensor(TAPS)
    place = 2 * torch.arange(size).unsqueeze(1) + torch.arange(len(taps))
    return torch.zeros(size, 2 * size + 10).scatter(1, place, taps.expand(size, -1)).to(like)


def _bilinear(x: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """x (N, C, H, W) read at columns u and rows v, (N, h, w) each, all inside."""
    if x.is_cuda and torch.are_deterministic_algorithms_enabled():
        return gathered(x, u, v)  # grid_sample's gradient there adds in no fixed order
    height, width = x.shape[2:]
    grid = torch.stack(((2 * u + 1) / width - 1, (2 * v + 1) / height - 1), -1)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)


def gathered(x: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """The same by four indexed reads."""
    height, width = x.shape[2:]
    left, top = u.floor().clamp(0, width - 2), v.floor().clamp(0, height - 2)
    right, low = (u - left).unsqueeze(1), (v - top).unsqueeze(1)
    flat, first = x.flatten(2), (top * width + left).long().flatten(1).unsqueeze(1)

    def read(offset: int) -> Tensor:
        return flat.gather(2, (first + offset).expand(-1, x.shape[1], -1)).unflatten(2, u.shape[1:])

    above = torch.lerp(read(0), read(1), right)
    return torch.lerp(above, torch.lerp(read(width), read(width + 1), right), low)
