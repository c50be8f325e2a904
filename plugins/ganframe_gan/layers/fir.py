"""Small separable low-pass filters, applied to every channel alike."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor


def binomial(taps: int) -> Tensor:
    """The (taps, taps) kernel of the binomial row, of sum 1: 3 is [1, 2, 1], 4 is [1, 3, 3, 1]."""
    row = torch.tensor([float(math.comb(taps - 1, k)) for k in range(taps)]) / 2 ** (taps - 1)
    return torch.outer(row, row)


def smooth(x: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    """x (N, C, H, W) correlated with a kernel, channel by channel."""
    weight = kernel.to(x.dtype).expand(x.shape[1], 1, -1, -1)
    return F.conv2d(x, weight, stride=stride, padding=padding, groups=x.shape[1])


def double(x: Tensor, kernel: Tensor) -> Tensor:
    """x at twice its size: zeros between its pixels, then the kernel (4, 4) with gain 4, zeros beyond the border."""
    weight = (4 * kernel).to(x.dtype).expand(x.shape[1], 1, -1, -1)
    return F.conv_transpose2d(x, weight, stride=2, padding=1, groups=x.shape[1])


def halve(x: Tensor, kernel: Tensor) -> Tensor:
    """x at half its size: the kernel (4, 4), then every second pixel, zeros beyond the border."""
    return smooth(x, kernel, stride=2, padding=1)
