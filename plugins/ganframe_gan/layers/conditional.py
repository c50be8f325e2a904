"""Normalisation and scaling whose gain and offset a condition gives."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks


@component
class ConditionalBatchNorm2d:
    """(1 + gain(c)) * batch_norm(x) + offset(c): a gain and an offset a channel, linear in the condition.

    SNGAN's (arXiv:1802.05637, section 5: one embedding a class, gain 1, offset 0) and BigGAN's (arXiv:1809.11096,
    appendix B: a shared embedding beside a chunk of z); neither map has a bias. Their weights begin near zero and keep
    that unless the line, or `defaults`, says `init`; they must not begin *at* zero under `SpectralNorm`, which divides
    by their norm.
    """

    own_init = True
    mixes_rows = True
    examples = ({"x": (3, 4, 4), "condition": (5,)},)
    eps: float = option(1e-5, "added to the variance", min=1e-12)
    momentum: float = option(0.1, "share of the batch in the running statistics", min=0.0, max=1.0)
    std: float = option(0.02, "initial deviation of the maps' weights; 0 is exactly gain 1 and offset 0", min=0.0)

    def build(self, x: Shape, condition: Shape) -> nn.Module:
        channels, _, _ = checks.picture(x)
        checks.floats(condition, "the condition")
        norm = nn.BatchNorm2d(channels, self.eps, self.momentum, affine=False)
        return _ConditionalBatchNorm2d(norm, channels, checks.vector(condition, "the condition"), self.std)


class _ConditionalBatchNorm2d(nn.Module):
    def __init__(self, norm: nn.Module, channels: int, features: int, std: float) -> None:
        super().__init__()
        self.norm = norm
        self.gain = nn.Linear(features, channels, bias=False)
        self.offset = nn.Linear(features, channels, bias=False)
        nn.init.normal_(self.gain.weight, std=std)
        nn.init.normal_(self.offset.weight, std=std)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        gain, offset = 1 + self.gain(condition), self.offset(condition)
        return self.norm(x) * gain[:, :, None, None] + offset[:, :, None, None]


@component
class AdaptiveInstanceNorm:
    """(1 + gain(s)) * instance_norm(x) + offset(s), gain and offset from one linear map `affine` of the style.

    StyleGAN's AdaIN (arXiv:1812.04948, eq. 1), its gain biased by 1.
    """

    examples = ({"x": (3, 4, 4), "style": (5,)}, {"x": (3, 6), "style": (5,)})
    eps: float = option(1e-5, "added to the variance", min=1e-12)

    def build(self, x: Shape, style: Shape) -> nn.Module:
        channels = checks.spatial(x)
        if all(n == 1 for n in x[1:]):
            raise ValueError(f"a single place a channel, as in {x}, has no variance to normalise")
        return _AdaptiveInstanceNorm(channels, checks.vector(style, "the style"), self.eps)


class _AdaptiveInstanceNorm(nn.Module):
    def __init__(self, channels: int, features: int, eps: float) -> None:
        super().__init__()
        self.affine = nn.Linear(features, 2 * channels)
        self.eps = eps

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        return _scaled(F.instance_norm(x, eps=self.eps), self.affine(style))


@component
class FiLM:
    """(1 + gain(c)) * x + offset(c), both from one linear map `affine` of the condition (arXiv:1709.07871, eq. 2)."""

    examples = ({"x": (3, 4, 4), "condition": (5,)}, {"x": (3,), "condition": (5,)})

    def build(self, x: Shape, condition: Shape) -> nn.Module:
        checks.axis(1, x)
        return _FiLM(x[0], checks.vector(condition, "the condition"))


class _FiLM(nn.Module):
    def __init__(self, channels: int, features: int) -> None:
        super().__init__()
        self.affine = nn.Linear(features, 2 * channels)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return _scaled(x, self.affine(condition))


def _scaled(x: Tensor, affine: Tensor) -> Tensor:
    gain, offset = affine.reshape(*affine.shape, *[1] * (x.dim() - 2)).chunk(2, 1)
    return (1 + gain) * x + offset
