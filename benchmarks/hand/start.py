"""Where every hand-written loop starts: ganframe's first weights, data and random numbers of the first steps."""

from __future__ import annotations

import itertools
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn


class Start:
    """The tensors of a file: `x` is the data, `NETWORK/000 …` weights, `KIND/000 …` recorded draws."""

    def __init__(self, path: Path) -> None:
        self.tensors = load_file(path)
        self.x = self.tensors["x"]
        self.rows = len(self.tensors["noise/000"])

    def series(self, name: str) -> list[Tensor]:
        """What was recorded under a name, in order."""
        keys = (f"{name}/{i:03}" for i in itertools.count())
        return [self.tensors[key] for key in itertools.takewhile(self.tensors.__contains__, keys)]

    def load(self, network: nn.Module, name: str) -> nn.Module:
        """The network with ganframe's first weights; both list their tensors in the same order."""
        with torch.no_grad():
            for (key, mine), given in zip(network.state_dict().items(), self.series(name), strict=True):
                if mine.numel() != given.numel():
                    raise ValueError(f"{name}.{key} is {tuple(mine.shape)}, ganframe's is {tuple(given.shape)}")
                mine.copy_(given.view(mine.shape))
        return network


class Draws:
    """Real rows, noise and uniforms: those that ganframe drew in its first steps, then fresh ones."""

    def __init__(self, start: Start, size: int) -> None:
        self.rows, self.size, self.x = start.rows, size, start.x
        self.order, self.at = torch.empty(0, dtype=torch.int64), 0
        self.reals, self.noises, self.uniforms = (start.series(kind)[::-1] for kind in ("real", "noise", "uniform"))

    def real(self) -> Tensor:
        """A batch of the data, each row once an epoch."""
        if self.reals:
            return self.reals.pop()
        if self.at + self.rows > len(self.order):
            self.order, self.at = torch.randperm(len(self.x)), 0
        self.at += self.rows
        return self.x.index_select(0, self.order[self.at - self.rows : self.at])

    def noise(self) -> Tensor:
        """The generator's input (rows, size)."""
        return self.noises.pop() if self.noises else torch.randn(self.rows, self.size)

    def uniform(self) -> Tensor:
        """A share a row."""
        return self.uniforms.pop() if self.uniforms else torch.rand(self.rows)
