"""Losses on sequences: tokens and series."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import component, option, wire


@component
class TokenCrossEntropy:
    """Cross entropy of next-token logits (Attention Is All You Need, arXiv:1706.03762, sections 3.4 and 5.4).

    Mean over all positions (those where `mask` is true, if given) of -sum target · log softmax(input) over the
    vocabulary. The target is one-hot (N, T, V) or int64 (N, T).
    """

    input: str = wire("logits (N, T, V), e.g. \"fake.generator.logits\"")
    target: str = wire("tokens, one-hot (N, T, V) or int64 (N, T)")
    mask: str | None = wire("bool (N, T), true where there is text", optional=True)
    smoothing: float = option(0.0, "share of the target spread over the whole vocabulary", min=0.0, max=1.0)

    def term(self, input: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
        """Nats a token."""
        wanted = target.flatten(0, -2) if target.is_floating_point() else target.flatten()
        losses = F.cross_entropy(input.flatten(0, -2), wanted, reduction="none", label_smoothing=self.smoothing)
        if mask is None:
            return losses.mean()
        # where, not a product: a padded position may hold anything, and inf · 0 is nan.
        return losses.where(mask.flatten(), 0).sum() / mask.sum().clamp(min=1)


@component
class NextStep:
    """TimeGAN's supervised loss (NeurIPS 2019, eq. 9): the prediction at t is compared with the truth at t + 1.

    Mean of (input[:, :-1] - target[:, 1:])^2 over rows, times and features.
    """

    input: str = wire("the prediction from each time (N, T, F), e.g. \"real.supervisor\"")
    target: str = wire("the series (N, T, F)")

    def term(self, input: Tensor, target: Tensor) -> Tensor:
        """Mean squared error one step ahead."""
        return F.mse_loss(input[:, :-1], target[:, 1:])


@component
class Moments:
    """TimeGAN's moment loss (its published code): distance of the batch's mean and deviation, entry by entry.

    mean |mean(input) - mean(target)| + mean |s(input) - s(target)|, s = sqrt(variance + 1e-6); mean and (biased)
    variance over the batch, then the mean over the entries of a row.
    """

    input: str = wire("what was made, e.g. \"fake.x\"")
    target: str = wire("the data, of the same shape")

    def term(self, input: Tensor, target: Tensor) -> Tensor:
        """Mean distance of the first two moments."""
        means = (input.mean(0) - target.mean(0)).abs().mean()
        return means + (_deviation(input) - _deviation(target)).abs().mean()


def _deviation(rows: Tensor) -> Tensor:
    return torch.sqrt(rows.var(0, correction=0) + 1e-6)
