"""Parametrizations: how a module's weight is computed from what is trained."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize

from ganframe import component, option


@component
class SpectralNorm:
    """The weight divided by its largest singular value (SNGAN, arXiv:1802.05957, eq. 8 and algorithm 1).

    The value is estimated by power iteration, carried on by `iterations` at every pass in train mode; filters are rows
    of the matrix. PyTorch's own `torch.nn.utils.parametrizations.spectral_norm`.
    """

    iterations: int = option(1, "power iterations a pass", min=1)
    eps: float = option(1e-12, "smallest norm divided by", min=0.0)

    def __call__(self, module: nn.Module) -> nn.Module:
        """The module, its `weight` normalised."""
        weight_of(module)
        return parametrizations.spectral_norm(module, n_power_iterations=self.iterations, eps=self.eps)


@component
class WeightNorm:
    """Length and direction of each filter apart, w = g · v / |v| (Salimans and Kingma 2016, arXiv:1602.07868, eq. 2).

    PyTorch's own `torch.nn.utils.parametrizations.weight_norm`; the weight is the same at first.
    """

    dim: int = option(0, "the axis along which lengths are kept; -1: one length for the whole weight", min=-1)

    def __call__(self, module: nn.Module) -> nn.Module:
        """The module, its `weight` made of length and direction."""
        if self.dim >= weight_of(module).dim():
            raise ValueError(f"'dim' must be below {weight_of(module).dim()} for this weight, not {self.dim}")
        return parametrizations.weight_norm(module, dim=None if self.dim < 0 else self.dim)


@component
class Orthogonal:
    """A weight whose filters are orthogonal and of length 1, trained on that manifold (arXiv:1901.08428).

    Filters are the rows of the matrix, as in SpectralNorm; where they are more than their entries the columns are
    orthogonal instead. All singular values are 1: the strictest Lipschitz bound that a layer can have. PyTorch's own
    `torch.nn.utils.parametrizations.orthogonal`, on the flattened weight; it begins at the orthogonal factor of the
    weight's QR decomposition.
    """

    map: str = option(
        "auto", "how a free matrix becomes orthogonal; auto: exponential where it is square, else Householder",
        choices=("auto", "matrix_exp", "cayley", "householder"),
    )  # fmt: skip
    trivialization: bool = option(True, "steps are taken from the weight's first value (a better conditioned map)")

    def __call__(self, module: nn.Module) -> nn.Module:
        """The module, its `weight` orthogonal."""
        weight = weight_of(module)
        dim = 1 if isinstance(module, nn.modules.conv._ConvTransposeNd) else 0
        matrix = nn.Module()
        matrix.register_parameter("weight", nn.Parameter(weight.detach().movedim(dim, 0).flatten(1)))
        chosen = None if self.map == "auto" else self.map
        made = parametrizations.orthogonal(matrix, orthogonal_map=chosen, use_trivialization=self.trivialization)
        parametrize.register_parametrization(module, "weight", Flattened(made.parametrizations.weight[0], dim))
        return module


class Flattened(nn.Module):
    """A parametrization of matrices, applied to a weight with one row a filter."""

    def __init__(self, matrix: nn.Module, dim: int) -> None:
        super().__init__()
        self.matrix = matrix
        self.dim = dim

    def forward(self, stored: Tensor) -> Tensor:
        """What the module sees."""
        return self._through(self.matrix, stored)

    def right_inverse(self, wanted: Tensor) -> Tensor:
        """What is stored, so that the module sees `wanted`."""
        return self._through(self.matrix.right_inverse, wanted)

    def _through(self, change: Callable[[Tensor], Tensor], weight: Tensor) -> Tensor:
        rows = weight.movedim(self.dim, 0)
        return change(rows.flatten(1)).view(rows.shape).movedim(0, self.dim)


@component
class EqualizedLearningRate:
    """Weights of unit variance, scaled when used (Progressive GAN, arXiv:1710.10196, section 4.1; StyleGAN2's layers).

    weight = stored · gain · multiplier / sqrt(fan_in), bias = stored · multiplier. With `redraw` the stored weight is
    drawn from N(0, 1 / multiplier^2) and the bias set to 0, as StyleGAN does, whatever `init` has put there; with
    `redraw = false` weight and bias keep the values that `init` gave them.
    """

    multiplier: float = option(1.0, "how much faster this module learns (0.01 in StyleGAN's mapping)", min=1e-8)
    gain: float = option(1.0, "factor of the weight's standard deviation; Progressive GAN has sqrt(2)", min=1e-8)
    redraw: bool = option(True, "draw the weight anew as StyleGAN does; false: keep what `init` gave")

    def __call__(self, module: nn.Module) -> nn.Module:
        """The module, its `weight` (and `bias`, for a multiplier) scaled when used."""
        weight = weight_of(module)
        scale = self.gain * self.multiplier / math.sqrt(fan_in(module))
        bias = getattr(module, "bias", None)
        if self.redraw:
            with torch.no_grad():
                weight.normal_(0.0, scale / self.multiplier)
                if bias is not None:
                    bias.zero_()
        parametrize.register_parametrization(module, "weight", Scaled(scale))
        if bias is not None and self.multiplier != 1:
            parametrize.register_parametrization(module, "bias", Scaled(self.multiplier))
        return module


class Scaled(nn.Module):
    """A parameter times a fixed number."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, stored: Tensor) -> Tensor:
        """What the module sees."""
        return stored * self.scale

    def right_inverse(self, wanted: Tensor) -> Tensor:
        """What is stored, so that the module sees `wanted`."""
        return wanted / self.scale


def weight_of(module: nn.Module) -> Tensor:
    """The module's weight. ValueError where it has none of dimension 2 or more."""
    weight = getattr(module, "weight", None)
    if not isinstance(weight, Tensor) or weight.dim() < 2:
        raise ValueError(f"{type(module).__name__} has no weight of dimension 2 or more")
    return weight


def fan_in(module: nn.Module) -> int:
    """Inputs of one output unit; an embedding counts as the linear map of a one-hot row that it is."""
    weight = weight_of(module)
    if isinstance(module, (nn.Embedding, nn.EmbeddingBag)):
        return weight.shape[0]
    if getattr(module, "transposed", False):
        return weight[:, 0].numel() // module.groups
    return weight[0].numel()


PARAMETRIZATIONS: list[type] = [SpectralNorm, WeightNorm, Orthogonal, EqualizedLearningRate]
