"""The features of data and samples, kept until all are there."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ganframe_gan.metrics.features import Features


class Both:
    """A meter that keeps the features of both sets; `about` is told in the protocol beside their numbers."""

    def __init__(self, extract: Features, **about: str) -> None:
        self._extract, self._about = extract, about
        self._kept: dict[str, list[Tensor]] = {"real": [], "fake": []}

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        self._kept["real"].append(self._extract(real))
        self._kept["fake"].append(self._extract(fake))

    def sets(self, least: int) -> tuple[Tensor, Tensor]:
        """Features of the data (N, F) and of the samples (M, F); ValueError where either has fewer than so many."""
        real, fake = self._counts()
        if min(real, fake) < least:
            raise ValueError(f"needs {least} samples and {least} real rows at least, not {fake} and {real}")
        return torch.cat(self._kept["real"]), torch.cat(self._kept["fake"])

    @property
    def protocol(self) -> dict[str, str]:
        """Counts and features behind the figures, and what the metric adds."""
        real, fake = self._counts()
        return {"n": f"{fake}/{real}", **self._about, **self._extract.protocol}

    def _counts(self) -> tuple[int, int]:
        real, fake = (sum(map(len, self._kept[side])) for side in ("real", "fake"))
        return real, fake
