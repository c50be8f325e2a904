"""All batches of one turn, over one real batch and one set of latents (rules 8 and 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from ganframe.batch import Batch, Joint
from ganframe.names import Names
from ganframe.network import Network, Program
from ganframe.now import Now

Augment = Callable[[Tensor, Now], Tensor]

_NONE: frozenset[str] = frozenset()


class Latents:
    """The latents of one turn: each is drawn once, for all rows, when first asked for."""

    __slots__ = ("components", "rows", "now", "real", "data", "stream", "drawn")

    def __init__(
        self,
        components: Mapping[str, Any],
        rows: int,
        now: Now,
        real: Mapping[str, Tensor] | None,
        data: Any,
        stream: Callable[[str], torch.Generator],
    ) -> None:
        self.components = components
        self.rows = rows
        self.now = now
        self.real = real
        self.data = data
        self.stream = stream
        self.drawn: dict[str, Tensor] = {}

    def draw(self, name: str) -> Tensor:
        """The latent's tensor (rows, *shape)."""
        if name not in self.drawn:
            self.now.rng = self.stream(name)
            self.drawn[name] = self.components[name].sample(self.rows, self.now, self.real, self.data)
        return self.drawn[name]


class Scene:
    """All batches of one turn (or of one part of an accumulated turn), over one real batch and one set of latents."""

    __slots__ = (
        "names", "networks", "programs", "augments", "now", "latents", "part", "real", "base", "fakes", "named",
        "joint", "reals", "augment_stream",
    )  # fmt: skip

    def __init__(
        self,
        names: Names,
        networks: Mapping[str, Network],
        programs: Mapping[str, Program],
        augments: Mapping[str, Augment],
        now: Now,
        latents: Latents,
        fields: Mapping[str, Tensor],
        part: slice | None = None,
        joint: Mapping[str, tuple[str, ...]] | None = None,
        augment_stream: Callable[[str], torch.Generator] | None = None,
    ) -> None:
        self.names = names
        self.networks = networks
        self.programs = programs
        self.augments = augments
        self.now = now
        self.latents = latents
        self.part = part
        self.joint = joint or {}
        self.augment_stream = augment_stream
        self.real = Batch(self, None, names.atoms, _NONE, dict(fields))
        self.base = Batch(self, self.real, names.base, names.drawn, {})
        self.fakes: dict[str, Batch] = {}
        self.reals: dict[str | None, Batch] = {}
        self.named: dict[tuple[str, str | None], Batch] = {}

    def close(self) -> None:
        """Let go of every batch, after which the scene is of no use.

        A scene and its batches know each other: left alone, Python would keep their tensors until it looks for such
        circles, many turns later.
        """
        for batch in (*self.fakes.values(), *self.reals.values()):
            batch.joint.clear()
        for held in (self.fakes, self.reals, self.named):
            held.clear()
        del self.real, self.base

    def latent(self, name: str) -> Tensor:
        """This part's rows of a latent."""
        drawn = self.latents.draw(name)
        return drawn if self.part is None else drawn[self.part]

    def fake(self, generator: str) -> Batch:
        """The fake batch of a generator; one that judges it jointly sees real and fake in one pass."""
        if generator not in self.fakes:
            fake = Batch(self, self.base, *self.names.fakes[generator], {}, generator, self.base)
            self.fakes[generator] = fake
            joints = self.joint.get(generator, ())
            real = Batch(self, self.real, self.real.atoms, frozenset(joints), {}) if joints else self.real
            self.reals[generator] = real
            for network in joints:
                both = Joint(network, real, fake)
                real.joint[network] = both
                fake.joint[network] = both
        return self.fakes[generator]

    def real_for(self, generator: str | None) -> Batch:
        """The real batch as the pairs of that generator see it; for None, each joint pass as its first pair does."""
        if generator is not None:
            self.fake(generator)
            return self.reals[generator]
        if self.joint and None not in self.reals:
            passes: dict[str, Joint] = {}
            for maker, networks in self.joint.items():
                for network in networks:
                    passes.setdefault(network, self.real_for(maker).joint[network])
            self.reals[None] = Batch(self, self.real, self.real.atoms, frozenset(passes), {})
            self.reals[None].joint = passes
        return self.reals.get(None, self.real)

    def batch(self, name: str, generator: str | None) -> Batch:
        """`real`, `fake` or a batch of `[batches]`, as that generator's losses see it."""
        if name == "fake":
            assert generator is not None
            return self.fake(generator)
        if name == "real":
            return self.real_for(generator)
        if (name, generator) not in self.named:
            replaced = self.names.batches[name]
            batch = Batch(self, self.real, self.names.atoms_of(name) | self.real.atoms, frozenset(replaced), {})
            batch.lazy = {n: self._lazy(path, generator) for n, path in replaced.items()}
            self.named[name, generator] = batch
        return self.named[name, generator]

    def _lazy(self, path: tuple[str, str], generator: str | None) -> Callable[[], Tensor]:
        return lambda: self.batch(path[0], generator)[path[1]]

    def arguments(self, network: str, source: Batch) -> list[Tensor]:
        """A network's inputs from a batch, the first one augmented where the spec says so."""
        return self.augmented(network, [source[name] for name in self.networks[network].inputs])

    def augmented(self, network: str, inputs: list[Tensor]) -> list[Tensor]:
        """Apply the network's augmentations to its first input."""
        if network in self.augments:
            if self.augment_stream is not None:
                self.now.rng = self.augment_stream(network)
            inputs[0] = self.augments[network](inputs[0], self.now)
        return inputs

    def values(self, network: str, inputs: Iterable[Tensor]) -> dict[str, Tensor]:
        """The start of a pass: the graph's inputs by node name."""
        return dict(zip(self.networks[network].placeholders, inputs, strict=True))

    def reach(self, network: str, values: dict[str, Tensor], wire: str | None) -> Tensor:
        """A wire (or the output) of a pass begun with `values`."""
        node = self.networks[network].node_of(wire)
        program = self.programs[network]
        if node not in values and node not in program.route:
            program = self.networks[network].program((node,))
        result: Tensor = program.reach(values, node)
        return result
