"""Mixtures of equal Gaussians whose modes are known: a line, a ring, a grid."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ganframe import component, option
from ganframe_gan.data.table import Table, labelled


def drawn(means: Tensor, std: float, weights: Tensor, rows: int, seed: int) -> Table:
    """A table of `rows` fixed draws from the mixture: `x` (rows, dims), `label` = the mode it came from.

    `means` (modes, dims) and `weights` (modes,), which need not sum to 1; the facts name both, and `std`.
    """
    rng = torch.Generator().manual_seed(seed)
    shares = weights.double() / weights.double().sum()
    uniform = torch.rand(rows, generator=rng, dtype=torch.float64)
    codes = torch.searchsorted(shares.cumsum(0), uniform, right=True).clamp_(max=len(means) - 1)
    x = means.float()[codes] + std * torch.randn(rows, means.shape[1], generator=rng)
    known = {"modes": len(means), "means": means.tolist(), "std": std, "weights": shares.tolist()}
    return labelled(x, codes, tuple(map(str, range(len(means)))), known)


@component
class GaussianMixture:
    """A mixture of Gaussians, sum_k w_k Normal(mean_k, std^2 I): two modes at -1 and 1 unless options say otherwise.

    Fields: `x` (dims,), `label` (modes,) one-hot. Facts: `modes classes dims means std weights frequencies`.
    Source: the toy problem of Goodfellow et al. 2014 (arXiv:1406.2661), figure 1, with several modes.
    """

    dims: int | None = option(None, "dimensions of a point; those of `means`, else 1", min=1)
    modes: int | None = option(None, "modes, evenly spaced from -1 to 1 along the diagonal; 2 without `means`", min=1)
    means: tuple[float | tuple[float, ...], ...] = option((), "the centres: numbers, or arrays of `dims` numbers")
    std: float = option(0.5, "standard deviation of every mode in every direction", min=0.0)
    weights: tuple[float, ...] = option((), "shares of the modes, in any unit; equal where left out", min=0.0)
    rows: int = option(50_000, "points drawn, once and for all", min=1)
    seed: int = option(0, "seed of the points (not the run's)", min=0)

    def open(self) -> Table:
        """Draw the points. Raises ValueError where `means`, `dims`, `modes` and `weights` disagree."""
        means = self._centres()
        weights = torch.tensor(self.weights or [1.0] * len(means))
        if len(weights) != len(means) or weights.sum() <= 0:
            raise ValueError(f"'weights' needs {len(means)} numbers, one a mode, with a sum above 0")
        return drawn(means, self.std, weights, self.rows, self.seed)

    def _centres(self) -> Tensor:
        if not self.means:
            line = torch.linspace(-1.0, 1.0, self.modes or 2) if self.modes != 1 else torch.zeros(1)
            return line.unsqueeze(1).repeat(1, self.dims or 1)
        points = [m if isinstance(m, tuple) else (m,) for m in self.means]
        dims = self.dims or len(points[0])
        if any(len(p) != dims for p in points):
            raise ValueError(f"every one of 'means' needs {dims} number{'s' if dims > 1 else ''} ('dims')")
        if self.modes not in (None, len(points)):
            raise ValueError(f"'modes' is {self.modes}, but 'means' names {len(points)}; leave 'modes' out")
        return torch.tensor(points)


@component
class Ring:
    """Gaussians on a circle in the plane, evenly spaced: the usual test of mode collapse.

    Fields and facts as GaussianMixture's. A perfect model has 98.9 % of its points within 3 std of a mode.
    Source: Metz et al. 2017 (arXiv:1611.02163), section 3.1.
    """

    modes: int = option(8, "modes on the circle, counter-clockwise from (radius, 0)", min=1)
    radius: float = option(2.0, "radius of the circle", min=0.0)
    std: float = option(0.02, "standard deviation of a mode", min=0.0)
    rows: int = option(50_000, "points drawn, once and for all", min=1)
    seed: int = option(0, "seed of the points (not the run's)", min=0)

    def open(self) -> Table:
        """Draw the points."""
        angle = torch.arange(self.modes) * (2 * math.pi / self.modes)
        means = self.radius * torch.stack([angle.cos(), angle.sin()], 1)
        return drawn(means, self.std, torch.ones(self.modes), self.rows, self.seed)


@component
class Grid:
    """Gaussians on a square grid in the plane: `side` x `side` modes around the origin, then everything times `scale`.

    Fields and facts as GaussianMixture's; `means` and `std` among the facts are those after scaling.
    The defaults are the literature's 25 modes at {-4, -2, 0, 2, 4}^2 with std 0.05, divided by 2.
    Source: Srivastava et al. 2017 (VEEGAN, arXiv:1705.07761), section 5.1.
    """

    side: int = option(5, "modes along each side", min=1)
    spacing: float = option(2.0, "distance between neighbours, before scaling", min=0.0)
    std: float = option(0.05, "standard deviation of a mode, before scaling", min=0.0)
    scale: float = option(0.5, "factor on every point", min=0.0)
    rows: int = option(50_000, "points drawn, once and for all", min=1)
    seed: int = option(0, "seed of the points (not the run's)", min=0)

    def open(self) -> Table:
        """Draw the points."""
        line = (torch.arange(self.side) - (self.side - 1) / 2) * (self.spacing * self.scale)
        means = torch.cartesian_prod(line, line).view(-1, 2)
        return drawn(means, self.std * self.scale, torch.ones(len(means)), self.rows, self.seed)
