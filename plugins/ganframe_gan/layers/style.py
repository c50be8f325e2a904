"""StyleGAN's handling of w between the mapping network and the synthesis."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks


@component
class StyleMix:
    """One style a layer, (count, features), from two w's: x up to a random layer, `other` from there on.

    Style mixing (arXiv:1812.04948, section 3.1): each row is mixed with the given probability, its crossover uniform
    over layers 1 to count - 1. In eval mode nothing is mixed: every layer gets x.
    """

    random = True
    examples = ({"options": {"count": 4}, "x": (6,), "other": (6,)},)
    count: int = option(doc="number of layers that read a style", min=2)
    probability: float = option(0.9, "share of the rows that are mixed", min=0.0, max=1.0)

    def build(self, x: Shape, other: Shape) -> nn.Module:
        checks.vector(x)
        if x != other:
            raise ValueError(f"the two styles differ in shape, {x} and {other}")
        return _StyleMix(self.count, self.probability)


class _StyleMix(nn.Module):
    def __init__(self, count: int, probability: float) -> None:
        super().__init__()
        self.count, self.probability = count, probability

    def forward(self, x: Tensor, other: Tensor) -> Tensor:
        x = x.unsqueeze(1)
        if not self.training:
            return x.expand(-1, self.count, -1)
        crossover = torch.randint(1, self.count, (len(x), 1), device=x.device)
        crossover = crossover.where(torch.rand(len(x), 1, device=x.device) < self.probability, self.count)
        own = torch.arange(self.count, device=x.device) < crossover
        return torch.where(own.unsqueeze(2), x, other.unsqueeze(1))


@component
class Truncate:
    """In eval mode mean + psi * (x - mean), the truncation trick in w (arXiv:1812.04948, appendix B).

    The mean of x is a running one, kept in a buffer and moved in train mode, where x passes unchanged. `psi` is a
    number a row, (1,): 1 changes nothing, 0 gives the mean. x is a w (features,) or one a layer (count, features).
    """

    no_gradient = ("psi",)
    examples = ({"x": (6,), "psi": (1,)}, {"x": (4, 6), "psi": (1,)})
    decay: float = option(0.995, "share of the old mean kept at each pass", min=0.0, max=1.0)

    def build(self, x: Shape, psi: Shape) -> nn.Module:
        checks.axis(1, x)
        if psi != (1,):
            raise ValueError(f"psi must be one number a row, (1,), not {psi}")
        return _Truncate(x[-1], self.decay)


class _Truncate(nn.Module):
    def __init__(self, features: int, decay: float) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("mean", torch.zeros(features))

    def forward(self, x: Tensor, psi: Tensor) -> Tensor:
        if self.training:
            with torch.no_grad():
                self.mean.lerp_(x.flatten(0, -2).mean(0).to(self.mean.dtype), 1 - self.decay)
            return x
        psi = psi.reshape(-1, *[1] * (x.dim() - 1))
        return self.mean + psi * (x - self.mean)
