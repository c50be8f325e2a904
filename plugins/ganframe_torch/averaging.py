"""Batch norm without momentum: its statistics are the average over all batches so far."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ganframe import Shape
from ganframe_torch.layer import Layer


class Averaging:
    """Mixed into a class of batch norm: PyTorch reads the count of batches, a number that no meta tensor has."""

    def forward(self, input: Tensor) -> Tensor:
        """The input normalized; on the meta device, only its shape."""
        normalized: Any = super()
        return torch.empty_like(input) if input.is_meta else normalized.forward(input)


class AveragingBatchNorm1d(Averaging, nn.BatchNorm1d):
    """nn.BatchNorm1d with `momentum = None`."""


class AveragingBatchNorm2d(Averaging, nn.BatchNorm2d):
    """nn.BatchNorm2d with `momentum = None`."""


class AveragingBatchNorm3d(Averaging, nn.BatchNorm3d):
    """nn.BatchNorm3d with `momentum = None`."""


AVERAGING: dict[type[nn.Module], type[nn.Module]] = {
    nn.BatchNorm1d: AveragingBatchNorm1d,
    nn.BatchNorm2d: AveragingBatchNorm2d,
    nn.BatchNorm3d: AveragingBatchNorm3d,
}


class BatchNorm(Layer):
    """BatchNorm1d, 2d and 3d."""

    own_init = mixes_rows = True

    def build(self, x: Shape) -> nn.Module:
        """The module for an input (N, *x)."""
        return self.module({"x": x}, AVERAGING[self._torch] if self.momentum == "none" else None)
