"""The optimizers of torch.optim, fused where PyTorch can."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from ganframe import Now
from ganframe_torch import signature, table
from ganframe_torch.classes import Wrapped, make, usable
from ganframe_torch.direct import quicken


class Optim(Wrapped):
    """A class of torch.optim."""

    _curves: frozenset[str] = frozenset()

    def build(self, params: Iterable[Any]) -> Optimizer:
        """The optimizer of these parameters; an option that is a curve begins with its value at step 0.

        The fused form is taken where there is one for the parameters' device, unless `fused` or `foreach` is given.
        """
        params = list(params)
        given = self.arguments()
        start = Now()
        for name in self._curves & given.keys():
            value = given[name]
            given[name] = tuple(float(start(v)) for v in value) if isinstance(value, tuple) else start(value)
        if "fused" in self._names and not given.keys() & {"fused", "foreach"}:
            given["fused"] = can_fuse(type(self).__name__, params) or None
        return quicken(self._torch(params, **given))


def can_fuse(name: str, params: list[Any]) -> bool:
    """True if the fused form of the optimizer `name` takes all these parameters (tensors, or groups of them)."""
    devices = table.FUSED_DEVICES.get(name) or fused_devices()
    return all(p.is_floating_point() and p.device.type in devices for p in flat(params))


def fused_devices() -> tuple[str, ...]:
    """The device types for which PyTorch has fused optimizers."""
    try:
        from torch.utils._foreach_utils import _get_fused_kernels_supported_devices as supported
    except ImportError:
        return ("cpu",)
    return tuple(supported())


def flat(params: Iterable[Any]) -> Iterable[Tensor]:
    """The tensors among parameters given as tensors, (name, tensor) pairs or groups."""
    for p in params:
        if isinstance(p, dict):
            yield from flat(p["params"])
        else:
            yield p[1] if isinstance(p, tuple) else p


def optimizer(cls: type[Optimizer]) -> type:
    """The optimizer component of a class of torch.optim."""
    name = cls.__name__
    found = usable(signature.arguments(cls.__init__), name)
    curves = frozenset(a.name for a in found if a.name in table.CURVES and f"{name}.{a.name}" not in table.NO_CURVES)
    return make(Optim, cls, name, f"torch.optim.{name}", found, curves=curves, _curves=curves)


OPTIMIZERS = [
    optimizer(cls)
    for cls in vars(torch.optim).values()
    if isinstance(cls, type) and issubclass(cls, Optimizer) and cls is not Optimizer
]
