"""A classifier that a metric asks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import attrs
import torch
from torch import Tensor, nn

from ganframe import Field, Shape
from ganframe_image.judge.layers import DigitsClassifier

#: Pictures that are read at once.
CHUNK = 256
LAYER = "layer that gives the logits of the classes; the judge of digits where left out"
FIELD = "the field that is read; the data's first where left out"


@attrs.frozen(eq=False)
class Classifier:
    """Gives the probabilities of the classes of a batch's field, float64 on the CPU."""

    field: str
    name: str
    network: nn.Module
    device: torch.device
    classes: int

    @torch.no_grad()
    def __call__(self, pictures: Tensor) -> Tensor:
        """Probabilities (N, classes)."""
        parts = [self.network(part.to(self.device).float()).cpu().double() for part in pictures.split(CHUNK)]
        return torch.cat(parts).softmax(1)

    @property
    def protocol(self) -> dict[str, str]:
        """Which classifier, with the hash of its weights and what it says of itself (its resize filter)."""
        total = hashlib.sha256()
        for name, tensor in sorted(self.network.state_dict().items()):
            total.update(name.encode())
            total.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        about = getattr(self.network, "protocol", {})
        return {"classifier": f"{self.name} sha256:{total.hexdigest()[:16]}", "field": self.field, **about}


def classifier(
    layer: Any | None, field: str, fields: Mapping[str, Field], device: torch.device, channels: int | None = None
) -> Classifier:
    """A classifier of this field (the data's first where empty); of `channels` channels where the field has others.

    ValueError where the data has no such field, or the layer cannot read its shape.
    """
    name = field or next(iter(fields))
    if name not in fields:
        raise ValueError(f"there is no field '{name}'; fields: {', '.join(fields)}")
    layer = layer or DigitsClassifier()
    shape = fields[name].shape
    shape = shape if channels is None else (channels, *shape[1:])
    with torch.random.fork_rng(devices=[]):  # whatever the layer draws to begin with, the run's numbers stay
        torch.default_generator.manual_seed(0)
        network = layer.build(Shape(shape)).to(device).eval()
    with torch.no_grad():
        classes = network(torch.zeros(1, *shape, device=device)).shape[1]
    return Classifier(name, type(layer).__name__, network, device, classes)
