"""Bare inference loops (W6): networks in eval mode, whole chunks of rows, nothing beside them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmarks.hand import dcgan as pictures
from benchmarks.hand import mlp as points
from benchmarks.hand.start import Draws, Start


class Sampler:
    """As few lines as can be; `mode` is the context that says whether a graph is kept."""

    def __init__(self, start: Start, g: nn.Module, samples: int, mode: type = torch.inference_mode) -> None:
        torch.set_flush_denormal(True)
        self.draws, self.mode = Draws(start, 100), mode
        self.g = start.load(g, "generator").eval()
        self.chunks = samples // start.rows

    def step(self) -> dict[str, Tensor]:
        with self.mode():
            return {"x": torch.cat([self.g(self.draws.noise()) for _ in range(self.chunks)])}


def mlp(start: Start) -> Sampler:
    return Sampler(start, points.generator(), 1024)


def mlp_tutorial(start: Start) -> Sampler:
    return Sampler(start, points.generator(), 1024, torch.enable_grad)


def dcgan(start: Start) -> Sampler:
    return Sampler(start, pictures.generator(), 64)


def dcgan_tutorial(start: Start) -> Sampler:
    return Sampler(start, pictures.generator(), 64, torch.enable_grad)
