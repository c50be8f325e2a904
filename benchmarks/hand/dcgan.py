"""DCGAN at 64x64 (W2)."""

from __future__ import annotations

from torch import nn

from benchmarks.hand.shared import Shared, SharedTutorial
from benchmarks.hand.start import Start


def up(inputs: int, outputs: int) -> list[nn.Module]:
    convolution = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def down(inputs: int, outputs: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2, inplace=True),
    ]  # fmt: skip


def generator() -> nn.Module:
    return nn.Sequential(
        nn.Unflatten(1, (100, 1, 1)),
        nn.ConvTranspose2d(100, 512, 4, 1, 0, bias=False), nn.BatchNorm2d(512), nn.ReLU(inplace=True),
        *up(512, 256), *up(256, 128), *up(128, 64),
        nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh(),
    )  # fmt: skip


def discriminator() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True),
        *down(64, 128), *down(128, 256), *down(256, 512),
        nn.Conv2d(512, 1, 4, 1, 0, bias=False), nn.Flatten(),
    )  # fmt: skip


def expert(start: Start) -> Shared:
    return Shared(start, generator(), discriminator(), 100, channels_last=True)


def tutorial(start: Start) -> SharedTutorial:
    return SharedTutorial(start, generator(), discriminator(), 100)
