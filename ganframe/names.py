"""What a name may mean in a batch, known before the run (rule 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from ganframe.network import Network

Path = tuple[str, str]


def root(name: str) -> str:
    """The network of `NET.WIRE`, or the name itself."""
    return name.partition(".")[0]


@attrs.define(eq=False)
class Names:
    """Who holds, computes, makes or draws each name; `made` is per generator, for its own fake batch."""

    fields: tuple[str, ...]
    latents: dict[str, Any]
    networks: dict[str, Network]
    made: dict[str, dict[str, str | None]]
    makers: dict[str, tuple[str, str | None]]
    batches: dict[str, dict[str, Path]]
    wanted: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    atoms: frozenset[str] = attrs.field(init=False)
    drawn: frozenset[str] = attrs.field(init=False)
    base: frozenset[str] = attrs.field(init=False)
    fakes: dict[str, tuple[frozenset[str], frozenset[str]]] = attrs.field(init=False)
    _depends: dict[tuple[str, frozenset[str]], frozenset[str]] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """What the batches of every turn hold: the real one, that with latents, and of each fake one what is new."""
        self.atoms, self.drawn = frozenset(self.fields), frozenset(self.latents)
        self.base = self.atoms | self.drawn
        self.fakes = {g: (self.base | set(made), frozenset({g, *made})) for g, made in self.made.items()}

    def depends(self, name: str, atoms: frozenset[str]) -> frozenset[str]:
        """Every name that computing `name` reads, itself included, in a batch that holds `atoms`."""
        key = (name, atoms)
        if key not in self._depends:
            self._depends[key] = frozenset({name, root(name)})
            self._depends[key] = self._closure(name, atoms)
        return self._depends[key]

    def _closure(self, name: str, atoms: frozenset[str]) -> frozenset[str]:
        if name in atoms:
            return frozenset({name})
        network = root(name)
        if network not in self.networks:
            if name not in self.makers:
                return frozenset({name})
            network = self.makers[name][0]
        inputs = (self.depends(entry, atoms) for entry in self.networks[network].inputs)
        return frozenset({name, network}).union(*inputs)

    def known(self, name: str) -> bool:
        """Whether any batch can give this name (an inner wire only if the network binds it)."""
        network, _, wire = name.partition(".")
        if network in self.networks:
            return not wire or wire in self.networks[network].wires
        return name in self.fields or name in self.latents or name in self.makers

    def reads_fake(self, batch: str, name: str) -> bool:
        """Whether `BATCH.NAME` hangs on a generator's fake batch."""
        if batch == "fake":
            return True
        if batch == "real":
            return False
        replaced = self.batches[batch]
        used = self.depends(name, self.atoms_of(batch)) & set(replaced)
        return any(self.reads_fake(*replaced[entry]) for entry in used)

    def reads(self, batch: str, name: str, generator: str | None) -> frozenset[str]:
        """Every network that computing `BATCH.NAME` runs, as losses of that generator see it."""
        if batch == "fake" and generator is not None:
            made, base = frozenset(self.made[generator]), self.atoms_of("real") | frozenset(self.latents)
            read = self.depends(name, base | made)
            return self.runs(read | self.depends(generator, base) if read & made else read)
        read = self.depends(name, self.atoms_of(batch))
        replaced = self.batches.get(batch, {})
        others = (self.reads(*replaced[entry], generator) for entry in read & set(replaced))
        return self.runs(read).union(*others)

    def runs(self, names: Iterable[str]) -> frozenset[str]:
        """The networks among some names, and those that they call as layers."""
        found: set[str] = set()
        rest = [name for name in names if name in self.networks]
        while rest:
            network = rest.pop()
            if network not in found:
                found.add(network)
                rest += self.networks[network].shared
        return frozenset(found)

    def circles(self) -> Iterator[list[Path]]:
        """The ways along replaced names of `[batches]` that come back to where they began."""
        for batch, replaced in self.batches.items():
            for name in replaced:
                way = self._circle([(batch, name)])
                if way is not None:
                    yield way

    def _circle(self, way: list[Path]) -> list[Path] | None:
        batch, inner = self.batches[way[-1][0]][way[-1][1]]
        if batch not in self.batches:
            return None
        for name in sorted(self.depends(inner, self.atoms_of(batch)) & set(self.batches[batch])):
            if (batch, name) in way:
                return [*way[way.index((batch, name)) :], (batch, name)]
            found = self._circle([*way, (batch, name)])
            if found is not None:
                return found
        return None

    def atoms_of(self, batch: str) -> frozenset[str]:
        """The names that the real batch, or a named batch, holds itself."""
        return frozenset(self.fields) | frozenset(self.batches.get(batch, ()))

    def target(self, name: str) -> tuple[str, str] | None:
        """The (network, node) that a name is computed by, or None for what is held or drawn."""
        network, _, wire = name.partition(".")
        if network in self.networks and (not wire or wire in self.networks[network].wires):
            return network, self.networks[network].node_of(wire or None)
        if name in self.makers:
            network, made = self.makers[name]
            if made is None or made in self.networks[network].wires:
                return network, self.networks[network].node_of(made)
        return None

    def want(self, name: str) -> None:
        """Plan for a wire that somebody asks for, so that one pass gives it together with the others."""
        target = self.target(name)
        if target is not None:
            network, node = target
            if node not in self.networks[network].outputs and node not in self.wanted.get(network, ()):
                self.wanted[network] = (*self.wanted.get(network, ()), node)
