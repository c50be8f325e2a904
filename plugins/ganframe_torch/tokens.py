"""Layers that read integers: Embedding and EmbeddingBag."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganframe import Shape
from ganframe_torch.layer import Layer


class Tokens(Layer):
    """A table looked up by whole numbers."""

    own_init = True

    def build(self, x: Shape) -> nn.Module:
        """The module for tokens (N, *x), int32 or int64."""
        self.check(x)
        return self.module({"x": x})

    def check(self, x: Shape) -> None:
        """Refuse what is no token: one-hot and soft tokens are floats."""
        if self.sparse and self.scale_grad_by_freq:
            raise ValueError("'sparse' and 'scale_grad_by_freq' cannot be true together")
        if x.dtype not in (torch.int64, torch.int32):
            raise ValueError(
                f"{type(self).__name__} reads tokens (int64), but its input is {x.dtype}; "
                "for one-hot or soft tokens write a Linear with bias = false"
            )


class WeightedBag(nn.EmbeddingBag):
    """nn.EmbeddingBag on (N, tokens) with a weight for each token."""

    def forward(self, input: Tensor, per_sample_weights: Tensor) -> Tensor:
        """The weighted sums (N, embedding_dim) of the rows that each sample names."""
        return super().forward(input, None, per_sample_weights)


class Bag(Tokens):
    """EmbeddingBag: the rows of one sample's tokens, reduced."""

    def build(self, x: Shape, per_sample_weights: Shape | None = None) -> nn.Module:
        """The module for tokens (N, tokens), weighted by (N, tokens) where `per_sample_weights` is given."""
        self.check(x)
        if per_sample_weights is None:
            return self.module({"x": x})
        if tuple(per_sample_weights) != tuple(x):
            raise ValueError(f"'per_sample_weights' {per_sample_weights} must have the input's shape {x}")
        return self.module({"x": x}, WeightedBag)
