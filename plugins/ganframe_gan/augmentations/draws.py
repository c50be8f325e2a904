"""Random numbers for a batch: drawn on the CPU from the consumer's stream, then moved to the batch."""

from __future__ import annotations

import torch
from torch import Tensor


def uniform(x: Tensor, rng: torch.Generator, *size: int) -> Tensor:
    """Numbers in [0, 1), (N, *size), on x's device and in its dtype."""
    return torch.rand(len(x), *size, generator=rng).to(x)


def normal(x: Tensor, rng: torch.Generator, *size: int) -> Tensor:
    """Standard normal numbers (N, *size), on x's device and in its dtype."""
    return torch.randn(len(x), *size, generator=rng).to(x)


def integers(x: Tensor, rng: torch.Generator, low: int, high: int, *size: int) -> Tensor:
    """Integers from low to high, both included, (N, *size), on x's device."""
    return torch.randint(low, high + 1, (len(x), *size), generator=rng).to(x.device)


def pictures(x: Tensor) -> None:
    """Refuse what is no batch of pictures. Raises ValueError."""
    if x.dim() != 4:
        raise ValueError(f"expected pictures (channels, height, width), not {tuple(x.shape[1:])}")


class Chances:
    """Draws for pictures x, each transformation taking place with probability share * p, row by row."""

    def __init__(self, x: Tensor, p: Tensor, rng: torch.Generator) -> None:
        self.x, self.p, self.rng = x, p, rng

    def some(self, share: float, value: Tensor, neutral: float = 0.0) -> Tensor:
        """`value` (N, k) for rows that are chosen, for the others what changes nothing."""
        return self.with_probability(share * self.p, value, neutral)

    def with_probability(self, probability: Tensor, value: Tensor, neutral: float = 0.0) -> Tensor:
        """The same with a probability that is not share * p."""
        return torch.where(uniform(self.x, self.rng, 1) < probability, value, neutral)

    def normal(self, std: float, size: int = 1) -> Tensor:
        """N(0, std^2), (N, size)."""
        return normal(self.x, self.rng, size) * std

    def sides(self, reach: float, size: int = 1) -> Tensor:
        """Uniform in [-reach, reach), (N, size)."""
        return (2 * uniform(self.x, self.rng, size) - 1) * reach

    def choice(self, count: int) -> Tensor:
        """0 to count - 1 alike, (N, 1), in x's dtype."""
        return integers(self.x, self.rng, 0, count - 1, 1).to(self.x)
