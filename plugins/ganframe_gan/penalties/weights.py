"""Regularisers that look at weights, not at data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe import component, option

if TYPE_CHECKING:
    from ganframe import Step


@component
class OrthogonalRegularization:
    """Orthogonal regularisation of the networks this loss trains (BigGAN, arXiv:1809.11096, eq. 3; weight 1e-4 there).

    Sum over weights of |W W^T · (1 - I)|^2 (squared Frobenius norm), W a weight flattened to one row a filter: rows
    should be orthogonal, of any length. `diagonal = true` asks for unit length too, |W W^T - I|^2 (Brock et al. 2017,
    arXiv:1609.07093, eq. 5). Parameters of dimension 2 and more count, as stored (before spectral norm).
    """

    diagonal: bool = option(False, "filters must have length 1 as well")

    def term(self, step: Step) -> Tensor:
        """How far the filters are from orthogonal."""
        return sum(self._cost(weight.flatten(1)) for weight in _weights(step))

    def _cost(self, rows: Tensor) -> Tensor:
        products = rows @ rows.T
        if self.diagonal:
            return (products - torch.eye(len(rows), device=rows.device, dtype=rows.dtype)).square().sum()
        return (products - products.diag().diag()).square().sum()


@component
class L2Regularization:
    """Sum of the squared weights of the networks this loss trains (ridge penalty, Krogh and Hertz 1991).

    Parameters of dimension 2 and more count, as stored; biases and norms' gains do not. Under SGD a weight of w is
    `weight_decay` = 2 w on these; under Adam it is not, since Adam scales it by its moments.
    """

    def term(self, step: Step) -> Tensor:
        """The squared length of all weights."""
        return sum(weight.square().sum() for weight in _weights(step))


@component
class ClipWeights:
    """Weight clipping (WGAN, arXiv:1701.07875, algorithm 1): after the discriminators' turn parameters lie in ±limit.

    Every parameter of the networks this loss trains in that turn is clipped, biases too.
    """

    limit: float = option(0.01, "the paper's c", min=0.0, curve=True)

    def after(self, step: Step) -> None:
        """Clip what the turn has trained."""
        if step.turn != "discriminator":
            return
        limit = step.now(self.limit)
        with torch.no_grad():
            for name in step.trains:
                for parameter in step.networks[name].parameters():
                    parameter.clamp_(-limit, limit)


def _weights(step: Step) -> list[Tensor]:
    """Parameters of dimension 2 and more of what the loss trains; ValueError where there are none."""
    weights = [p for name in step.trains for p in step.networks[name].parameters() if p.dim() > 1]
    if not weights:
        raise ValueError(f"{', '.join(step.trains)}: there is no weight of dimension 2 or more to regularise")
    return weights
