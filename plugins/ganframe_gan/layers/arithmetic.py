"""Sums, products, blends and inner products of wires."""

from __future__ import annotations

from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks


@component
class Add:
    """The sum of its inputs, x + y + ...; an axis of length 1 is repeated to fit."""

    examples = ({"x": (3, 4, 4), "more": [(3, 4, 4), (3, 1, 1)]},)

    def build(self, x: Shape, *more: Shape) -> nn.Module:
        checks.several(more)
        checks.broadcastable(x, more)
        return _Sum()


class _Sum(nn.Module):
    def forward(self, x: Tensor, *more: Tensor) -> Tensor:
        for other in more:
            x = x + other
        return x


@component
class Multiply:
    """The product of its inputs, factor * x * y * ...; an axis of length 1 is repeated.

    So a (C, 1, 1) gain scales channels. With a `factor` one input is enough: StyleGAN2's activations are multiplied by
    sqrt(2), its residual sums by sqrt(1/2).
    """

    examples = ({"x": (3, 4, 4), "more": [(3, 1, 1)]}, {"options": {"factor": 0.5}, "x": (3, 4, 4)})
    factor: float = option(1.0, "a number that the product is multiplied by")

    def build(self, x: Shape, *more: Shape) -> nn.Module:
        if self.factor == 1.0:
            checks.several(more)
        checks.broadcastable(x, more)
        return _Product(self.factor)


class _Product(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor, *more: Tensor) -> Tensor:
        for other in more:
            x = x * other
        return x if self.factor == 1.0 else self.factor * x


@component
class Lerp:
    """The blend (1 - weight) * x + weight * other, as progressive growing fades (arXiv:1710.10196, section 2).

    `weight` is a number a row (1,), or has as many axes as x. At 0 and at 1 one input comes out bit for bit.
    """

    examples = ({"x": (3, 4, 4), "other": (3, 4, 4), "weight": (1,)},)

    def build(self, x: Shape, other: Shape, weight: Shape) -> nn.Module:
        checks.broadcastable(x, (other,))
        if weight != (1,):
            checks.broadcastable(x, (weight,))
        return _Lerp()


class _Lerp(nn.Module):
    def forward(self, x: Tensor, other: Tensor, weight: Tensor) -> Tensor:
        weight = weight.reshape(*weight.shape, *[1] * (x.dim() - weight.dim()))
        return (1 - weight) * x + weight * other


@component
class Dot:
    """The inner product of two vectors, scale * <x, other>, as a (1,) logit."""

    examples = ({"x": (6,), "other": (6,)},)
    scale: float = option(1.0, "factor of the product; 1/sqrt(features) keeps its variance")

    def build(self, x: Shape, other: Shape) -> nn.Module:
        if checks.vector(x) != checks.vector(other, "the second input"):
            raise ValueError(f"vectors of lengths {x[0]} and {other[0]} have no inner product")
        return _Dot(self.scale)


class _Dot(nn.Module):
    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, x: Tensor, other: Tensor) -> Tensor:
        return self.scale * (x * other).sum(1, keepdim=True)
