"""StyleGAN2's path length regulariser."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe import component, option, wire
from ganframe_gan.penalties.gradients import wide

if TYPE_CHECKING:
    from ganframe import Field, Step


@component
class PathLength:
    """Path length regularisation (StyleGAN2, arXiv:1912.04958, eq. 4): mean (|J^T y| - a)^2.

    J^T y = d sum(G(w) · y) / d w, y ~ N(0, 1) / sqrt(H · W) on the generator's output; for w (N, layers, d) the root
    of the mean over layers of the squared lengths. a is the running mean of the lengths with `decay`, this batch
    included, held constant. The paper has weight 2 and every 4 (8 in its code).
    """

    double_backward = ("generator",)

    wire: str = wire("the latent on whose way the length is taken, e.g. \"fake.generator.ws\"")
    decay: float = option(0.99, "share of the running mean that is kept", min=0.0, max=1.0, curve=True)

    def state(self, fields: dict[str, Field]) -> dict[str, Tensor]:
        """The running mean of the lengths."""
        return {"mean": torch.zeros(())}

    def term(self, wire: Tensor, step: Step) -> Tensor:
        """Mean squared distance of the lengths from their running mean."""
        made = step.fake[step.generator]
        noise = step.randn(*made.shape).to(made) / math.sqrt(math.prod(made.shape[2:]))
        (slope,) = torch.autograd.grad((made * noise).sum(), wire, create_graph=True)
        layers = math.prod(wire.shape[1:-1])
        lengths = wide(slope).flatten(1).norm(2, 1) / math.sqrt(layers)
        state = step.state
        state["mean"] = torch.lerp(lengths.detach().mean().to(state["mean"]), state["mean"], step.now(self.decay))
        return (lengths - state["mean"]).square().mean()
