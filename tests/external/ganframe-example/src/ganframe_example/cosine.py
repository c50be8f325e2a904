"""A loss that looks at directions alone."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from ganframe import component, wire


@component
class CosineLoss:
    """Mean over rows of 1 - cos(input, target): 0 where they point the same way, 2 where they oppose each other."""

    input: str = wire("what was made, such as \"fake.x\"")
    target: str = wire("where it should point, of the same shape, such as \"real.x\"")

    def term(self, input: Tensor, target: Tensor) -> Tensor:
        """The mean distance of directions."""
        return (1 - F.cosine_similarity(input.flatten(1), target.flatten(1))).mean()
