"""A batch: a dictionary of tensors, each computed when it is asked for and once (rule 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganframe.errors import did_you_mean
from ganframe.names import root

if TYPE_CHECKING:
    from ganframe.scene import Scene


class Joint:
    """One pass of a discriminator over real and fake rows together (rule 9, `joint`)."""

    __slots__ = ("network", "real", "fake", "values")

    def __init__(self, network: str, real: Batch, fake: Batch) -> None:
        self.network = network
        self.real = real
        self.fake = fake
        self.values: dict[str, Tensor] | None = None

    def reach(self, asking: Batch, wire: str | None) -> Tensor:
        """The asking batch's half of the rows of a wire, real rows first."""
        scene = asking.scene
        if self.values is None:
            inputs = scene.networks[self.network].inputs
            joined = [torch.cat((self.real[name], self.fake[name])) for name in inputs]
            self.values = scene.values(self.network, scene.augmented(self.network, joined))
        halves = scene.reach(self.network, self.values, wire).chunk(2)
        return halves[1] if asking is self.fake else halves[0]


class Batch:
    """Tensors by name. `batch["x"]`, `batch["discriminator"]` and `batch["generator.ws"]` are computed on demand.

    A name is looked up in what the batch holds; else it is a network (or `NET.WIRE`) run on this batch; else the
    network that makes it; else a drawn latent. Raises KeyError for a name that is none of these.
    """

    __slots__ = ("scene", "parent", "atoms", "changed", "held", "maker", "source", "lazy", "runs", "joint", "judges")

    def __init__(
        self,
        scene: Scene,
        parent: Batch | None,
        atoms: frozenset[str],
        changed: frozenset[str],
        held: dict[str, Tensor],
        maker: str | None = None,
        source: Batch | None = None,
    ) -> None:
        """`maker` is the generator whose fake batch this is, `source` the batch it runs on if it runs for this one."""
        self.scene = scene
        self.parent = parent
        self.atoms = atoms
        self.changed = changed
        self.held = held
        self.maker = maker
        self.source = source
        self.lazy: dict[str, Callable[[], Tensor]] = {}
        self.runs: dict[str, dict[str, Tensor]] = {}
        self.joint: dict[str, Joint] = {}
        self.judges: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Tensor:
        held = self.held
        if name not in held:
            held[name] = self._find(name)
        return held[name]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self.atoms or self.scene.names.known(name))

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.atoms))

    @property
    def judged(self) -> tuple[Tensor, ...]:
        """The pair's discriminator's inputs that the generator makes, or that hang on them, in `inputs` order."""
        return tuple(self[name] for name in self.judges)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self[next(iter(sorted(self.atoms)))])

    def replace(self, **tensors: Tensor) -> Batch:
        """A batch with some names replaced; what does not hang on them is not computed again.

        A fake batch with another latent is made anew.
        """
        changed, source = frozenset(tensors), self._remade(tensors)
        if source is not None and self.maker is not None:
            changed |= {self.maker, *self.scene.names.made[self.maker]}
        child = Batch(self.scene, self, self.atoms | frozenset(tensors), changed, dict(tensors), self.maker, source)
        child.judges = self.judges
        return child

    def _remade(self, tensors: Mapping[str, Tensor]) -> Batch | None:
        """What the generator must run on once more if these replace what it reads (never what it makes), else None."""
        batch: Batch | None = self
        while batch is not None and batch.maker is not None and batch.source is None:
            batch = batch.parent
        if batch is None or batch.source is None or batch.maker is None:
            return None
        names, source = self.scene.names, batch.source
        read = {n: v for n, v in tensors.items() if n not in names.made[batch.maker]}
        return source.replace(**read) if names.depends(batch.maker, source.atoms) & set(read) else None

    def run(self, network: str, parameters: Mapping[str, Tensor] | None = None) -> Any:
        """A fresh pass of a network on this batch, with other parameters (by `state_dict` name) if given."""
        inputs = self.scene.arguments(network, self)
        if parameters is None:
            return self.scene.networks[network](*inputs)
        return self.scene.networks[network].with_parameters(parameters, inputs)

    def mark(self, names: Iterable[str]) -> None:
        """Make these tensors leaves that a gradient can be taken at; must precede every pass that reads them.

        A generator goes on reading the real ones as they were, so that no graph arises behind it.
        """
        for name in names:
            value = self[name]
            if not value.requires_grad:
                if self is self.scene.real:
                    self.scene.base.held.setdefault(name, value)
                self.held[name] = value.detach().requires_grad_()

    def _find(self, name: str) -> Tensor:
        if name in self.lazy:
            return self.lazy[name]()
        scene = self.scene
        if name in self.atoms:
            if name not in self.changed and self.parent is not None:
                return self.parent[name]
            if self.source is not None and self.maker is not None and name in scene.names.made[self.maker]:
                return self._pass(self.maker, scene.names.made[self.maker][name])
            return scene.latent(name)
        network = root(name)
        if self._inherits(name, network):
            assert self.parent is not None
            return self.parent[name]
        if network in scene.networks:
            return self._pass(network, name.partition(".")[2] or None)
        if name in scene.names.makers:
            return self._pass(*scene.names.makers[name])
        if name in scene.names.latents:
            return scene.latent(name)
        reach = sorted({*self.atoms, *scene.networks, *scene.names.latents, *scene.names.makers})
        raise KeyError(f"a batch has no '{name}'; there are {', '.join(reach)}{did_you_mean(name, reach)}")

    def _inherits(self, name: str, network: str) -> bool:
        if self.parent is None or network in self.joint:
            return False
        if network == self.maker:
            return self.source is None
        return not self.scene.names.depends(name, self.atoms) & self.changed

    def _pass(self, network: str, wire: str | None) -> Tensor:
        if network in self.joint:
            return self.joint[network].reach(self, wire)
        scene = self.scene
        if network not in self.runs:
            source = self.source if self.source is not None and network == self.maker else self
            self.runs[network] = scene.values(network, scene.arguments(network, source))
        return scene.reach(network, self.runs[network], wire)
