"""Games that estimate a divergence between data and samples."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F

from ganframe import component, option, wire
from ganframe_gan.losses.adversarial import Adversarial
from ganframe_gan.penalties.gradients import wide

#: Beyond this exponent e^x goes on as its tangent: float32 ends at e^88.
STEEPEST = 20.0

Function = Callable[[Tensor], Tensor]


def grown(x: Tensor) -> Tensor:
    """e^x, from STEEPEST on its tangent there."""
    lower = x.clamp(max=STEEPEST)
    return lower.exp() * (1 + x - lower)


#: For each divergence of table 2 the activation g and the conjugate f* after it, both as functions of the logits.
DIVERGENCES: dict[str, tuple[Function, Function]] = {
    "kl": (lambda v: v, lambda v: grown(v - 1)),
    "reverse_kl": (lambda v: -grown(-v), lambda v: v - 1),
    "pearson": (lambda v: v, lambda v: v.square() / 4 + v),
    "squared_hellinger": (lambda v: 1 - grown(-v), lambda v: grown(v) - 1),
    "jensen_shannon": (lambda v: math.log(2) - F.softplus(-v), lambda v: F.softplus(v) - math.log(2)),
}


@component
class FGAN(Adversarial):
    """f-GAN (arXiv:1606.00709, section 2.4): F = mean g(real) - mean f*(g(fake)), a lower bound of D_f(P | Q).

    Discriminator: -F. Generator: -mean g(fake), the form of section 3.2 that does not saturate; `saturating = true` is
    F itself, -mean f*(g(fake)). With P the data, Q the samples and u = P / Q, from tables 1, 2 and 6:
    `kl` f = u log u, g = v, f*(g) = e^(v - 1); `reverse_kl` f = -log u, g = -e^-v, f*(g) = v - 1; `pearson`
    f = (u - 1)^2, g = v, f*(g) = v^2 / 4 + v; `squared_hellinger` f = (sqrt(u) - 1)^2, g = 1 - e^-v,
    f*(g) = e^v - 1; `jensen_shannon` f = u log u - (u + 1) log((u + 1) / 2), g = log 2 - softplus(-v),
    f*(g) = softplus(v) - log 2. Exponentials go on as their tangents beyond e^20.
    """

    divergence: str = option("kl", "which divergence of data and samples", choices=tuple(DIVERGENCES))
    saturating: bool = option(False, "the generator minimises F itself instead of -mean g(fake)")

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """The negative bound."""
        activation, conjugate = DIVERGENCES[self.divergence]
        return conjugate(wide(fake)).mean() - activation(wide(real)).mean()

    def generator(self, fake: Tensor) -> Tensor:
        """What the samples add to the bound."""
        activation, conjugate = DIVERGENCES[self.divergence]
        return -(conjugate if self.saturating else activation)(wide(fake)).mean()


#: Kernels of squared distances and a scale, with the scales that their papers sum over.
KERNELS: dict[str, tuple[Callable[[Tensor, float], Tensor], tuple[float, ...]]] = {
    "rbf": (lambda gap, s: (gap / (-2 * s * s)).exp(), (1.0, 2.0, 4.0, 8.0, 16.0)),
    "rational_quadratic": (lambda gap, s: (1 + gap / (2 * s)).pow(-s), (0.2, 0.5, 1.0, 2.0, 5.0)),
}


@component
class MaximumMeanDiscrepancy:
    """Squared maximum mean discrepancy of two batches (Gretton et al. 2012): mean k(x, x') + k(y, y') - 2 k(x, y).

    Means over all pairs of rows, a row with itself too, so it is never negative. k is a sum over `scales` s of
    exp(-|x - y|^2 / (2 s^2)) (`rbf`) or (1 + |x - y|^2 / (2 s))^-s (`rational_quadratic`, arXiv:1801.01401). Between
    data and samples it trains a generator without a discriminator (arXiv:1505.03906; GMMN, arXiv:1502.02761). MMD GAN
    (arXiv:1705.08584) plays it on a discriminator's output: one of weight 1 that trains the generator, and one of
    weight -1 that trains the discriminator.
    """

    input: str = wire("rows (N, ...), e.g. \"fake.x\" or \"fake.discriminator\"")
    target: str = wire("rows of the same shape, e.g. \"real.x\" or \"real.discriminator\"")
    kernel: str = option("rbf", "shape of the kernel", choices=tuple(KERNELS))
    scales: tuple[float, ...] = option((), "the kernel's scales; the papers' where left out", min=1e-8)

    def term(self, input: Tensor, target: Tensor) -> Tensor:
        """How far the two batches are apart."""
        x, y = wide(input).flatten(1), wide(target).flatten(1)
        return self._mean(x, x) + self._mean(y, y) - 2 * self._mean(x, y)

    def _mean(self, x: Tensor, y: Tensor) -> Tensor:
        kernel, usual = KERNELS[self.kernel]
        # |x|^2 + |y|^2 - 2 x·y may fall below 0 by rounding, where the rational quadratic has a pole not far off.
        gap = (x.square().sum(1)[:, None] + y.square().sum(1) - 2 * x @ y.T).clamp(min=0)
        return sum(kernel(gap, scale).mean() for scale in self.scales or usual)
