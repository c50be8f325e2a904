"""Sequences: where a token stands, and a decoder that does not look ahead."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from ganframe import Shape, component, option
from ganframe_gan.layers import checks


@component
class Position:
    """A sequence (T, F) plus a vector for each place.

    `sinusoidal` (arXiv:1706.03762, section 3.5): sin(t / 10000^(2i/F)) at 2i, cos at 2i + 1. `learned`: a parameter
    `weight` (T, F), normal with deviation 0.02 at the start.
    """

    own_init = True
    own_weight = True
    examples = ({"x": (5, 6)}, {"options": {"kind": "learned"}, "x": (5, 7)})
    kind: str = option("sinusoidal", "how places are told apart", choices=("sinusoidal", "learned"))

    def build(self, x: Shape) -> nn.Module:
        length, features = checks.sequence(x)
        return _Learned(length, features) if self.kind == "learned" else _Sinusoidal(length, features)


class _Learned(nn.Module):
    def __init__(self, length: int, features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(length, features))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.weight.to(x.dtype)


class _Sinusoidal(nn.Module):
    def __init__(self, length: int, features: int) -> None:
        super().__init__()
        rate = torch.exp(torch.arange(0, features, 2) * (-math.log(10_000.0) / features))
        angle = torch.arange(length).unsqueeze(1) * rate
        table = torch.stack((angle.sin(), angle.cos()), 2).flatten(1)
        self.register_buffer("table", table[:, :features].contiguous(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.table.to(x.dtype)


@component
class CausalDecoderLayer:
    """torch's `TransformerDecoderLayer` with the causal mask: a place sees itself, earlier places and all of `memory`.

    x (T, F) and the encoder's output `memory` (S, F) have the same features; the optional `memory_mask` (S,) is true
    where the memory holds something. Attention is computed by plain products, so that penalties can differentiate it
    twice.
    """

    random = True
    examples = (
        {"options": {"nhead": 2, "dim_feedforward": 8}, "x": (5, 6), "memory": (4, 6), "memory_mask": ("bool", (4,))},
        {"options": {"nhead": 2, "dim_feedforward": 8}, "x": (5, 6), "memory": (4, 6)},
    )
    nhead: int = option(doc="attention heads; must divide the features", min=1)
    dim_feedforward: int = option(2048, "width of the feed-forward part", min=1)
    dropout: float = option(0.1, "share of values dropped in train mode", min=0.0, max=1.0)
    activation: str = option("relu", "of the feed-forward part", choices=("relu", "gelu"))
    layer_norm_eps: float = option(1e-5, "added to the variance", min=1e-12)
    norm_first: bool = option(False, "normalise before each part instead of after it")
    bias: bool = option(True, "linear and norm layers have a bias")

    def build(self, x: Shape, memory: Shape, memory_mask: Shape | None = None) -> nn.Module:
        length, features = checks.sequence(x)
        seen, width = checks.sequence(memory, "the memory")
        if width != features:
            raise ValueError(f"the memory {memory} must have the {features} features of the input")
        if memory_mask not in (None, (seen,)):
            raise ValueError(f"the memory's mask {memory_mask} must have its length, ({seen},)")
        if features % self.nhead:
            raise ValueError(f"{features} features cannot be shared among nhead = {self.nhead}")
        layer = nn.TransformerDecoderLayer(
            features, self.nhead, self.dim_feedforward, self.dropout, self.activation, self.layer_norm_eps,
            batch_first=True, norm_first=self.norm_first, bias=self.bias,
        )  # fmt: skip
        return _CausalDecoderLayer(layer, length)


class _CausalDecoderLayer(nn.Module):
    def __init__(self, layer: nn.TransformerDecoderLayer, length: int) -> None:
        super().__init__()
        self.layer = layer
        ahead = torch.ones(length, length, dtype=torch.bool).triu(1)
        self.register_buffer("ahead", ahead, persistent=False)

    def forward(self, x: Tensor, memory: Tensor, memory_mask: Tensor | None = None) -> Tensor:
        hidden = None if memory_mask is None else ~memory_mask.bool()
        with sdpa_kernel(SDPBackend.MATH):
            return self.layer(x, memory, tgt_mask=self.ahead, memory_key_padding_mask=hidden)
