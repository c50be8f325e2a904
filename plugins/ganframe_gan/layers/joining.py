"""Wires side by side."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks


@component
class Concat:
    """Its inputs joined along one axis, `torch.cat`; every other axis must agree."""

    examples = ({"x": (3, 4, 4), "more": [(5, 4, 4), (1, 4, 4)]},)
    dim: int = option(1, "the axis to join along; 0 is the batch, 1 the first axis of a row, -1 the last")

    def build(self, x: Shape, *more: Shape) -> nn.Module:
        checks.several(more)
        dim = checks.axis(self.dim, x)
        for other in more:
            self._fits(x, other, dim - 1)
        return _Concat(dim)

    def _fits(self, x: Shape, other: Shape, i: int) -> None:
        if len(x) != len(other):
            hint = "; a vector is laid beside a map by ConcatLabel" if 1 in map(len, (x, other)) else ""
            raise ValueError(f"{x} and {other} have different numbers of axes{hint}")
        if x[:i] + x[i + 1 :] != other[:i] + other[i + 1 :]:
            raise ValueError(f"{x} and {other} differ in another axis than dim = {self.dim}")


class _Concat(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor, *more: Tensor) -> Tensor:
        return torch.cat((x, *more), self.dim)


@component
class ConcatLabel:
    """The input with a label beside its channels, one constant map a class: (C, ...) and (K,) give (C + K, ...).

    The conditioning of StarGAN (arXiv:1711.09020, section 4.2) and of conditional GANs (arXiv:1411.1784).
    """

    examples = ({"x": (3, 4, 4), "label": (5,)}, {"x": (6,), "label": (2,)})

    def build(self, x: Shape, label: Shape) -> nn.Module:
        checks.vector(label, "the label")
        checks.floats(label, "the label")
        if not x:
            raise ValueError("the input has no axis to put the label beside")
        return _ConcatLabel()


class _ConcatLabel(nn.Module):
    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        maps = label.reshape(*label.shape, *[1] * (x.dim() - 2)).expand(-1, -1, *x.shape[2:])
        return torch.cat((x, maps.to(x.dtype)), 1)


@component
class RepeatTo:
    """A vector repeated over new axes: (F,) gives (F, *size), or (*size, F) with `first = true`.

    The size is an option, or that of another wire: the axes of `like` without its features.
    """

    examples = (
        {"options": {"size": (3, 2)}, "x": (4,)},
        {"options": {"first": True}, "x": (4,), "like": (5, 7)},
    )
    no_gradient = ("like",)
    size: tuple[int, ...] = option((), "lengths of the new axes; leave it out where `like` gives them", min=1)
    first: bool = option(False, "true puts the new axes before the features, as sequences (length, features) have them")

    def build(self, x: Shape, like: Shape | None = None) -> nn.Module:
        checks.vector(x)
        if bool(self.size) == (like is not None):
            raise ValueError("give either size = [..] or the wire like = \"@..\"")
        size = self.size
        if like is not None:
            checks.spatial(like)
            size = tuple(like[:-1] if self.first else like[1:])
        return _RepeatTo(tuple(size), self.first)


class _RepeatTo(nn.Module):
    def __init__(self, size: tuple[int, ...], first: bool) -> None:
        super().__init__()
        self.size, self.first = size, first

    def forward(self, x: Tensor, like: Tensor | None = None) -> Tensor:
        ones = [1] * len(self.size)
        if self.first:
            return x.reshape(len(x), *ones, -1).expand(-1, *self.size, -1)
        return x.reshape(*x.shape, *ones).expand(-1, -1, *self.size)
