"""Gaussians fitted to rows that come batch by batch, and how far two are apart."""

from __future__ import annotations

import torch
from torch import Tensor


class Gauss:
    """Sums over rows (N, F) in float64, so that neither order nor split of the batches matters."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = torch.zeros((), dtype=torch.float64)
        self._square = torch.zeros((), dtype=torch.float64)

    def add(self, rows: Tensor) -> None:
        """Take in more rows (N, F)."""
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
            raise ValueError(f"a covariance needs at least 2 rows, not {self.rows}")
        return (self._square - torch.outer(self._sum, self._sum) / self.rows) / (self.rows - 1)


def distance(one: Gauss, two: Gauss) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), the squared Frechet distance of the two Gaussians.

    (C1 C2)^(1/2) has the eigenvalues of (C1^(1/2) C2 C1^(1/2))^(1/2), which is symmetric: singular covariances do no
    harm.
    """
    values, vectors = torch.linalg.eigh(one.covariance)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    shared = torch.linalg.eigvalsh(root @ two.covariance @ root).clamp(min=0).sqrt().sum()
    gap = (one.mean - two.mean).square().sum()
    return max(0.0, float(gap + one.covariance.trace() + two.covariance.trace() - 2 * shared))
