"""The judge's network, and the weights that come with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import torch
from safetensors import SafetensorError
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


def stored(path: Path | None = None) -> bytes:
    """The file of the judge: `body.…`, `head.…`, and `scale`, which gives real features variance 100.

    digits.safetensors that comes along, unless another is given. FileNotFoundError where there is none.
    """
    if path is None:
        return resources.files("ganframe_image.judge").joinpath("digits.safetensors").read_bytes()
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path.absolute()}")
    return path.read_bytes()


class Reader(nn.Module):
    """The judge with its weights: features times one constant, or with `logits` the logits of the classes.

    Pictures (N, 1 or 3, H, W) in [-1, 1] are made grey by luma and brought to 8 x 8 by area means.
    """

    scale: Tensor

    def __init__(self, shape: tuple[int, int, int], logits: bool, weights: Path | None = None) -> None:
        super().__init__()
        self._file, self._from = stored(weights), weights
        self.fingerprint = hashlib.sha256(self._file).hexdigest()[:16]
        self.body = body()
        self.head = head() if logits else None
        self.register_buffer("scale", torch.ones(()))
        resized = "none" if shape[1:] == SIZE else f"area {shape[1]}x{shape[2]} to 8x8"
        self.protocol: Mapping[str, str] = {"resize": resized}
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Load the judge's weights (into tensors that have memory). ValueError where the file is none of a judge."""
        if self.scale.is_meta:
            return
        try:
            tensors = load(self._file)
            self.load_state_dict({name: tensors[name] for name in self.state_dict()})
        except (KeyError, RuntimeError, SafetensorError) as error:
            told = str(error).splitlines()[0]
            raise ValueError(f"{self._from} is no file of a judge, as judge/train.py writes it: {told}") from None

    def forward(self, x: Tensor) -> Tensor:
        """Features (N, 64), or logits (N, 10)."""
        x = coloured(x, 1)
        if x.shape[-2:] != SIZE:
            x = F.interpolate(x, size=SIZE, mode="area")
        features = self.body(x)
        return features * self.scale if self.head is None else self.head(features)
