"""The tutorial's MLPs (W1), and networks of almost no arithmetic (W0)."""

from __future__ import annotations

from torch import nn

from benchmarks.hand.shared import Shared, SharedTutorial
from benchmarks.hand.start import Start


def generator() -> nn.Module:
    return nn.Sequential(
        nn.Linear(100, 1024), nn.BatchNorm1d(1024), nn.ReLU(inplace=True),
        nn.Linear(1024, 512), nn.BatchNorm1d(512), nn.ReLU(inplace=True),
        nn.Linear(512, 256), nn.BatchNorm1d(256), nn.ReLU(inplace=True),
        nn.Linear(256, 1),
    )  # fmt: skip


def discriminator() -> nn.Module:
    return nn.Sequential(
        nn.Linear(1, 256), nn.BatchNorm1d(256), nn.ReLU(inplace=True),
        nn.Linear(256, 128), nn.BatchNorm1d(128), nn.ReLU(inplace=True),
        nn.Linear(128, 1),
    )  # fmt: skip


def tiny(size: int) -> nn.Module:
    return nn.Sequential(nn.Linear(size, 8), nn.ReLU(inplace=True), nn.Linear(8, 1))


def expert(start: Start) -> Shared:
    return Shared(start, generator(), discriminator(), 100)


def tutorial(start: Start) -> SharedTutorial:
    return SharedTutorial(start, generator(), discriminator(), 100)


def tiny_expert(start: Start) -> Shared:
    return Shared(start, tiny(4), tiny(1), 4)


def tiny_tutorial(start: Start) -> SharedTutorial:
    return SharedTutorial(start, tiny(4), tiny(1), 4)
