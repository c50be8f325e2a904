"""Frechet distances of films: over their frames, and over their motion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Extractor, Field, Moments, component, option


@component
class VideoDistance:
    """Frechet distances, in per cent of the real variance, of what films show and of how it moves.

    f(1), ..., f(T) are the features of a film's frames: the means of its blocks, `grid` x `grid` of them a channel, or
    what a layer for pictures makes of it. Figures: `frames`, between Gaussians fitted to the single f(t) of all films;
    `motion`, between Gaussians fitted to a film's differences f(2) - f(1), ..., f(T) - f(T - 1) in one vector of
    (T - 1) F numbers: films whose frames are shuffled, freeze, or turn where real ones do not are far in it.
    Each is 100 d / tr C, d = |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), C the covariance of the real ones: 0 is best,
    and between two small real sets it is above 0 too. Source: Dowson and Landau 1982; the idea of a distance for films
    is FVD's (arXiv:1812.01717), which needs a network trained on videos.
    """

    better: ClassVar = {"frames": "lower", "motion": "lower"}
    examples = ({"data": "Moving"},)

    grid: int = option(4, "blocks a side that a frame is cut into; not read with `features`", min=1)
    features: Any | tuple[Any, ...] = option(
        None, "layer for pictures whose output on each frame is compared, or several in a row", kind="layer"
    )
    field: str = option("", "the field of films (C, T, H, W); the data's first where left out")

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> VideoMeter:
        """A meter for this device; ValueError where the field is no film, or one of a single frame."""
        name = self.field or next(iter(fields))
        if name not in fields:
            raise ValueError(f"there is no field '{name}'; fields: {', '.join(fields)}")
        shape = fields[name].shape
        if len(shape) != 4 or shape[1] < 2:
            raise ValueError(f"'{name}' must be films (channels, frames, height, width) of several frames, not {shape}")
        channels, _, height, width = shape
        if self.features is None:
            return VideoMeter(name, self._blocks, {"features": f"{self.grid}x{self.grid} means"})
        extract = Extractor.of(self.features, (channels, height, width), device)
        return VideoMeter(name, extract, {"features": extract.told, **extract.protocol})

    def _blocks(self, frames: Tensor) -> Tensor:
        """Means of blocks, no smaller than a pixel."""
        height, width = frames.shape[2:]
        return F.adaptive_avg_pool2d(frames.double(), (min(self.grid, height), min(self.grid, width)))


class VideoMeter:
    """Gathers the moments of frames and of motion, real and made."""

    def __init__(self, field: str, read: Callable[[Tensor], Tensor], told: Mapping[str, str]) -> None:
        self._field, self._read, self._told = field, read, told
        self._real = Moments(), Moments()
        self._fake = Moments(), Moments()

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        for batch, (frames, motion) in ((real, self._real), (fake, self._fake)):
            f = self._features(batch[self._field])
            frames.add(f.flatten(0, 1))
            motion.add(f.diff(dim=1).flatten(1))

    @torch.no_grad()
    def _features(self, films: Tensor) -> Tensor:
        """(N, T, F), float64 on the CPU."""
        frames = films.transpose(1, 2).cpu().float()
        return self._read(frames.flatten(0, 1)).double().flatten(1).unflatten(0, frames.shape[:2])

    def compute(self) -> dict[str, float]:
        """`frames` and `motion`; ValueError for fewer than two films of either, infinite where nothing real varies."""
        pairs = zip(("frames", "motion"), self._real, self._fake, strict=True)
        return {name: _share(fake.distance(real), float(real.covariance.trace())) for name, real, fake in pairs}

    @property
    def protocol(self) -> dict[str, str]:
        """Films and features behind the figures."""
        return {"n": f"{self._fake[1].rows}/{self._real[1].rows}", "field": self._field, **self._told}


def _share(apart: float, variance: float) -> float:
    """Per cent of the variance; 0 of nothing is 0."""
    return 100 * apart / variance if variance > 0 else (0.0 if apart == 0 else float("inf"))
