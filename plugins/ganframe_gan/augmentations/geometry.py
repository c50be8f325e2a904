"""Affine maps of the plane, (N, 3, 3): from the result back to the picture, so each is the inverse of its transformation."""

from __future__ import annotations

import torch
from torch import Tensor


def _matrix(rows: tuple[tuple[Tensor | float, ...], ...], like: Tensor) -> Tensor:
    entries = [torch.as_tensor(v, dtype=like.dtype, device=like.device).expand(len(like)) for row in rows for v in row]
    return torch.stack(entries, 1).unflatten(1, (3, 3))


def unscaled(x: Tensor, y: Tensor) -> Tensor:
    """Undo a scaling by x (N,) across and y (N,) down."""
    return _matrix(((1 / x, 0, 0), (0, 1 / y, 0), (0, 0, 1)), x)


def turned(angle: Tensor) -> Tensor:
    """Rotation by an angle (N,) in radians, clockwise on the screen."""
    cos, sin = angle.cos(), angle.sin()
    return _matrix(((cos, -sin, 0), (sin, cos, 0), (0, 0, 1)), angle)


def unmoved(x: Tensor, y: Tensor) -> Tensor:
    """Undo a translation by x (N,) to the right and y (N,) down, in pixels."""
    return _matrix(((1, 0, -x), (0, 1, -y), (0, 0, 1)), x)
