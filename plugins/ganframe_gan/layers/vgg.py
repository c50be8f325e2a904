"""VGG19 as a feature network."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks

_BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))


def _names() -> dict[str, int]:
    """Every value inside by name, with its place in torchvision's `features`."""
    names = [
        name
        for b, (_, depth) in enumerate(_BLOCKS, 1)
        for name in (*(f"{kind}{b}_{i}" for i in range(1, depth + 1) for kind in ("conv", "relu")), f"pool{b}")
    ]
    return {name: i for i, name in enumerate(names)}


@component
class VGG19:
    """The convolutions of VGG19 (arXiv:1409.1556, table 1, E): one output for each name in `outputs`, in that order.

    Names are `conv1_1` to `conv5_4`, `relu1_1` to `relu5_4`, `pool1` to `pool5`; nothing behind the last one asked for
    is built. SRGAN's VGG54 is `relu5_4`. Input: pictures in [-1, 1], grey ones too; they are brought to ImageNet's mean
    and deviation inside. Parameters are named as in torchvision (`features.0.weight`, ...): give the network a
    safetensors file with `weights`, no weights come along.
    """

    own_init = True
    examples = ({"options": {"outputs": ("relu2_1", "conv1_2")}, "x": (3, 8, 8)},)
    outputs: tuple[str, ...] = option(("relu5_4",), "names of the values to give, as in relu3_3")

    def build(self, x: Shape) -> nn.Module:
        channels, _, _ = checks.picture(x)
        if channels not in (1, 3):
            raise ValueError(f"VGG19 reads pictures of 3 channels, or grey ones of 1, not {channels}")
        names = _names()
        unknown = [name for name in self.outputs if name not in names]
        if unknown or not self.outputs:
            raise ValueError(f"outputs knows conv, relu and pool of VGG19, as in \"relu5_4\", not {list(self.outputs)}")
        return _VGG19([names[name] for name in self.outputs])


class _VGG19(nn.Module):
    def __init__(self, outputs: list[int]) -> None:
        super().__init__()
        self.outputs = outputs
        layers: list[nn.Module] = []
        before = 3
        for width, depth in _BLOCKS:
            for _ in range(depth):
                layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()]
                before = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers[: max(outputs) + 1])
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        x = ((x + 1) / 2 - self.mean) / self.std
        found: dict[int, Tensor] = {}
        for i, layer in enumerate(self.features):
            x = layer(x)
            if i in self.outputs:
                found[i] = x
        values = tuple(found[i] for i in self.outputs)
        return values if len(values) > 1 else values[0]
