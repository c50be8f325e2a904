"""Gaussians fitted to rows that come batch by batch, and how far two are apart."""

from __future__ import annotations

import torch
from torch import Tensor


class Moments:
    """Sums over rows (N, F) in float64, so that neither order nor split of the batches matters."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = torch.zeros((), dtype=torch.float64)
        self._square = torch.zeros((), dtype=torch.float64)

    def add(self, rows: Tensor) -> None:
        """Take in more rows (N, F)."""
        rows = rows.double()
        self.rows += len(rows)
        self._sum = self._sum + rows.sum(0)
        self._square = self._square + rows.T @ rows

    @property
    def mean(self) -> Tensor:
        """The mean (F,)."""
        return self._sum / self.rows

    @property
    def covariance(self) -> Tensor:
        """The unbiased covariance (F, F); ValueError for fewer than two rows."""
        if self.rows < 2:
            raise ValueError(f"a covariance needs at least 2 samples, not {self.rows}")
        centred = self._square - torch.outer(self._sum, self._sum) / self.rows
        return centred / (self.rows - 1)

    def distance(self, other: Moments) -> float:
        """The Frechet distance of the two Gaussians."""
        return frechet(self.mean, self.covariance, other.mean, other.covariance)


def frechet(mean1: Tensor, cov1: Tensor, mean2: Tensor, cov2: Tensor) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of means (F,) and covariances (F, F), in float64.

    The trace of (C1 C2)^(1/2) is the sum of the roots of the eigenvalues of C1^(1/2) C2 C1^(1/2), which is symmetric:
    no general matrix root is needed, and a singular covariance does no harm. Source: Dowson and Landau 1982.
    """
    values, vectors = torch.linalg.eigh(cov1.double())
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    shared = torch.linalg.eigvalsh(root @ cov2.double() @ root).clamp(min=0).sqrt().sum()
    gap = (mean1 - mean2).double().square().sum()
    return max(0.0, float(gap + cov1.double().trace() + cov2.double().trace() - 2 * shared))
