"""One component of each kind as a plugin author writes it, with hooks that say what they offer: mypy finds nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

import ganframe
from ganframe import Field, Now, Run, Shape, Step, component


@component
class RightLayer:
    def build(self, x: Shape, label: Shape | None = None) -> nn.Module:
        return nn.Identity()


@component
class RightInitializer:
    def __call__(self, weight: Tensor, rng: torch.Generator) -> None:
        weight.normal_(generator=rng)


@component
class RightParametrization:
    def __call__(self, module: nn.Module) -> nn.Module:
        return module


@component
class RightLoss:
    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return real.mean() - fake.mean()

    def after(self, step: Step) -> None:
        step.state["seen"] = step.real.judged[0].mean()


@component
class RightCurve:
    def at(self, now: Now) -> float:
        return 1.0 / (1 + now.step)


@component
class RightOptimizer:
    def build(self, params: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(params, lr=0.1)


@component
class RightSchedule:
    def build(self, optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
        return torch.optim.lr_scheduler.ConstantLR(optimizer)


@component
class RightLatent:
    def shape(self, fields: Mapping[str, Field]) -> Shape:
        return Shape((4,))

    def sample(self, rows: int, now: Now, real: Mapping[str, Tensor] | None, data: Any) -> Tensor:
        return torch.randn(rows, 4, generator=now.rng)


class RightData:
    def fields(self) -> dict[str, Field]:
        return {"x": Field((2,))}

    def facts(self) -> dict[str, Any]:
        return {}

    def __len__(self) -> int:
        return 3

    def batch(self, indices: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:
        return {"x": torch.zeros(len(indices), 2)}


@component
class RightDataset:
    def open(self) -> RightData:
        return RightData()


@component
class RightSampler:
    def order(self, data: Any, epoch: int, rng: torch.Generator) -> Tensor:
        return torch.arange(len(data))


@component
class RightView:
    suffixes: ClassVar = (".txt",)

    def write(self, path: Path, values: Tensor, field: Field | None, facts: Mapping[str, Any]) -> None:
        path.write_text(str(values))

    def read(self, path: Path, field: Field, facts: Mapping[str, Any]) -> Tensor:
        return torch.zeros(1, *field.shape)


@component
class RightAugmentation:
    def __call__(self, x: Tensor, now: Now) -> Tensor:
        return x.flip(-1)


class RightMeter:
    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        return None

    def compute(self) -> dict[str, float]:
        return {}


@component
class RightMetric:
    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> RightMeter:
        return RightMeter()


@component
class RightHook:
    def on_step(self, run: Run, step: Step) -> None:
        return None


@component
class RightExporter:
    def export(self, run: Run, path: Path) -> None:
        return None


@ganframe.plugin
def ganframe_layers() -> list[type[ganframe.Layer]]:
    return [RightLayer]


@ganframe.plugin
def ganframe_initializers() -> list[type[ganframe.Initializer]]:
    return [RightInitializer]


@ganframe.plugin
def ganframe_parametrizations() -> list[type[ganframe.Parametrization]]:
    return [RightParametrization]


@ganframe.plugin
def ganframe_losses() -> list[type[ganframe.Loss]]:
    return [RightLoss]


@ganframe.plugin
def ganframe_curves() -> list[type[ganframe.Curve]]:
    return [RightCurve]


@ganframe.plugin
def ganframe_optimizers() -> list[type[ganframe.Optimizer]]:
    return [RightOptimizer]


@ganframe.plugin
def ganframe_schedules() -> list[type[ganframe.Schedule]]:
    return [RightSchedule]


@ganframe.plugin
def ganframe_latents() -> list[type[ganframe.Latent]]:
    return [RightLatent]


@ganframe.plugin
def ganframe_datasets() -> list[type[ganframe.Dataset]]:
    return [RightDataset]


@ganframe.plugin
def ganframe_samplers() -> list[type[ganframe.Sampler]]:
    return [RightSampler]


@ganframe.plugin
def ganframe_views() -> list[type[ganframe.View]]:
    return [RightView]


@ganframe.plugin
def ganframe_augmentations() -> list[type[ganframe.Augmentation]]:
    return [RightAugmentation]


@ganframe.plugin
def ganframe_metrics() -> list[type[ganframe.Metric]]:
    return [RightMetric]


@ganframe.plugin
def ganframe_hooks() -> list[type[ganframe.Hook]]:
    return [RightHook]


@ganframe.plugin
def ganframe_exporters() -> list[type[ganframe.Exporter]]:
    return [RightExporter]
