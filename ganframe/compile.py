"""Spec to networks, in whatever order they need each other; shapes are found by running, never declared."""

from __future__ import annotations

import attrs
from torch import Tensor

from ganframe.builder import Builder
from ganframe.errors import did_you_mean
from ganframe.lines import Abandoned, Frame, Value, bound_once, first, picked, tensor, valued
from ganframe.network import Network
from ganframe.registry import Registry
from ganframe.spec.convert import Env, Resolver, UnknownFact, UnknownName, substitute
from ganframe.spec.model import NetworkSpec, Node, Spec
from ganframe.spec.read import SECTIONS

#: The sections of a spec in which no latent stands.
_OTHERS = frozenset(SECTIONS) - {"latents"}


@attrs.define(eq=False)
class Compiler:
    """Builds the networks of a spec on demand, in whatever order they need each other."""

    spec: Spec
    registry: Registry
    resolver: Resolver
    env: Env
    batch_size: int
    known: dict[str, Tensor]
    data_known: bool = True
    networks: dict[str, Network] = attrs.field(factory=dict)
    metas: dict[str, dict[str, Tensor]] = attrs.field(factory=dict)
    busy: list[str] = attrs.field(factory=list)
    failed: set[str] = attrs.field(factory=set)
    called: frozenset[str] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        blocks = (line for b in self.spec.blocks.values() for line in (*b.layers, *(b.shortcut or ())))
        lines = (*blocks, *(line for n in self.spec.networks.values() for line in n.layers))
        self.called = frozenset(str(line.use.type.value).partition(".")[0] for line in lines)

    def all(self) -> dict[str, Network]:
        """Every network that can be built; the problems of the others are recorded in the spec."""
        for name in self.spec.networks:
            if not self._only_a_layer(name):
                self._try(name)
        for name in self.spec.networks:
            self._try(name)
        return {name: self.networks[name] for name in self.spec.networks if name in self.networks}

    def value(self, name: str, asked_by: str = "") -> Tensor | None:
        """The meta tensor (batch, *shape) of a field, latent, network, inner wire or made name; None if unknown."""
        if name in self.known:
            return self.known[name]
        network, _, wire = name.partition(".")
        if network in self.spec.networks:
            built = self._try(network)
            if built is None or (wire and wire not in built.wires):
                return None
            return self.metas[network][built.node_of(wire or None)]
        for maker, node in self._makers(name):
            if maker in self.busy:
                continue
            built = self._try(maker)
            if built is not None:
                made = node.value[1:] if node is not None else None
                if made is None or made in built.wires:
                    return self.metas[maker][built.node_of(made)]
        return None

    def _makers(self, name: str) -> list[tuple[str, Node | None]]:
        makes = [(m.name, *made, node) for m in self.spec.networks.values() for made, node in m.makes.items()]
        found = sorted((entry for entry in makes if entry[2] == name), key=lambda entry: entry[1] != "real")
        return [(maker, node) for maker, _, _, node in found]

    def _only_a_layer(self, name: str) -> bool:
        """A network that a line calls and whose inputs are not all known takes its shapes from its first use."""
        named = {*self.known, *self.spec.networks, *(n for m in self.spec.networks.values() for _, n in m.makes)}
        inputs = [str(node.value) for node in self.spec.networks[name].inputs]
        return name in self.called and not all(i in named or i.partition(".")[0] in named for i in inputs)

    def _try(self, name: str, given: list[Tensor] | None = None) -> Network | None:
        if name in self.networks or name in self.failed:
            return self.networks.get(name)
        spec = self.spec.networks[name]
        if name in self.busy:
            loop = " -> ".join([*self.busy[self.busy.index(name):], name])
            if self.busy[-1] != name or not self.spec.problems:
                self.spec.problem(spec.node, f"networks.{name}", f"networks need each other's output: {loop}")
            self.failed.add(name)
            return None
        self.busy.append(name)
        try:
            self.networks[name] = self._compile(spec, given if self._only_a_layer(name) else None)
        except UnknownName as unknown:
            self.spec.problem(unknown.node or spec.node, f"networks.{name}", str(unknown))
            self.failed.add(name)
        except (Abandoned, UnknownFact):
            self.failed.add(name)
        finally:
            self.busy.remove(name)
        return self.networks.get(name)

    def _compile(self, spec: NetworkSpec, given: list[Tensor] | None) -> Network:
        network = Network(spec.name, tuple(node.value for node in spec.inputs))
        wires: dict[str, Value] = {}
        if not spec.inputs:
            raise Abandoned
        for i, node in enumerate(spec.inputs):
            meta = given[i] if given is not None else self._input(spec, node)
            short = node.value.rpartition(".")[2]
            wires[short] = valued(network.graph.placeholder(short), meta)
        network.placeholders = tuple(first(value).name for value in wires.values())
        start = next(iter(wires.values()))
        once = bound_once(spec.layers)
        frame = Frame(self.spec, spec, network, self.env, "", start, start, wires=wires, once=once)
        Builder(self.spec, self.resolver, self.env, self._try).lines(spec.layers, frame, spec.torn)
        self._finish(spec, frame)
        return network

    def _input(self, spec: NetworkSpec, node: Node) -> Tensor:
        meta = self.value(node.value, spec.name)
        if meta is not None:
            return meta
        network, _, wire = node.value.partition(".")
        path = f"networks.{spec.name}.inputs"
        if network in self.failed or network in self.busy or any(p.place == node.place for p in self.spec.problems):
            raise Abandoned
        # Written, and wrong: a latent with a fault of its own, or one in a table whose name is misspelt.
        if any(table.get(node.value) for key, table in self.spec.root.value.items() if key not in _OTHERS):
            raise Abandoned
        if network in self.networks and wire:
            reach = sorted(self.networks[network].wires)
            near = did_you_mean(wire, reach)
            message = f"network '{network}' binds no wire '{wire}'; it binds {', '.join(reach)}{near}"
        elif not self.data_known or any(maker in self.failed for maker, _ in self._makers(node.value)):
            raise Abandoned
        else:
            reach = sorted({*self.known, *self.spec.networks})
            message = f"unknown name '{node.value}'; there are {', '.join(reach)}{did_you_mean(node.value, reach)}"
        self.spec.problem(node, path, message)
        raise Abandoned

    def _finish(self, spec: NetworkSpec, frame: Frame) -> None:
        network = frame.network
        output = picked(spec.output, f"networks.{spec.name}.output", frame)
        listed = spec.output is not None and isinstance(substitute(spec.output, frame.env).value, list)
        outputs = output if isinstance(output, tuple) and listed else (first(output),)
        network.outputs = tuple(node.name for node in outputs)
        network.single = not listed
        network.wires = {n: first(v).name for n, v in frame.wires.items() if not n.startswith("$")}
        network.graph.output(tuple(outputs) if listed else outputs[0])
        self.metas[spec.name] = {n.name: tensor(n) for n in network.graph.nodes if "value" in n.meta}
