"""How many layers a spec has once `repeat`, `for` and blocks are written out: counted, never expanded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from ganframe.errors import Problem
from ganframe.spec.env import Env, UnknownFact, UnknownName, substitute
from ganframe.spec.model import Line, Node, Spec

MAX_LAYERS = 10_000
MAX_NESTING = 64


def check(spec: Spec, scope: Env | None = None) -> dict[str, int]:
    """Layers by network; too many, or blocks that use one another in a circle, are recorded.

    A block is counted with the parameters it is given. A number that is a fact of data not yet open counts as one
    copy, so the count is repeated with the facts in `scope` before anything is built.
    """
    counter = _Counter(spec, scope or Env({}, unknown=frozenset({"data"})))
    counts = {}
    for name, network in spec.networks.items():
        try:
            counts[name] = counter.network(name)
        except _Refused as refused:
            spec.problem(network.node, network.path, str(refused), key=True)
            continue
        if counts[name] > MAX_LAYERS:
            spec.problem(network.node, network.path, f"{_many(counts[name])} layers; at most {MAX_LAYERS:_}", key=True)
    for name, block in spec.blocks.items():
        try:
            counter.block(name, {}, {})
        except _Refused as refused:
            spec.problems.append(Problem(block.node.key, block.path, str(refused)))
    return counts


def _many(count: int) -> str:
    return f"{count:_}" if count < 10**15 else "more than 10^15"


def _parts(node: Node) -> Iterator[Node]:
    """The node and all that it holds; what a block hands on twice is counted twice."""
    yield node
    held = node.value.values() if isinstance(node.value, dict) else node.value
    for inner in held if isinstance(node.value, (dict, list)) else ():
        yield from _parts(inner)


#: The parameters in reach, those of the blocks around included.
Scope = Mapping[str, Node]


class _Refused(Exception):
    """Blocks that cannot be written out, and why."""


class _Counter:
    """Counts with a memory: one count for each block and parameters in reach."""

    def __init__(self, spec: Spec, facts: Env) -> None:
        self.spec, self.facts = spec, facts
        self.known: dict[tuple[str, str], int] = {}
        self.open: list[tuple[str, str]] = []

    def network(self, name: str) -> int:
        return self._inside(name, self.spec.networks[name].layers, {})

    def block(self, name: str, given: Mapping[str, Node], around: Scope) -> int:
        block = self.spec.blocks[name]
        arguments = {**block.params, **{key: node for key, node in given.items() if key in block.params}}
        return self._inside(name, (*block.layers, *(block.shortcut or ())), {**around, **arguments})

    def _inside(self, name: str, lines: Iterable[Line], scope: Scope) -> int:
        key = name, repr(sorted((name, node.plain()) for name, node in scope.items()))
        if key in self.open:
            circle = [inside for inside, _ in self.open[self.open.index(key) :]]
            raise _Refused(f"blocks use one another in a circle: {' -> '.join([*circle, name])}")
        if key not in self.known:
            if len(self.open) >= MAX_NESTING or len(self.known) >= MAX_LAYERS:
                raise _Refused(f"blocks are nested too deep; at most {MAX_NESTING} levels, {MAX_LAYERS:_} layers")
            self.open.append(key)
            try:
                self.known[key] = sum(self._line(line, scope) for line in lines)
            finally:
                self.open.pop()
        return self.known[key]

    def _line(self, line: Line, scope: Scope) -> int:
        each = {key: self._entries(node, scope) for key, node in line.each.items()}
        lengths = [len(values) for values in each.values() if values is not None]
        if not lengths:
            return self._copies(line.repeat, scope) * self._layer(line, {}, scope)
        copies = range(min(lengths))
        return sum(self._layer(line, {k: v[i] for k, v in each.items() if v is not None}, scope) for i in copies)

    def _layer(self, line: Line, extra: Mapping[str, Node], scope: Scope) -> int:
        kind = self._value(line.use.type, scope)
        given = {**line.use.options, **extra}
        if kind is not None and isinstance(kind.value, dict) and "type" in kind.value:
            given = {**kind.value, **given}
            kind = kind.value["type"]
        if kind is None or kind.value not in (*self.spec.blocks, *self.spec.networks):
            return 1
        if kind.value in self.spec.networks:
            return self.network(kind.value)
        found = {key: self._value(node, scope) or node for key, node in given.items()}
        if sum(1 for node in found.values() for _ in islice(_parts(node), MAX_LAYERS)) >= MAX_LAYERS:
            raise _Refused(f"block '{kind.value}' is given parameters of more than {MAX_LAYERS:_} entries")
        return self.block(kind.value, found, scope)

    def _value(self, node: Node, scope: Scope) -> Node | None:
        try:
            return substitute(node, Env(scope, self.facts))
        except (UnknownName, UnknownFact):
            return None

    def _copies(self, node: Node | None, scope: Scope) -> int:
        found = None if node is None else self._value(node, scope)
        return found.value if found is not None and type(found.value) is int and found.value > 0 else 1

    def _entries(self, node: Node, scope: Scope) -> list[Node] | None:
        found = self._value(node, scope)
        return found.value if found is not None and isinstance(found.value, list) and found.value else None
