"""The judge's network, and the weights that come with it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

import torch
from safetensors.torch import load
from torch import Tensor, nn
from torch.nn import functional as F

from ganframe_image.data.reshape import coloured

#: Height and width the network was trained on.
SIZE = (8, 8)
FEATURES = 64
CLASSES = 10


def body() -> nn.Sequential:
    """From pictures (N, 1, 8, 8) to features (N, 64)."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(256, FEATURES), nn.ReLU(),
    )  # fmt: skip


def head() -> nn.Linear:
    """From features to the logits of the ten digits."""
    return nn.Linear(FEATURES, CLASSES)


def shipped() -> dict[str, Tensor]:
    """The tensors of digits.safetensors: `body.…`, `head.…`, and `scale`, which gives real features variance 100."""
    return load(resources.files("ganframe_image.judge").joinpath("digits.safetensors").read_bytes())


class Reader(nn.Module):
    """The judge with its carried weights: features times one constant, or with `logits` the logits of the classes.

    Pictures (N, 1 or 3, H, W) in [-1, 1] are made grey by luma and brought to 8 x 8 by area means.
    """

    scale: Tensor

    def __init__(self, shape: tuple[int, int, int], logits: bool) -> None:
        super().__init__()
        self.body = body()
        self.head = head() if logits else None
        self.register_buffer("scale", torch.ones(()))
        resized = "none" if shape[1:] == SIZE else f"area {shape[1]}x{shape[2]} to 8x8"
        self.protocol: Mapping[str, str] = {"resize": resized}
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Load the carried weights (into tensors that have memory)."""
        if not self.scale.is_meta:
            tensors = shipped()
            self.load_state_dict({name: tensors[name] for name in self.state_dict()})

    def forward(self, x: Tensor) -> Tensor:
        """Features (N, 64), or logits (N, 10)."""
        x = coloured(x, 1)
        if x.shape[-2:] != SIZE:
            x = F.interpolate(x, size=SIZE, mode="area")
        features = self.body(x)
        return features * self.scale if self.head is None else self.head(features)
