"""Gradients of logits at a discriminator's inputs, safe where they vanish."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def input_gradients(logits: Tensor, inputs: Sequence[Tensor]) -> list[Tensor]:
    """d sum(logits) / d input for every input, each (N, entries), differentiable again, in float32 at least.

    Inputs that the logits do not hang on get zeros. Rows must not depend on each other (no batch norm).
    """
    found = torch.autograd.grad(logits.sum(), inputs, create_graph=True, materialize_grads=True)
    return [wide(gradient.reshape(len(gradient), -1)) for gradient in found]


def mean_squared_norm(logits: Tensor, inputs: Sequence[Tensor]) -> Tensor:
    """Mean over rows of the squared length of the gradient at all inputs together."""
    return sum(gradient.square().sum() / len(gradient) for gradient in input_gradients(logits, inputs))


def wide(tensor: Tensor) -> Tensor:
    """The tensor in float32 if it is of half precision: squares overflow or round there."""
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor
