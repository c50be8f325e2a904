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
        norm = nn.BatchNorm2d(channels, self.eps, self.momentum, affine=False)
        return _Conditional(norm, channels, condition, self.std, axis=1)


@component
class ConditionalInstanceNorm2d:
    """(1 + gain(c)) * instance_norm(x) + offset(c): a style a class (Dumoulin et al. 2017, arXiv:1610.07629, eq. 5).

    Maps and their weights are those of ConditionalBatchNorm2d, but rows stay apart; AdaptiveInstanceNorm has one map
    with a bias, for styles that are no classes.
    """

    own_init = True
    examples = ({"x": (3, 4, 4), "condition": (5,)},)
    eps: float = option(1e-5, "added to the variance", min=1e-12)
    std: float = option(0.02, "initial deviation of the maps' weights; 0 is exactly gain 1 and offset 0", min=0.0)

    def build(self, x: Shape, condition: Shape) -> nn.Module:
        channels, _, _ = checks.picture(x)
        checks.places(x)
        return _Conditional(nn.InstanceNorm2d(channels, self.eps), channels, condition, self.std, axis=1)


@component
class ConditionalLayerNorm:
    """(1 + gain(c)) * layer_norm(x) + offset(c), over the last axis of a vector (F,) or a sequence (T, F).

    ViTGAN's self-modulated norm with z or w as the condition (arXiv:2107.04589, section 3.2), and the usual one of
    conditional transformers. Maps and their weights are those of ConditionalBatchNorm2d.
    """

    own_init = True
    examples = ({"x": (4, 6), "condition": (5,)}, {"x": (6,), "condition": (5,)})
    eps: float = option(1e-5, "added to the variance", min=1e-12)
    std: float = option(0.02, "initial deviation of the maps' weights; 0 is exactly gain 1 and offset 0", min=0.0)

    def build(self, x: Shape, condition: Shape) -> nn.Module:
        features = checks.vector(x) if len(x) == 1 else checks.sequence(x)[1]
        norm = nn.LayerNorm(features, self.eps, elementwise_affine=False)
        return _Conditional(norm, features, condition, self.std, axis=-1)


class _Conditional(nn.Module):
    """A norm, then a gain and an offset for each place along an axis of x, each a linear map of the condition."""

    def __init__(self, norm: nn.Module, size: int, condition: Shape, std: float, axis: int) -> None:
        super().__init__()
        checks.floats(condition, "the condition")
        features = checks.vector(condition, "the condition")
        self.norm = norm
        self.gain = nn.Linear(features, size, bias=False)
        self.offset = nn.Linear(features, size, bias=False)
        self.axis = axis
        nn.init.normal_(self.gain.weight, std=std)
        nn.init.normal_(self.offset.weight, std=std)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        shape = [len(x), *[1] * (x.dim() - 1)]
        shape[self.axis] = x.shape[self.axis]
        gain, offset = 1 + self.gain(condition), self.offset(condition)
        return self.norm(x) * gain.view(shape) + offset.view(shape)


@component
class AdaptiveInstanceNorm:
    """(1 + gain(s)) * instance_norm(x) + offset(s), gain and offset from one linear map `affine` of the style.

    StyleGAN's AdaIN (arXiv:1812.04948, eq. 1), its gain biased by 1.
    """

    examples = ({"x": (3, 4, 4), "style": (5,)}, {"x": (3, 6), "style": (5,)})
    eps: float = option(1e-5, "added to the variance", min=1e-12)

    def build(self, x: Shape, style: Shape) -> nn.Module:
        channels = checks.spatial(x)
        checks.places(x)
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
