"""Many places to one: sums, means, and the logit of a class."""

from __future__ import annotations

from torch import Tensor, nn

from ganframe import Shape, component
from ganframe_gan.layers import checks


@component
class SumPool:
    """The sum over all places of a map, (C, ...) to (C,): how SNGAN's discriminator ends (arXiv:1802.05957, B.4)."""

    examples = ({"x": (3, 4, 4)}, {"x": (3, 5)})

    def build(self, x: Shape) -> nn.Module:
        checks.spatial(x)
        return _SumPool()


class _SumPool(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2).sum(2)


@component
class MaskedMean:
    """The mean over the places of a sequence (T, F) where `mask` (T,) is true; zero where it is nowhere true."""

    examples = ({"x": (5, 3), "mask": ("bool", (5,))},)

    def build(self, x: Shape, mask: Shape) -> nn.Module:
        length, _ = checks.sequence(x)
        if mask != (length,):
            raise ValueError(f"the mask {mask} must have the length of the sequence, ({length},)")
        return _MaskedMean()


class _MaskedMean(nn.Module):
    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        weight = mask.to(x.dtype).unsqueeze(2)
        return (x * weight).sum(1) / weight.sum(1).clamp_min(1)


@component
class Projection:
    """The projection discriminator's logit, <weight, x> + bias + <V label, x> (arXiv:1802.05637, eq. 3).

    `label` is one-hot, or soft: V is a linear map without bias. Both maps are called `linear` and `embed`.
    """

    examples = ({"x": (6,), "label": (4,)},)

    def build(self, x: Shape, label: Shape) -> nn.Module:
        checks.floats(label, "the label")
        return _Projection(checks.vector(x), checks.vector(label, "the label"))


class _Projection(nn.Module):
    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, 1)
        self.embed = nn.Linear(classes, features, bias=False)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        return self.linear(x) + (self.embed(label) * x).sum(1, keepdim=True)
