"""A small Step and Batch by the book (rule 8), to try losses on without the engine."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor, nn

from ganframe import Now


@attrs.define(eq=False)
class Player:
    """A network and the names of its inputs."""

    module: nn.Module
    inputs: tuple[str, ...]

    def run(self, batch: Batch, parameters: dict[str, Tensor] | None = None) -> Tensor:
        arguments = [batch[name] for name in self.inputs]
        return torch.func.functional_call(self.module, parameters or {}, tuple(arguments))


@attrs.define(eq=False)
class Batch:
    """Tensors by name, computed on demand and once; a fake batch has what its generator makes from `held`."""

    players: dict[str, Player]
    held: dict[str, Tensor]
    judges: tuple[str, ...]
    maker: str = ""
    made: str = ""
    replaced: dict[str, Tensor] = attrs.field(factory=dict)
    _known: dict[str, Tensor] = attrs.field(factory=dict)

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> Tensor:
        if name in self.replaced:
            return self.replaced[name]
        if self.maker and name in (self.maker, self.made):
            real_with_latents = Batch(self.players, self.held | self.replaced, ())
            return self.players[self.maker].run(real_with_latents)
        return self.held[name] if name in self.held else self.players[name].run(self)

    @property
    def judged(self) -> tuple[Tensor, ...]:
        return tuple(self[name] for name in self.judges)

    @property
    def rows(self) -> int:
        return len(next(iter(self.held.values())))

    def replace(self, **tensors: Tensor) -> Batch:
        return Batch(self.players, self.held, self.judges, self.maker, self.made, self.replaced | tensors)

    def run(self, network: str, parameters: dict[str, Tensor] | None = None) -> Tensor:
        return self.players[network].run(self, parameters)

    def mark(self) -> None:
        """Make the judged tensors leaves, as the engine does for a loss that differentiates."""
        for name in self.judges:
            self._known[name] = self[name].detach().requires_grad_()


@attrs.define(eq=False)
class Step:
    """One loss's view of one turn."""

    real: Batch
    fake: Batch
    networks: dict[str, nn.Module]
    generator: str = "generator"
    discriminator: str = "discriminator"
    turn: str = "discriminator"
    trains: tuple[str, ...] = ("discriminator",)
    state: dict[str, Tensor] = attrs.field(factory=dict)
    now: Now = attrs.field(factory=Now)
    rng: torch.Generator = attrs.field(factory=lambda: torch.Generator().manual_seed(1))

    def rand(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self.rng)

    def randn(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.rng)

    @property
    def judged_names(self) -> tuple[str, ...]:
        return self.real.judges

    @property
    def rows(self) -> int:
        return self.real.rows


def step(
    judge: nn.Module, generator: nn.Module | None = None, *, fields: dict[str, Tensor] | None = None,
    latents: dict[str, Tensor] | None = None, judged: tuple[str, ...] = ("x",), reads: tuple[str, ...] | None = None,
    **more: Any,
) -> Step:
    """A turn of one discriminator (reading `reads`, by default what it judges) and one generator of `x` from `z`."""
    fields = {"x": torch.randn(4, 3, generator=torch.Generator().manual_seed(2))} if fields is None else fields
    latents = {"z": torch.randn(4, 2, generator=torch.Generator().manual_seed(3))} if latents is None else latents
    players = {"discriminator": Player(judge, reads or judged)}
    if generator is not None:
        players["generator"] = Player(generator, tuple(latents))
    real = Batch(players, fields | latents, judged)
    fake = Batch(players, fields | latents, judged, "generator" if generator is not None else "", "x")
    return Step(real, fake, {name: player.module for name, player in players.items()}, **more)


def logits(seed: int, rows: int = 6) -> Tensor:
    """Logits of usual size (rows, 1) in float64."""
    drawn = torch.randn(rows, 1, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return drawn.mul_(2).requires_grad_()
