"""Points along curves that wind: a swiss roll, spirals."""

from __future__ import annotations

import math

import torch

from ganframe import Field, component, option
from ganframe_gan.data.table import Table, labelled


@component
class SwissRoll:
    """A sheet rolled up: (t cos t, t sin t) for t uniform in [1.5 pi, 4.5 pi], with noise, then divided by `divisor`.

    With `dims = 3` the sheet has a width too, uniform in [0, 21], between the two. The defaults are the toy data of
    WGAN-GP's code (arXiv:1704.00028): scikit-learn's roll seen from the side, noise 0.25, by 7.5.
    Fields: `x` (dims,), `t` (1,) how far along the roll, 0 to 1. Fact: `dims`. Source: Marsland 2009.
    """

    dims: int = option(2, "2: seen from the side; 3: with its width", min=2, max=3)
    noise: float = option(0.25, "standard deviation of the noise in every direction, before division", min=0.0)
    divisor: float = option(7.5, "what every point is divided by", min=1e-8)
    rows: int = option(50_000, "points drawn, once and for all", min=1)
    seed: int = option(0, "seed of the points (not the run's)", min=0)

    def open(self) -> Table:
        """Draw the points."""
        rng = torch.Generator().manual_seed(self.seed)
        along, across = torch.rand(2, self.rows, generator=rng)
        t = 1.5 * math.pi * (1 + 2 * along)
        axes = [t * t.cos(), t * t.sin()]
        if self.dims == 3:
            axes.insert(1, 21 * across)
        x = torch.stack(axes, 1)
        x = (x + self.noise * torch.randn(x.shape, generator=rng)) / self.divisor
        about = {"x": Field((self.dims,), view="points"), "t": Field((1,), range=(0.0, 1.0))}
        return Table({"x": x, "t": along[:, None]}, about, {"dims": self.dims})


@component
class Spiral:
    """Arms that wind out of the origin: radius · s at angle 2 pi (turns · s + k / arms), s = sqrt(u), with noise.

    u is uniform, so that an arm is about evenly filled; arm k is the class. Fields: `x` (2,), `label` (arms,) one-hot.
    Facts: `dims classes frequencies`. Source: the two spirals of Lang and Witbrock 1988.
    """

    arms: int = option(2, "how many arms", min=1)
    turns: float = option(1.5, "how often an arm goes round", min=0.0)
    radius: float = option(2.0, "where an arm ends", min=0.0)
    noise: float = option(0.05, "standard deviation of the noise in both directions", min=0.0)
    rows: int = option(50_000, "points drawn, once and for all", min=1)
    seed: int = option(0, "seed of the points (not the run's)", min=0)

    def open(self) -> Table:
        """Draw the points."""
        rng = torch.Generator().manual_seed(self.seed)
        arm = torch.randint(self.arms, (self.rows,), generator=rng)
        s = torch.rand(self.rows, generator=rng).sqrt()
        angle = 2 * math.pi * (self.turns * s + arm / self.arms)
        x = torch.stack((angle.cos(), angle.sin()), 1) * (self.radius * s)[:, None]
        x = x + self.noise * torch.randn(x.shape, generator=rng)
        return labelled(x, arm, tuple(map(str, range(self.arms))), {})
