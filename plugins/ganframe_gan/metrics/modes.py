"""Coverage of a mixture whose modes are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option


@component
class Modes:
    """How samples cover the modes of a mixture of Gaussians with known means and std (facts of the data).

    A sample is of high quality within `within` std of its nearest mode. Figures: `modes`: how many have at least
    the share `at_least` of all samples as high-quality ones; `high_quality`: their share; `kl`: of their histogram over
    the modes to the true shares, in nats; `spread`: std of samples inside the modes / true std (1 is right).
    With no high-quality sample `kl` and `spread` are nan. Source: Metz et al. 2017 (arXiv:1611.02163), section 3.1;
    VEEGAN (arXiv:1705.07761), section 5.1.
    """

    better: ClassVar = {"modes": "higher", "high_quality": "higher", "kl": "lower"}

    within: float = option(3.0, "distance to the mode, in std, up to which a sample is of high quality", min=0.0)
    at_least: float = option(0.002, "share of the samples that a covered mode has", min=0.0, max=1.0)
    field: str = option("", "the field judged; the data's first where left out")

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> ModesMeter:
        """A meter; ValueError for data without the facts `means` and `std`."""
        if "means" not in facts or "std" not in facts:
            raise ValueError("Modes needs data whose modes are known (facts 'means' and 'std'), such as Ring or Grid")
        means = torch.tensor(facts["means"], dtype=torch.float64)
        weights = torch.tensor(facts.get("weights") or [1 / len(means)] * len(means), dtype=torch.float64)
        return ModesMeter(self, self.field or next(iter(fields)), means, float(facts["std"]), weights)


class ModesMeter:
    """Counts, sums and squares of the high-quality samples of each mode."""

    def __init__(self, asked: Modes, field: str, means: Tensor, std: float, weights: Tensor) -> None:
        self._asked, self._field, self._means, self._std, self._weights = asked, field, means, std, weights
        self._rows = 0
        self._count = torch.zeros(len(means), dtype=torch.float64)
        self._sum = torch.zeros_like(means)
        self._square = torch.zeros((), dtype=torch.float64)

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a made batch (the real one is not needed)."""
        x = fake[self._field].flatten(1).cpu().double()
        gap, mode = torch.cdist(x, self._means, compute_mode="donot_use_mm_for_euclid_dist").min(1)
        good = gap <= self._asked.within * self._std
        mode, off = mode[good], x[good] - self._means[mode[good]]
        self._rows += len(x)
        self._count.index_add_(0, mode, torch.ones(len(mode), dtype=torch.float64))
        self._sum.index_add_(0, mode, off)
        self._square += off.square().sum()

    def compute(self) -> dict[str, float]:
        """`modes`, `high_quality`, `kl`, `spread`; ValueError without samples."""
        if not self._rows:
            raise ValueError("no samples")
        good = float(self._count.sum())
        enough = max(1.0, self._asked.at_least * self._rows)
        used = self._count > 0
        shares = self._count[used] / good
        kl = (shares * (shares / self._weights[used]).log()).sum() if good else torch.tensor(torch.nan)
        return {
            "modes": float((self._count >= enough - 1e-9).sum()),
            "high_quality": good / self._rows,
            "kl": float(kl),
            "spread": self._spread(),
        }

    def _spread(self) -> float:
        """Std inside the modes, about each one's own mean, pooled over modes and axes, by the true one."""
        used = self._count > 0
        free = float((self._count[used] - 1).sum()) * self._means.shape[1]
        if free <= 0 or self._std == 0:
            return float("nan")
        about = self._sum[used].square().sum(1) / self._count[used]
        return float(((self._square - about.sum()) / free).clamp(min=0).sqrt()) / self._std

    @property
    def protocol(self) -> dict[str, str]:
        """What the figures rest on."""
        asked = self._asked
        return {"n": str(self._rows), "within": f"{asked.within:g} std", "at_least": f"{asked.at_least:g}"}
