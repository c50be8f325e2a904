"""Small units: gates, competing maps, Fourier features."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks


@component
class Highway:
    """t * relu(H x) + (1 - t) * x with t = sigmoid(T x + bias), along the last axis (arXiv:1505.00387, eq. 3)."""

    examples = ({"x": (6,)}, {"x": (4, 6)})
    gate_bias: float = option(-1.0, "added to the gate, so that it begins by carrying x through")

    def build(self, x: Shape) -> nn.Module:
        checks.axis(-1, x)
        return _Highway(x[-1], self.gate_bias)


class _Highway(nn.Module):
    def __init__(self, features: int, gate_bias: float) -> None:
        super().__init__()
        self.transform = nn.Linear(features, features)
        self.gate = nn.Linear(features, features)
        self.gate_bias = gate_bias

    def forward(self, x: Tensor) -> Tensor:
        gate = torch.sigmoid(self.gate(x) + self.gate_bias)
        return x + gate * (torch.relu(self.transform(x)) - x)


@component
class Maxout:
    """The largest of several linear maps, unit by unit, along the last axis (arXiv:1302.4389, eq. 1)."""

    examples = ({"options": {"out_features": 3}, "x": (6,)},)
    out_features: int = option(doc="length of the output", min=1)
    pieces: int = option(2, "linear maps that compete for each unit", min=1)

    def build(self, x: Shape) -> nn.Module:
        checks.axis(-1, x)
        return _Maxout(x[-1], self.out_features, self.pieces)


class _Maxout(nn.Module):
    def __init__(self, features: int, out_features: int, pieces: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, out_features * pieces)
        self.pieces = pieces

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x).unflatten(-1, (-1, self.pieces)).max(-1).values


@component
class SqueezeExcitation:
    """Channels of a map times sigmoid(W2 relu(W1 mean(x))), the mean over all places (arXiv:1709.01507, eq. 2-4)."""

    examples = ({"x": (16, 4, 4)}, {"x": (4, 6)})
    reduction: int = option(16, "the hidden layer has channels / reduction units, at least one", min=1)

    def build(self, x: Shape) -> nn.Module:
        channels = checks.spatial(x)
        return _SqueezeExcitation(channels, max(1, channels // self.reduction))


class _SqueezeExcitation(nn.Module):
    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, hidden)
        self.excite = nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        scale = torch.sigmoid(self.excite(torch.relu(self.squeeze(x.flatten(2).mean(2)))))
        return x * scale.reshape(*scale.shape, *[1] * (x.dim() - 2)).to(x.dtype)


@component
class FourierFeatures:
    """[cos(2 pi B x), sin(2 pi B x)] along the last axis, B fixed and drawn at the start (arXiv:2006.10739, eq. 4)."""

    own_init = True
    examples = ({"options": {"features": 4}, "x": (2,)}, {"options": {"features": 4}, "x": (5, 2)})
    features: int = option(64, "number of frequencies; the output is twice as long", min=1)
    std: float = option(1.0, "standard deviation of the frequencies in B", min=0.0)

    def build(self, x: Shape) -> nn.Module:
        checks.axis(-1, x)
        return _FourierFeatures(x[-1], self.features, self.std)


class _FourierFeatures(nn.Module):
    def __init__(self, size: int, features: int, std: float) -> None:
        super().__init__()
        self.register_buffer("frequencies", std * torch.randn(features, size))

    def forward(self, x: Tensor) -> Tensor:
        angle = 2 * torch.pi * (x @ self.frequencies.t().to(x.dtype))
        return torch.cat((angle.cos(), angle.sin()), -1)
