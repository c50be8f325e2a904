"""The layers of a spec as plain data for `resolved.toml`: as written but for paths, which become absolute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ganframe.spec import filled
from ganframe.spec.convert import Components
from ganframe.spec.env import is_parameter
from ganframe.spec.model import Block, Line, Node, Spec


class Layers:
    """Writes lines out; knows which parameters of which blocks end in a path."""

    def __init__(self, spec: Spec, registry: Components) -> None:
        self.spec, self.registry = spec, registry
        self.path_params: dict[str, set[str]] = {name: set() for name in spec.blocks}
        blocks = list(spec.blocks.values())
        while sum(map(self._learn, blocks)):
            pass

    def lines(self, node: Node | None) -> list[Any]:
        """The lines of an array."""
        return [self._line(item) for item in node.value] if node is not None else []

    def params(self, block: Block) -> dict[str, Any]:
        """A block's parameters with their defaults."""
        paths = self.path_params[block.name]
        return {name: filled.absolute(n) if name in paths else n.plain() for name, n in block.params.items()}

    def defaults(self, network: str) -> dict[str, Any]:
        """Every option's default for each type of layer that a network uses, under the defaults it writes itself."""
        written = self.spec.networks[network].defaults
        used = [name for name in self.types(network) if name in self.registry.kind("layer")]
        tables: dict[str, Any] = {}
        for name in sorted({*used, *written}):
            known = filled.fields(self.registry, "layer", name)
            own = written[name].value if name in written else {}
            table = {**(filled.defaults(known) if name in used else {}), **filled.options(self.registry, known, own)}
            if table:
                tables[name] = table
        return tables

    def types(self, network: str) -> set[str]:
        """The names that stand, or through a parameter may stand, as a type in a network and the blocks it uses."""
        found: set[str] = set()
        waiting = [self.spec.networks[network].layers]
        while waiting:
            for line in waiting.pop():
                names = {line.use.type.value} if isinstance(line.use.type.value, str) else set()
                names |= {name for node in _arguments(line) for name in _type_names(node)}
                for name in names & self.spec.blocks.keys() - found:
                    block = self.spec.blocks[name]
                    waiting.append((*block.layers, *(block.shortcut or ())))
                    found |= {inner for node in block.params.values() for inner in _type_names(node)}
                found |= names
        return found

    def _line(self, node: Node) -> Any:
        if not isinstance(node.value, dict) or "type" not in node.value:
            return node.plain()
        name = node.value["type"].value
        known = filled.fields(self.registry, "layer", name) if isinstance(name, str) else {}
        return {
            key: {k: self._value(known, name, k, v) for k, v in child.value.items()}
            if key == "for" and isinstance(child.value, dict)
            else self._value(known, name, key, child)
            for key, child in node.value.items()
        }

    def _value(self, known: filled.Fields, name: Any, key: str, node: Node) -> Any:
        if key in known:
            return filled.option(self.registry, known[key], node)
        if isinstance(name, str) and key in self.path_params.get(name, ()):
            return [filled.absolute(i) for i in node.value] if isinstance(node.value, list) else filled.absolute(node)
        return node.plain()

    def _learn(self, block: Block) -> int:
        """Find parameters of a block that end in a path; the number of new ones."""
        paths = self.path_params[block.name]
        before = len(paths)
        for line in (*block.layers, *(block.shortcut or ())):
            name = line.use.type.value
            if not isinstance(name, str):
                continue
            known = filled.fields(self.registry, "layer", name)
            ends = {key for key, field in known.items() if filled.holds_path(field.type)}
            ends |= self.path_params.get(name, set())
            given: Mapping[str, Node] = {**line.use.options, **line.each}
            named = {n.value[1:] for key, n in given.items() if key in ends and is_parameter(n)}
            paths |= named & block.params.keys()
        return len(paths) - before


def _arguments(line: Line) -> Iterable[Node]:
    yield from line.use.options.values()
    for node in line.each.values():
        yield from node.value if isinstance(node.value, list) else ()


def _type_names(node: Node) -> Iterable[str]:
    if isinstance(node.value, str):
        yield node.value
    elif isinstance(node.value, dict) and "type" in node.value and isinstance(node.value["type"].value, str):
        yield node.value["type"].value
