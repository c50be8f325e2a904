"""Where there is text."""

from __future__ import annotations

from torch import Tensor, nn

from ganframe import Shape, component, option


@component
class TokenMask:
    """A bool for each token, true where it is not `padding`; of int64 tokens (T,), or one-hot or soft ones (T, V)."""

    no_gradient = ("x",)
    examples = ({"x": ("int64", (6,), 4)}, {"x": (6, 4)})
    padding: int = option(0, "the number of the token that fills up", min=0)

    def build(self, x: Shape) -> nn.Module:
        if len(x) != 1 + x.dtype.is_floating_point:
            raise ValueError(f"tokens must be int64 (T,) or floats (T, V), not {x.dtype} {x}")
        if x.dtype.is_floating_point and self.padding >= x[1]:
            raise ValueError(f"padding = {self.padding} is none of {x[1]} tokens")
        return _TokenMask(self.padding)


class _TokenMask(nn.Module):
    def __init__(self, padding: int) -> None:
        super().__init__()
        self.padding = padding

    def forward(self, x: Tensor) -> Tensor:
        return (x.argmax(2) if x.is_floating_point() else x) != self.padding
