"""A small stock of components for the tests of the spec language; no torch."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

from ganframe.component import component, option, wire
from ganframe.errors import did_you_mean

Pair = int | tuple[int, int]


@component
class Linear:
    """y = Wx + b."""

    out_features: int = option(doc="size of the last axis", min=1)
    bias: bool = option(True, "adds b")

    def build(self, x): ...


@component
class Conv2d:
    """A convolution."""

    out_channels: int = option(doc="channels", min=1)
    kernel_size: Pair = option(doc="side", min=1)
    stride: Pair = option(1, "step", min=1)
    padding: Pair | Literal["same", "valid"] = option(0, "rim")
    padding_mode: str = option("zeros", "of the rim", choices=("zeros", "reflect"))

    def build(self, x): ...


@component
class BatchNorm2d:
    """Normalises channels over the batch."""

    eps: float = option(1e-5, "under the root", min=0)
    momentum: float | Literal["none"] = option(0.1, "of the running mean")

    def build(self, x): ...


@component
class ReLU:
    """max(x, 0)."""

    def build(self, x): ...


@component
class LeakyReLU:
    """max(x, ax)."""

    negative_slope: float = option(0.01, "a")

    def build(self, x): ...


@component
class Dropout:
    """Zeroes entries."""

    p: float = option(0.5, "how many", min=0, max=1)

    def build(self, x): ...


@component
class Concat:
    """Joins along the first axis."""

    axis: int = option(0, "which")

    def build(self, x, *more): ...


@component
class LSTM:
    """A recurrent layer."""

    hidden_size: int = option(doc="size of the state", min=1)

    def build(self, x, hx=None): ...


@component
class ConditionalBatchNorm2d:
    """Batch norm whose gain and bias hang on a condition."""

    eps: float = 1e-5

    def build(self, x, condition): ...


@component
class Unflatten:
    """Splits an axis."""

    dim: int = option(1, "which")
    unflattened_size: tuple[int, ...] = option(doc="its parts", min=1)

    def build(self, x): ...


@component
class Spans:
    """Takes whatever the data says."""

    spans: tuple[tuple[int, int], ...] = option(doc="pairs")
    table: dict[str, int] = option({}, "numbers by name")

    def build(self, x): ...


@component
class Picky:
    """Refuses some combinations."""

    low: int = option(0, "lower")
    high: int = option(1, "upper")

    def __attrs_post_init__(self) -> None:
        if self.low >= self.high:
            raise ValueError("low must be below high")

    def build(self, x): ...


@component
class XavierUniform:
    """Glorot's."""

    gain: float = option(1.0, "factor")

    def __call__(self, weight, rng): ...


@component
class SpectralNorm:
    """Divides by the largest singular value."""

    steps: int = option(1, "of the power iteration", min=1)

    def __call__(self, module): ...


@component
class Adam:
    """arXiv:1412.6980."""

    lr: float = option(1e-3, "learning rate", min=0, curve=True)
    betas: tuple[float, float] = option((0.9, 0.999), "decays", min=0, max=1, curve=True)
    amsgrad: bool = option(False, "keeps the maximum")

    def build(self, params): ...


@component
class StepLR:
    """Decays every so often."""

    step_size: int = option(doc="steps", min=1)

    def build(self, optimizer): ...


@component
class Ramp:
    """A straight line from start to end."""

    start: float = option(0.0, "before", curve=True)
    end: float = option(1.0, "after", curve=True)
    begin: int = option(0, "first step", min=0)
    steps: int = option(doc="how long", min=1)

    def at(self, now): ...


@component
class Flat:
    """One."""

    def at(self, now): ...


@component
class NonSaturating:
    """Goodfellow's."""

    symmetric: bool = option(False, "both sides alike")

    def discriminator(self, real, fake): ...


@component
class R1:
    """A penalty."""

    def discriminator(self, real, step): ...


@component
class MSELoss:
    """Mean squared error."""

    input: Any = wire("what")
    target: Any = wire("what it should be")
    also: Any = wire("more of it", optional=True)
    reduction: Literal["mean", "sum"] = option("mean", "over rows")

    def term(self, input, target): ...


@component
class Normal:
    """A Gaussian."""

    size: int | tuple[int, ...] = option(doc="shape", min=1)
    std: float = option(1.0, "spread", min=0)

    def sample(self, rows, now, real, data): ...


@component
class OneHot:
    """A class."""

    size: int = option(doc="classes", min=2)

    def sample(self, rows, now, real, data): ...


@component
class ImageFolder:
    """Pictures of a folder."""

    path: Path = option(doc="where")
    size: int = option(32, "side", min=1)
    more: tuple[Path, ...] = option((), "further folders")

    def open(self): ...


@component
class Weighted:
    """Rows by weight."""

    field: str = option("label", "which")

    def order(self, data, epoch, rng): ...


@component
class Flip:
    """Mirrors."""

    p: float = option(0.5, "how often", min=0, max=1, curve=True)

    def __call__(self, x, now): ...


@component
class Chain:
    """Several augmentations."""

    parts: tuple[Any, ...] = option((), "in order", kind="augmentation")
    first: Any = option(None, "before all", kind="augmentation")

    def __call__(self, x, now): ...


@component
class Modes:
    """Counts modes."""

    radius: float = option(0.1, "how near", min=0)

    def build(self, fields, facts, device): ...


@component
class SampleGrid:
    """Draws samples."""

    columns: int = option(8, "across", min=1)

    def on_step(self, run, step): ...


KINDS = {
    "layer": (
        Linear, Conv2d, BatchNorm2d, ReLU, LeakyReLU, Dropout, Concat, LSTM, ConditionalBatchNorm2d, Unflatten, Spans,
        Picky,
    ),
    "initializer": (XavierUniform,),
    "parametrization": (SpectralNorm,),
    "optimizer": (Adam,),
    "schedule": (StepLR,),
    "curve": (Ramp, Flat),
    "loss": (NonSaturating, R1, MSELoss),
    "latent": (Normal, OneHot),
    "dataset": (ImageFolder,),
    "sampler": (Weighted,),
    "augmentation": (Flip, Chain),
    "metric": (Modes,),
    "hook": (SampleGrid,),
}  # fmt: skip


class Stock:
    """A registry over these classes."""

    def __init__(self, kinds=None, distribution="ganframe") -> None:
        kinds = kinds or KINDS
        self._kinds = {k: {c.__name__: SimpleNamespace(cls=c, distribution=distribution) for c in kinds.get(k, ())}
                       for k in {*KINDS, *kinds, "view", "exporter"}}

    def kind(self, kind):
        return self._kinds[kind]

    def get(self, kind, name):
        if name not in self._kinds[kind]:
            raise LookupError(f"unknown {kind} '{name}'{did_you_mean(name, self._kinds[kind])}")
        return self._kinds[kind][name].cls
