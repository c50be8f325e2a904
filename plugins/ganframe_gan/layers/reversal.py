"""Gradients turned round."""

from __future__ import annotations

from torch import Tensor, nn

from ganframe import Shape, component, option


@component
class GradientReversal:
    """The input itself; its gradient comes back times -factor (DANN, arXiv:1505.07818, eq. 16-17).

    The wire `scale`, a number a row, multiplies the factor: a `Constant` latent on a curve ramps it.
    """

    examples = ({"x": (6,)}, {"x": (3, 4), "scale": (1,)})
    factor: float = option(1.0, "the gradient is multiplied by minus this")

    def build(self, x: Shape, scale: Shape | None = None) -> nn.Module:
        if scale not in (None, (1,)):
            raise ValueError(f"scale must be one number a row, (1,), not {scale}")
        return _GradientReversal(self.factor)


class _GradientReversal(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor, scale: Tensor | None = None) -> Tensor:
        factor: float | Tensor = self.factor
        if scale is not None:
            factor = factor * scale.reshape(-1, *[1] * (x.dim() - 1))
        # The bracket is exactly zero, so the value is x and only the gradient, -factor, remains.
        return x.detach() + factor * (x.detach() - x)
