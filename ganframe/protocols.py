"""What a component of each kind must do, as types: a plugin whose hooks say them is checked by mypy.

`def ganframe_curves() -> list[type[ganframe.Curve]]` lets a type checker refuse a curve without `at(now) -> float`. A
layer's and a loss's methods name what they are given, so that of these only the results are known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from ganframe.component import Field, Shape

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from torch import Tensor, nn

    from ganframe.now import Now
    from ganframe.run import Run
    from ganframe.step import Step


class Layer(Protocol):
    """A layer: `build(x: Shape, **wires: Shape)` gives a module whose forward has the same parameters."""

    @property
    def build(self) -> Callable[..., nn.Module]: ...


class Initializer(Protocol):
    """Fills one weight (out, in, ...) in place."""

    def __call__(self, weight: Tensor, rng: torch.Generator, /) -> None: ...


class Parametrization(Protocol):
    """Rewrites how a module's weight is computed; gives the module."""

    def __call__(self, module: nn.Module, /) -> nn.Module: ...


class _Discriminator(Protocol):
    @property
    def discriminator(self) -> Callable[..., Tensor | None]: ...


class _Generator(Protocol):
    @property
    def generator(self) -> Callable[..., Tensor | None]: ...


class _Term(Protocol):
    @property
    def term(self) -> Callable[..., Tensor | None]: ...


class _Prepare(Protocol):
    @property
    def prepare(self) -> Callable[..., None]: ...


class _After(Protocol):
    @property
    def after(self) -> Callable[..., None]: ...


#: A loss: at least one of its methods.
Loss: TypeAlias = _Discriminator | _Generator | _Term | _Prepare | _After


class Curve(Protocol):
    """A number over the steps."""

    def at(self, now: Now, /) -> float: ...


class Optimizer(Protocol):
    """An optimizer of these parameters."""

    def build(self, params: Any, /) -> torch.optim.Optimizer: ...


class Schedule(Protocol):
    """A schedule of an optimizer's learning rate."""

    def build(self, optimizer: torch.optim.Optimizer, /) -> torch.optim.lr_scheduler.LRScheduler: ...


class Latent(Protocol):
    """Drawn rows (rows, *shape)."""

    def shape(self, fields: Mapping[str, Field], /) -> Shape: ...

    def sample(self, rows: int, now: Now, real: Any, data: Any, /) -> Tensor: ...


class Data(Protocol):
    """Open data: rows by their positions."""

    def fields(self) -> Mapping[str, Field]: ...

    def facts(self) -> Mapping[str, Any]: ...

    def __len__(self) -> int: ...

    def batch(self, indices: Tensor, rng: torch.Generator, /) -> dict[str, Tensor]: ...


class Dataset(Protocol):
    """Opens data."""

    def open(self) -> Data: ...


class Sampler(Protocol):
    """The order of the rows of an epoch, int64."""

    def order(self, data: Any, epoch: int, rng: torch.Generator, /) -> Tensor: ...


class View(Protocol):
    """How a field is shown and written."""

    def write(self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any], /) -> None: ...

    def read(self, path: Path, field: Field, facts: Mapping[str, Any], /) -> Tensor: ...


class _Plain(Protocol):
    def __call__(self, x: Tensor, now: Now, /) -> Tensor: ...


class _Adaptive(Protocol):
    def state(self) -> dict[str, Tensor]: ...

    def __call__(self, x: Tensor, now: Now, state: dict[str, Tensor], /) -> Tensor: ...


#: Differentiable changes of a network's first input, with or without a state of their own.
Augmentation: TypeAlias = _Plain | _Adaptive


class Meter(Protocol):
    """Takes in batches of real and made rows, then gives figures."""

    @property
    def update(self) -> Callable[..., None]: ...

    def compute(self) -> dict[str, float]: ...


class Metric(Protocol):
    """Makes a meter for each evaluation."""

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device, /) -> Meter: ...


class _OnStart(Protocol):
    def on_start(self, run: Run, /) -> None: ...


class _OnStep(Protocol):
    def on_step(self, run: Run, step: Step, /) -> dict[str, float] | None: ...


class _OnEvaluate(Protocol):
    def on_evaluate(self, run: Run, figures: dict[str, float], /) -> None: ...


class _OnCheckpoint(Protocol):
    def on_checkpoint(self, run: Run, path: Path, /) -> None: ...


class _ShouldStop(Protocol):
    def should_stop(self, run: Run, /) -> bool: ...


class _OnStop(Protocol):
    def on_stop(self, run: Run, reason: str, /) -> None: ...


#: A hook: at least one event.
Hook: TypeAlias = _OnStart | _OnStep | _OnEvaluate | _OnCheckpoint | _ShouldStop | _OnStop


class Exporter(Protocol):
    """Writes a run in another form."""

    def export(self, run: Run, path: Path, /) -> None: ...
