"""Losses between two wires, or of one, that `torch.nn` lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import component, option, wire

if TYPE_CHECKING:
    from ganframe import Step


@component
class FeatureMatching:
    """Feature matching (Salimans et al. 2016, arXiv:1606.03498, section 3.1): |mean f(real) - mean f(fake)|^2.

    The squared Euclidean distance, summed over features, of the means over the batch.
    """

    input: str = wire("features of the fake batch, e.g. \"fake.discriminator.features\"")
    target: str = wire("the same features of the real batch")

    def term(self, input: Tensor, target: Tensor) -> Tensor:
        """Squared distance of the mean features."""
        return (input.mean(0) - target.mean(0)).square().sum()


@component
class Perceptual:
    """Perceptual loss between a frozen network's features (Johnson et al. 2016, arXiv:1603.08155, eqs. 2 and 4).

    content · mean (f - f')^2 + style · mean over rows of |Gram(f) - Gram(f')|^2 (squared Frobenius norm), with
    Gram(f) = F F^T / (C · H · W), F the features as (C, H · W). `normalize` scales each position's features to length
    1 over the channels first (LPIPS, arXiv:1801.03924, eq. 1). One such loss for each layer of the network.
    """

    input: str = wire("features (N, C, ...), e.g. \"fake.vgg.relu3_3\"")
    target: str = wire("the features to be like, e.g. \"real.vgg.relu3_3\"")
    content: float = option(1.0, "weight of the features themselves", min=0.0, curve=True)
    style: float = option(0.0, "weight of their Gram matrices", min=0.0, curve=True)
    normalize: bool = option(False, "compare directions only, position by position")

    def term(self, input: Tensor, target: Tensor, step: Step) -> Tensor:
        """How different the features are."""
        if self.normalize:
            input, target = F.normalize(input, dim=1), F.normalize(target, dim=1)
        loss = step.now(self.content) * F.mse_loss(input, target)
        if style := step.now(self.style):
            loss = loss + style * (_gram(input) - _gram(target)).square().sum((1, 2)).mean()
        return loss


@component
class KLToNormal:
    """Kullback-Leibler divergence of N(mean, exp(logvar)) from N(0, 1) (VAE, arXiv:1312.6114, appendix B).

    Mean over the batch of 1/2 sum (mean^2 + exp(logvar) - 1 - logvar), summed over a row's entries.
    """

    mean: str = wire("the mean (N, ...), e.g. \"real.encoder.mean\"")
    logvar: str = wire("the logarithm of the variance, of the same shape")

    def term(self, mean: Tensor, logvar: Tensor) -> Tensor:
        """Nats a row."""
        return (mean.square() + logvar.exp() - 1 - logvar).sum() / (2 * len(mean))


@component
class BinaryLogits:
    """Binary cross entropy of logits against one number for all rows (DANN's domain loss, arXiv:1505.07818, eq. 9).

    Mean of t · softplus(-input) + (1 - t) · softplus(input), t the target.
    """

    input: str = wire("logits of any shape, e.g. \"real.domain\"")
    target: float = option(1.0, "the probability that every row should get", min=0.0, max=1.0, curve=True)

    def term(self, input: Tensor, step: Step) -> Tensor:
        """Mean cross entropy."""
        # t·softplus(-x) + (1 - t)·softplus(x) = softplus(x) - t·x, but that form cancels for large x.
        target = step.now(self.target)
        return target * F.softplus(-input).mean() + (1 - target) * F.softplus(input).mean()


@component
class RootMSE:
    """Root of the mean squared error (TimeGAN's reconstruction loss, NeurIPS 2019); its gradient at 0 is 0."""

    input: str = wire("what was made, e.g. \"real.recovery\"")
    target: str = wire("what it should be, of the same shape")

    def term(self, input: Tensor, target: Tensor) -> Tensor:
        """The error in the unit of the data."""
        return torch.linalg.vector_norm(input - target) / input.numel() ** 0.5


def _gram(features: Tensor) -> Tensor:
    """Gram matrices (N, C, C) of features (N, C, ...)."""
    flat = features.flatten(2) if features.dim() > 2 else features[:, :, None]
    return flat @ flat.mT / (flat.shape[1] * flat.shape[2])
