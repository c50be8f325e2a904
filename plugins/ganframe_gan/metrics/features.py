"""The numbers that a metric compares: a field's raw values, or what a layer makes of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import attrs
import torch
from torch import Tensor, nn

from ganframe import Field, Shape

#: Rows that go through the extractor at once.
CHUNK = 256


@attrs.frozen(eq=False)
class Features:
    """Turns a batch into feature vectors (N, F), float64 on the CPU (some accelerators have no float64)."""

    field: str
    extractor: nn.Module | None
    device: torch.device
    name: str

    @torch.no_grad()
    def __call__(self, batch: Mapping[str, Tensor]) -> Tensor:
        """The features of the batch's field."""
        values = batch[self.field]
        if self.extractor is None:
            return values.flatten(1).cpu().double()
        parts = [self.extractor(part.to(self.device).float()) for part in values.split(CHUNK)]
        return torch.cat([part.flatten(1).cpu().double() for part in parts])

    @property
    def protocol(self) -> dict[str, str]:
        """What made the features, with the hash of its weights and what it says of itself (its resize filter)."""
        if self.extractor is None:
            return {"features": "values", "field": self.field}
        about = getattr(self.extractor, "protocol", {})
        return {"features": f"{self.name} sha256:{digest(self.extractor)}", "field": self.field, **about}


def features(layer: Any | None, field: str, fields: Mapping[str, Field], device: torch.device) -> Features:
    """Features of `field` (the data's first where empty) as `layer` sees them; raw values without a layer.

    ValueError where the data has no such field, or the layer cannot read its shape.
    """
    name = field or next(iter(fields))
    if name not in fields:
        raise ValueError(f"there is no field '{name}'; fields: {', '.join(fields)}")
    if layer is None:
        return Features(name, None, device, "")
    with torch.random.fork_rng(devices=[]):  # whatever the layer draws to begin with, the run's numbers stay
        torch.default_generator.manual_seed(0)
        module = layer.build(Shape(fields[name].shape))
    return Features(name, module.to(device).eval(), device, type(layer).__name__)


def digest(module: nn.Module) -> str:
    """The SHA-256 of a module's tensors, names and values, as hexadecimal digits (the first 16)."""
    total = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        total.update(name.encode())
        total.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()[:16]
