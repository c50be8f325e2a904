"""Sines of random frequency and phase."""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

from ganframe import Field, component, option
from ganframe_series.data.rows import Rows


@component
class Sines:
    """Windows (length, channels) of a · sin(2 pi f t / length + phase), t = 1..length, one draw a channel.

    f is uniform in `cycles` (a window), a in `amplitude`, the phase anywhere. With `classes` above 1 the frequencies
    are cut into that many bands of equal width, the same for all channels of a window; `label` (one-hot) says which.
    Fields: `x` in [-1, 1], `label` with classes. Facts: `length`, `channels`, with classes `classes`, `frequencies`.
    Source: the data of RCGAN (arXiv:1706.02633, section 4) and of TimeGAN (NeurIPS 2019, section 5).
    """

    rows: int = option(10_000, "windows", min=4)
    length: int = option(24, "times in a window", min=4)
    channels: int = option(1, "series side by side", min=1)
    cycles: tuple[float, float] = option((1.0, 5.0), "periods in a window, drawn between", min=0.0)
    amplitude: tuple[float, float] = option((0.1, 0.9), "height, drawn between", min=0.0, max=1.0)
    classes: int = option(1, "bands of frequencies", min=1, max=20)
    seed: int = option(0, "of the windows", min=0)
    split: str = option("train", "`test` has as many other windows", choices=("train", "test"))

    def __attrs_post_init__(self) -> None:
        for name, (low, high) in (("cycles", self.cycles), ("amplitude", self.amplitude)):
            if low > high:
                raise ValueError(f"'{name}' must have the smaller number first, not {low} and {high}")

    def open(self) -> Rows:
        """Draw the windows; the same options give the same ones."""
        rng = torch.Generator().manual_seed(2 * self.seed + (self.split == "test"))
        shape = (self.rows, 1, self.channels)
        codes = torch.randperm(self.rows, generator=rng) % self.classes
        share = (codes.view(-1, 1, 1) + torch.rand(shape, generator=rng)) / self.classes
        cycles = self.cycles[0] + (self.cycles[1] - self.cycles[0]) * share
        height = self.amplitude[0] + (self.amplitude[1] - self.amplitude[0]) * torch.rand(shape, generator=rng)
        phase = 2 * math.pi * torch.rand(shape, generator=rng)
        time = torch.arange(1, self.length + 1).view(1, -1, 1) / self.length
        x = height * torch.sin(2 * math.pi * cycles * time + phase)
        fields = {"x": Field((self.length, self.channels), view="series", range=(-1.0, 1.0))}
        facts = {"length": self.length, "channels": self.channels}
        if self.classes == 1:
            return Rows({"x": x}, fields, facts)
        names = tuple(str(k) for k in range(self.classes))
        shares = (torch.bincount(codes) / self.rows).tolist()
        return Rows(
            {"x": x, "label": F.one_hot(codes, self.classes).float()},
            {**fields, "label": Field((self.classes,), range=(0.0, 1.0), names=names)},
            {**facts, "classes": self.classes, "frequencies": shares},
        )
