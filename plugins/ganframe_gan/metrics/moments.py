"""Mean and covariance of rows that come batch by batch."""

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
