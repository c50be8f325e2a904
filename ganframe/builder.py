"""One line of a network: a layer built and run once on PyTorch's meta device, a block entered, a network called."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import attrs
import torch
from torch import Tensor, fx, nn

from ganframe.component import Shape
from ganframe.errors import did_you_mean
from ganframe.lines import (
    Abandoned,
    Frame,
    Value,
    bind_names,
    bound_once,
    copies,
    enter,
    first,
    merged,
    no_parameter,
    picked,
    shapes,
    sources,
    tensor,
    valued,
)  # fmt: skip
from ganframe.network import SHARED, Network, Record, Row
from ganframe.spec.convert import Env, Resolver, substitute
from ganframe.spec.model import Block, Line, Node, Spec, Use


@attrs.frozen(eq=False)
class Builder:
    """Adds lines to a network's graph. `network_of` gives a network that a line calls by name, built if need be."""

    spec: Spec
    resolver: Resolver
    env: Env
    network_of: Callable[[str, list[Tensor]], Network | None]

    def lines(self, lines: tuple[Line, ...], frame: Frame, torn: int | None = None) -> None:
        """Add lines in order, up to where one is missing; names bind in the frame."""
        for line in lines[:torn]:
            kind = self._kind(line, frame)
            for copy, number in copies(line, frame):
                frame.last = self._line(copy, frame, number, kind)
                bind_names(copy, frame, frame.last)
            frame.counts[kind] += 1
        if torn is not None:
            raise Abandoned

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
                message = no_parameter(block, key)
                raise frame.fail(node, f"{line.path}.{key}", message, key=True)
        inputs = sources(line, frame)
        if len(inputs) > 1:
            where = line.source or line.use.node
            raise frame.fail(where, f"{line.path}.from", "a block has one input; give further wires as parameters")
        inner = enter(block, line, frame, given, path, inputs[0], self.env)
        self.lines(block.layers, inner, block.torn)
        value: Value = picked(block.output, f"{block.path}.output", inner)
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
        self.lines(block.shortcut, side)
        return side.last

    def _sum(self, block: Block, line: Line, frame: Frame, layers: Value, shortcut: Value) -> Value:
        a, b = first(layers), first(shortcut)
        if tensor(a).shape != tensor(b).shape:
            message = f"layers give {shapes([a])}, the shortcut {shapes([b])}"
            raise frame.fail(block.node, block.path, f"{message} (used at {line.path})")
        return valued(frame.network.graph.call_function(operator.add, (a, b)), tensor(a) + tensor(b))

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
        network = self.network_of(name, [tensor(v) for v in inputs])
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
                message = f"'{line.use.type.value}' gave {type(value).__name__}, not tensors"
                raise frame.fail(line.use.node, line.path, message)
            rows = len(tensor(inputs[0]))
            if not changes_rows and len(value) != rows:
                message = f"'{line.use.type.value}' changes the number of rows from {rows} to {len(value)}"
                raise frame.fail(line.use.node, line.path, message)
        self._row(line, frame, module, results, target)
        graph = frame.network.graph
        node = graph.call_module(target, tuple(inputs), options)
        if not isinstance(result, (tuple, list)):
            return valued(node, result)
        return tuple(valued(graph.call_function(operator.getitem, (node, i)), v) for i, v in enumerate(result))

    def _row(self, line: Line, frame: Frame, module: Any, results: Any, target: str) -> None:
        own = isinstance(module, nn.Module) and not isinstance(module, Network)
        count = sum(p.numel() for p in module.parameters()) if own else 0
        outputs = tuple(tuple(v.shape[1:]) for v in results)
        path = line.path if frame.outer is None else f"  {target}"
        frame.network.rows.append(Row(path, line.use.type.value, outputs, count))


def _shape(node: fx.Node) -> Shape:
    meta = tensor(node)
    return Shape(meta.shape[1:], meta.dtype)


def _cannot(line: Line, inputs: list[fx.Node], error: Exception) -> str:
    told = str(error).strip().splitlines() or [type(error).__name__]
    return f"'{line.use.type.value}' cannot take {shapes(inputs)}: {told[0]}"
