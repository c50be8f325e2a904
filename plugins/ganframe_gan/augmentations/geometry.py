"""Affine maps of the plane, (N, 3, 3), in pixels around a picture's middle, x to the right and y down."""

from __future__ import annotations

import functools

import torch
from torch import Tensor


def scaled(x: Tensor, y: Tensor) -> Tensor:
    """Places multiplied by x (N, 1) across and y (N, 1) down."""
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return _matrix(x, zero, zero, zero, y, zero, zero, zero, one)


def turned(angle: Tensor) -> Tensor:
    """Places turned by an angle (N, 1) in radians, from x towards y."""
    cos, sin, zero, one = angle.cos(), angle.sin(), torch.zeros_like(angle), torch.ones_like(angle)
    return _matrix(cos, -sin, zero, sin, cos, zero, zero, zero, one)


def shifted(x: Tensor, y: Tensor) -> Tensor:
    """Places moved by x (N, 1) to the right and y (N, 1) down."""
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return _matrix(one, zero, x, zero, one, y, zero, zero, one)


def product(*maps: Tensor) -> Tensor:
    """The maps one after the other, the last one first; in full precision, which a matrix product need not have."""
    return functools.reduce(lambda a, b: (a.unsqueeze(3) * b.unsqueeze(1)).sum(2), maps)


def _matrix(*entries: Tensor) -> Tensor:
    return torch.cat(entries, 1).unflatten(1, (3, 3))
