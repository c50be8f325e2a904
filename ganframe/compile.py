"""Spec to networks: every line built and run once on PyTorch's meta device, so that shapes are known, not declared."""

from __future__ import annotations

import operator
from typing import Any

import attrs
import torch
from torch import Tensor, fx, nn

from ganframe.component import Shape
from ganframe.errors import did_you_mean
from ganframe.lines import (
    Abandoned, Frame, Value, bind_names, bound_once, copies, enter, first, merged, picked, shapes, sources, tensor,
)  # fmt: skip
from ganframe.network import SHARED, Network, Record, Row
from ganframe.registry import Registry
from ganframe.spec.convert import Env, Resolver, UnknownFact, UnknownName, substitute
from ganframe.spec.model import Block, Line, NetworkSpec, Node, Spec, Use


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
        found = [(m.name, node, batch) for m in self.spec.networks.values() for (batch, n), node in m.makes.items() if n == name]
        return [(maker, node) for maker, node, batch in sorted(found, key=lambda entry: entry[2] != "real")]

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
            wires[short] = self._node(network.graph.placeholder(short), meta)
        network.placeholders = tuple(first(value).name for value in wires.values())
        start = next(iter(wires.values()))
        once = bound_once(spec.layers)
        frame = Frame(self.spec, spec, network, self.env, "", start, start, wires=wires, once=once)
        self._lines(spec.layers, frame)
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
        if network in self.networks and wire:
            reach = sorted(self.networks[network].wires)
            message = f"network '{network}' binds no wire '{wire}'; it binds {', '.join(reach)}{did_you_mean(wire, reach)}"
        elif not self.data_known or any(maker in self.failed for maker, _ in self._makers(node.value)):
            raise Abandoned
        else:
            reach = sorted({*self.known, *self.spec.networks})
            message = f"unknown name '{node.value}'; there are {', '.join(reach)}{did_you_mean(node.value, reach)}"
        self.spec.problem(node, path, message)
        raise Abandoned

    def _node(self, node: fx.Node, meta: Tensor) -> fx.Node:
        node.meta["value"] = meta
        return node

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

    def _lines(self, lines: tuple[Line, ...], frame: Frame) -> None:
        for line in lines:
            kind = self._kind(line, frame)
            for copy, number in copies(line, frame):
                frame.last = self._line(copy, frame, number, kind)
                bind_names(copy, frame, frame.last)
            frame.counts[kind] += 1

    def _kind(self, line: Line, frame: Frame) -> str:
        node = line.each.get("type") or line.use.type
        node = substitute(node, frame.env)
        while isinstance(node.value, list):
            node = node.value[0]
        named = node.value.get("type") if isinstance(node.value, dict) else node
        return str(named.value if named is not None else "?")

    def _line(self, line: Line, frame: Frame, copy: int | None, label: str) -> Value:
        use = self._typed(line.use, frame)
        name = use.type.value
        path = frame.module_path(line, label, copy)
        network, _, wire = name.partition(".")
        if name in self.spec.blocks:
            return self._block(self.spec.blocks[name], attrs.evolve(line, use=use), frame, path)
        if network in self.spec.networks:
            return self._shared(network, wire, attrs.evolve(line, use=use), frame)
        return self._layer(attrs.evolve(line, use=use), frame, path)

    def _typed(self, use: Use, frame: Frame) -> Use:
        """The line with its type as a plain name: `"$norm"` may be a name, or a component with options of its own."""
        node = substitute(use.type, frame.env)
        options = use.options
        if isinstance(node.value, dict):
            options = {**{k: v for k, v in node.value.items() if k != "type"}, **options}
            node = node.value.get("type", node)
        if not isinstance(node.value, str):
            raise frame.fail(node, use.path, f"expected a layer, not {node.plain()!r}")
        return attrs.evolve(use, type=node, options=options)

    def _block(self, block: Block, line: Line, frame: Frame, path: str) -> Value:
        given = line.use.options
        for key, node in given.items():
            if key not in block.params:
                known = ", ".join(block.params) or "none"
                message = f"block '{block.name}' has no parameter '{key}' (it has {known}){did_you_mean(key, block.params)}"
                raise frame.fail(node, f"{line.path}.{key}", message, key=True)
        inputs = sources(line, frame)
        if len(inputs) > 1:
            where = line.source or line.use.node
            raise frame.fail(where, f"{line.path}.from", "a block has one input; give further wires as parameters")
        inner = enter(block, line, frame, given, path, inputs[0], self.env)
        self._lines(block.layers, inner)
        value = picked(block.output, f"{block.path}.output", inner)
        if block.shortcut is not None:
            value = self._sum(block, line, frame, value, self._shortcut(block, inner))
        for name in block.exports:
            if name not in inner.wires:
                raise frame.fail(block.node, f"{block.path}.exports", f"binds no wire '{name}'")
            frame.bind(name, inner.wires[name])
        return value

    def _shortcut(self, block: Block, inner: Frame) -> Value:
        assert block.shortcut is not None
        side = Frame(
            inner.spec, inner.owner, inner.network, inner.env, f"{inner.path}.shortcut", inner.here, inner.here, inner,
            once=bound_once(block.shortcut),
        )
        self._lines(block.shortcut, side)
        return side.last

    def _sum(self, block: Block, line: Line, frame: Frame, layers: Value, shortcut: Value) -> Value:
        a, b = first(layers), first(shortcut)
        if tensor(a).shape != tensor(b).shape:
            message = f"layers give {shapes([a])}, the shortcut {shapes([b])}"
            raise frame.fail(block.node, block.path, f"{message} (used at {line.path})")
        return self._node(frame.network.graph.call_function(operator.add, (a, b)), tensor(a) + tensor(b))

    def _shared(self, name: str, wire: str, line: Line, frame: Frame) -> Value:
        inputs = sources(line, frame)
        engine = {"init": line.init, "parametrize": line.parametrize, "defaults": line.defaults}
        for key, node in (*line.use.options.items(), *engine.items()):
            if node is not None:
                message = f"'{name}' is a network; it takes inputs by `from` only"
                raise frame.fail(node, f"{line.path}.{key}", message, key=True)
        wanted = [str(node.value) for node in self.spec.networks[name].inputs]
        if len(inputs) != len(wanted):
            message = f"network '{name}' takes {len(wanted)} inputs ({', '.join(wanted)}), not {len(inputs)}"
            raise frame.fail(line.source or line.use.node, f"{line.path}.from", message)
        network = self._try(name, [tensor(v) for v in inputs])
        if network is None:
            raise Abandoned
        if wire and wire not in network.wires:
            message = f"network '{name}' binds no wire '{wire}'{did_you_mean(wire, network.wires)}"
            raise frame.fail(line.use.type, line.path, message)
        frame.network.shared[name] = network
        target = f"{SHARED}.{name}.{wire}" if wire else f"{SHARED}.{name}"
        return self._call(line, frame, target, inputs, {}, frame.network.find(target), changes_rows=True)

    def _layer(self, line: Line, frame: Frame, path: str) -> Value:
        defaults = self._defaults(line, frame)
        engine = {k: defaults.pop(k) for k in ("init", "parametrize") if k in defaults}
        use = attrs.evolve(line.use, options={**defaults, **line.use.options})
        resolved = self.resolver.layer(use, frame.env)
        if resolved is None:
            raise Abandoned
        layer, wired = resolved
        inputs = sources(line, frame)
        options = {name: self._wired(node, f"{line.path}.{name}", frame) for name, node in wired.items()}
        init = line.init or engine.get("init")
        shared = None if getattr(layer, "own_weight", False) else frame.owner.parametrize
        parametrize = line.parametrize or engine.get("parametrize") or shared
        record = Record(
            path, layer, tuple(_shape(v) for v in inputs),
            {k: [_shape(v) for v in o] if isinstance(o, list) else _shape(o) for k, o in options.items()},
            self._nested("initializer", init or frame.owner.init, line, frame), init is not None,
            self._nested("parametrization", parametrize, line, frame), line.use.node.place, line.path,
        )  # fmt: skip
        module = self._build(record, line, frame, inputs)
        frame.network.place(path, module)
        frame.network.records.append(record)
        return self._call(line, frame, path, inputs, options, module, getattr(layer, "changes_rows", False))

    def _defaults(self, line: Line, frame: Frame) -> dict[str, Node]:
        node = merged(frame.owner, line).get(line.use.type.value)
        return {} if node is None else dict(substitute(node, frame.env).value)

    def _wired(self, node: Node, path: str, frame: Frame) -> fx.Node | list[fx.Node]:
        node = substitute(node, frame.env)
        if isinstance(node.value, list):
            return [frame.one(entry, path) for entry in node.value]
        return frame.one(node, path)

    def _nested(self, kind: str, node: Node | None, line: Line, frame: Frame) -> Any:
        if node is None or node.value is False:
            return None
        key = "init" if kind == "initializer" else "parametrize"
        component = self.resolver.nested(kind, substitute(node, frame.env), frame.env, f"{line.path}.{key}")
        if component is None:
            raise Abandoned
        return component

    def _build(self, record: Record, line: Line, frame: Frame, inputs: list[fx.Node]) -> nn.Module:
        try:
            with torch.device("meta"):
                return record.build()
        except Exception as error:  # whatever a layer raises is this line's fault
            raise frame.fail(line.use.node, line.path, _cannot(line, inputs, error)) from None

    def _call(
        self, line: Line, frame: Frame, target: str, inputs: list[fx.Node], options: dict[str, Any], module: Any,
        changes_rows: bool = False,
    ) -> Value:
        try:
            with torch.no_grad():
                result = module(*[tensor(v) for v in inputs], **fx.node.map_arg(options, tensor))
        except Exception as error:  # whatever a layer raises is this line's fault
            raise frame.fail(line.use.node, line.path, _cannot(line, inputs, error)) from None
        results = result if isinstance(result, (tuple, list)) else (result,)
        for value in results:
            if not isinstance(value, Tensor) or not value.dim():
                raise frame.fail(line.use.node, line.path, f"'{line.use.type.value}' gave {type(value).__name__}, not tensors")
            if not changes_rows and len(value) != len(tensor(inputs[0])):
                message = f"'{line.use.type.value}' changes the number of rows from {len(tensor(inputs[0]))} to {len(value)}"
                raise frame.fail(line.use.node, line.path, message)
        self._row(line, frame, module, results)
        graph = frame.network.graph
        node = graph.call_module(target, tuple(inputs), options)
        if not isinstance(result, (tuple, list)):
            return self._node(node, result)
        return tuple(self._node(graph.call_function(operator.getitem, (node, i)), v) for i, v in enumerate(result))

    def _row(self, line: Line, frame: Frame, module: Any, results: Any) -> None:
        own = isinstance(module, nn.Module) and not isinstance(module, Network)
        count = sum(p.numel() for p in module.parameters()) if own else 0
        outputs = tuple(tuple(v.shape[1:]) for v in results)
        frame.network.rows.append(Row(line.path, line.use.type.value, outputs, count))


def _shape(node: fx.Node) -> Shape:
    meta = tensor(node)
    return Shape(meta.shape[1:], meta.dtype)


def _cannot(line: Line, inputs: list[fx.Node], error: Exception) -> str:
    told = str(error).strip().splitlines() or [type(error).__name__]
    return f"'{line.use.type.value}' cannot take {shapes(inputs)}: {told[0]}"
