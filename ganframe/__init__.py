"""ganframe: GANs written down as TOML, trained by one command, extended by pip packages."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ganframe.component import Field, Shape, Survey, component, option, wire
from ganframe.environment import prepare_environment
from ganframe.errors import DiskFault, GanframeError, PluginFault, SpecError, TrainingFault
from ganframe.hookspecs import plugin

if TYPE_CHECKING:
    from ganframe.api import build, open_run, read_spec, train
    from ganframe.batch import Batch
    from ganframe.extractor import Extractor
    from ganframe.moments import Moments
    from ganframe.now import Now
    from ganframe.protocols import (
        Augmentation,
        Curve,
        Dataset,
        Exporter,
        Hook,
        Initializer,
        Latent,
        Layer,
        Loss,
        Metric,
        Optimizer,
        Parametrization,
        Sampler,
        Schedule,
        View,
    )
    from ganframe.run import Run
    from ganframe.step import Step

__version__ = "0.1.0"

prepare_environment()

_LAZY = {
    "Batch": "ganframe.batch",
    "Extractor": "ganframe.extractor",
    "Moments": "ganframe.moments",
    "Now": "ganframe.now",
    "Run": "ganframe.run",
    "Step": "ganframe.step",
    "build": "ganframe.api",
    "open_run": "ganframe.api",
    "read_spec": "ganframe.api",
    "train": "ganframe.api",
    **dict.fromkeys(
        (
            "Augmentation", "Curve", "Dataset", "Exporter", "Hook", "Initializer", "Latent", "Layer", "Loss", "Metric",
            "Optimizer", "Parametrization", "Sampler", "Schedule", "View",
        ),
        "ganframe.protocols",
    ),
}  # fmt: skip

__all__ = [
    "Augmentation", "Batch", "Curve", "Dataset", "DiskFault", "Exporter", "Extractor", "Field", "GanframeError",
    "Hook", "Initializer", "Latent", "Layer", "Loss", "Metric", "Moments", "Now", "Optimizer", "Parametrization",
    "PluginFault", "Run", "Sampler", "Schedule", "Shape", "SpecError", "Step", "Survey", "TrainingFault", "View",
    "build", "component", "open_run", "option", "plugin", "read_spec", "train", "wire",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'ganframe' has no attribute '{name}'")
