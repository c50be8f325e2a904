"""Lines and blocks of a network: scopes, wires, copies, names (rules 2 to 5 and 18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
from torch import Tensor, fx, nn

from ganframe.errors import did_you_mean
from ganframe.network import Network
from ganframe.spec.convert import Env, substitute
from ganframe.spec.model import Block, Line, NetworkSpec, Node, Spec

#: What flows on a wire: one tensor, or several outputs of a line in order.
Value = fx.Node | tuple[fx.Node, ...]

#: Keys of `for` that are the engine's; every other key is an option of the layer or a parameter of the block.
_ENGINE = {"as": "names", "from": "source", "init": "init", "parametrize": "parametrize", "defaults": "defaults"}

_TAKEN = nn.ModuleDict()


class Abandoned(Exception):
    """A network cannot be built any further; its problem is recorded."""


@attrs.define(eq=False)
class Frame:
    """One scope: a network's lines, a block's, or a shortcut's."""

    spec: Spec
    owner: NetworkSpec
    network: Network
    env: Env
    path: str
    here: Value
    last: Value
    outer: Frame | None = None
    wires: dict[str, Value] = attrs.field(factory=dict)
    counts: Counter[str] = attrs.field(factory=Counter)
    once: frozenset[str] = frozenset()

    def fail(self, node: Node, path: str, message: str, *, key: bool = False) -> Abandoned:
        """Record the problem; raise what this returns."""
        self.spec.problem(node, path, message, key=key)
        return Abandoned()

    def wire(self, node: Node, path: str) -> Value:
        """The value of `"@name"`, looked up in this scope and outward."""
        name = node.value
        if not isinstance(name, str) or not name.startswith("@"):
            raise self.fail(node, path, f"expected a wire such as \"@last\", not {node.plain()!r}")
        if name in ("@in", "@last"):
            return self.here if name == "@in" else self.last
        frame: Frame | None = self
        while frame is not None:
            if name[1:] in frame.wires:
                return frame.wires[name[1:]]
            frame = frame.outer
        reach = self.reach()
        hint = did_you_mean(name[1:], reach)
        names = ", ".join(f"@{n}" for n in [*reach, "in", "last"])
        missing = " (not in `inputs`)" if name[1:] in self._known() else ""
        raise self.fail(node, path, f"no wire '{name}'{missing}; in reach are {names}{hint}")

    def one(self, node: Node, path: str) -> fx.Node:
        """The single tensor of a wire; of several outputs, the first."""
        return first(self.wire(node, path))

    def reach(self) -> list[str]:
        """Names in reach, innermost first."""
        names: dict[str, None] = {}
        frame: Frame | None = self
        while frame is not None:
            names.update(dict.fromkeys(n for n in frame.wires if not n.startswith("$")))
            frame = frame.outer
        return list(names)

    def _known(self) -> set[str]:
        return {*self.spec.latents, *self.spec.networks, "label", "x"}

    def bind(self, name: str, value: Value) -> None:
        """Bind a wire here; later lines read the newest."""
        self.wires[name] = value

    def module_path(self, line: Line, kind: str, copy: int | None) -> str:
        """Where this line's module lives (rule 18)."""
        names = line.names.value if line.names is not None else None
        if isinstance(names, str) and names in self.once and copy is None:
            name = names
        else:
            name = f"{kind}_{self.counts[kind]}"
        return ".".join(part for part in (self.path, name, None if copy is None else str(copy)) if part)


def first(value: Value) -> fx.Node:
    """The tensor a line reads where it reads one: of several outputs, the first."""
    return value[0] if isinstance(value, tuple) else value


def tensor(node: fx.Node) -> Tensor:
    """The meta tensor that stands for a node's value while the network is built."""
    value: Tensor = node.meta["value"]
    return value


def valued(node: fx.Node, meta: Tensor) -> fx.Node:
    """The node, with the meta tensor that stands for its value."""
    node.meta["value"] = meta
    return node


def bound_once(lines: Iterable[Line]) -> frozenset[str]:
    """Names that exactly one plain line binds, and that modules do not use themselves (as `train` and `keys`)."""
    counts: Counter[str] = Counter()
    for line in lines:
        for node in (line.names, line.each.get("as")):
            values = node.value if node is not None and isinstance(node.value, list) else [node]
            counts.update(n.value for n in values if n is not None and isinstance(n.value, str))
    return frozenset(n for n, count in counts.items() if count == 1 and not hasattr(_TAKEN, n) and n.isidentifier())


def copies(line: Line, frame: Frame) -> list[tuple[Line, int | None]]:
    """The lines that `repeat` or `for` stand for, with their copy number (None for a plain line)."""
    if line.each:
        return _each(line, frame)
    if line.repeat is None:
        return [(line, None)]
    node = substitute(line.repeat, frame.env)
    if type(node.value) is not int or node.value < 1:
        message = f"expected a whole number of at least 1, not {node.plain()!r}"
        raise frame.fail(line.repeat, f"{line.path}.repeat", message)
    chained = attrs.evolve(line, source=_chain(line.source))
    return [(line if i == 0 else chained, i) for i in range(node.value)]


def _chain(source: Node | None) -> Node | None:
    if source is None or not isinstance(source.value, list):
        return None
    above = Node("@last", source.place, source.key)
    return Node([above, *source.value[1:]], source.place, source.key)


def _each(line: Line, frame: Frame) -> list[tuple[Line, int | None]]:
    lists: dict[str, list[Node]] = {}
    for key, node in line.each.items():
        entries = substitute(node, frame.env).value
        if not isinstance(entries, list):
            message = f"expected an array, one entry a copy, not {node.plain()!r}"
            raise frame.fail(node, f"{line.path}.for.{key}", message)
        lists[key] = entries
    lengths = {key: len(entries) for key, entries in lists.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{key} {length}" for key, length in lengths.items())
        raise frame.fail(line.use.node, line.path, f"lists under `for` differ in length: {told}")
    rows = zip(*lists.values(), strict=True)
    return [(_with(line, dict(zip(lists, row, strict=True))), i) for i, row in enumerate(rows)]


def _with(line: Line, entry: dict[str, Node]) -> Line:
    engine = {_ENGINE[key]: node for key, node in entry.items() if key in _ENGINE}
    options = {key: node for key, node in entry.items() if key not in _ENGINE and key != "type"}
    use = attrs.evolve(line.use, options={**line.use.options, **options}, type=entry.get("type", line.use.type))
    return attrs.evolve(line, use=use, each={}, **engine)


def sources(line: Line, frame: Frame) -> list[fx.Node]:
    """The tensors a line reads in order: the line above unless it says `from`."""
    if line.source is None:
        return [first(frame.last)]
    node = substitute(line.source, frame.env)
    nodes = node.value if isinstance(node.value, list) else [node]
    if not nodes:
        raise frame.fail(line.source, f"{line.path}.from", "names no wire")
    return [frame.one(entry, f"{line.path}.from") for entry in nodes]


def bind_names(line: Line, frame: Frame, value: Value) -> None:
    """Bind what `as` names: one name for the line's (first) output, or an array for several outputs in order."""
    if line.names is None:
        return
    node = substitute(line.names, frame.env)
    names = node.value if isinstance(node.value, list) else [node]
    for entry in names:
        if not isinstance(entry.value, str) or not entry.value.isidentifier():
            raise frame.fail(entry, f"{line.path}.as", f"expected a name, not {entry.plain()!r}")
    if not isinstance(node.value, list):
        frame.bind(node.value, value)
        return
    outputs = value if isinstance(value, tuple) else (value,)
    if len(names) > len(outputs):
        raise frame.fail(node, f"{line.path}.as", f"names {len(names)} outputs, but the line has {len(outputs)}")
    for entry, output in zip(names, outputs, strict=False):
        frame.bind(entry.value, output)


def enter(block: Block, line: Line, frame: Frame, given: dict[str, Node], path: str, here: fx.Node, base: Env) -> Frame:
    """The scope of a block at its place of use. A wire given as a parameter stays the giver's."""
    inner = Frame(
        frame.spec, _overridden(frame.owner, line, frame.env), frame.network, base, path, here, here, frame,
        once=bound_once(block.layers),
    )  # fmt: skip
    values: dict[str, Node] = {name: substitute(node, base) for name, node in block.params.items()}
    for name, node in given.items():
        values[name] = _given(substitute(node, frame.env), name, line, frame, inner)
    inner.env = Env(values, frame.env)
    return inner


def _overridden(owner: NetworkSpec, line: Line, env: Env) -> NetworkSpec:
    """The network's keys as they hold inside a block: its line overrides them, `false` turns one off."""
    if line.init is None and line.parametrize is None and line.defaults is None:
        return owner
    init, parametrize = (None if node is None else substitute(node, env) for node in (line.init, line.parametrize))
    return attrs.evolve(
        owner, init=init or owner.init, parametrize=parametrize or owner.parametrize, defaults=merged(owner, line)
    )


def merged(owner: NetworkSpec, line: Line) -> dict[str, Node]:
    """Defaults by type: a line's table goes over the network's, option by option; `false` drops one, or all."""
    if line.defaults is None:
        return owner.defaults
    if line.defaults.value is False:
        return {}
    found = dict(owner.defaults)
    for kind, node in line.defaults.value.items():
        below = found.pop(kind, None)
        if node.value is not False:
            found[kind] = Node({**(below.value if below is not None else {}), **node.value}, node.place, node.key)
    return found


def no_parameter(block: Block, name: str) -> str:
    """What is wrong with a parameter that a block does not have."""
    known = ", ".join(block.params) or "none"
    return f"block '{block.name}' has no parameter '{name}' (it has {known}){did_you_mean(name, block.params)}"


def _given(node: Node, name: str, line: Line, frame: Frame, inner: Frame) -> Node:
    if isinstance(node.value, list):
        entries = [_given(entry, f"{name}.{i}", line, frame, inner) for i, entry in enumerate(node.value)]
        return attrs.evolve(node, value=entries)
    if isinstance(node.value, str) and node.value.startswith("@"):
        inner.bind(f"${name}", frame.wire(node, f"{line.path}.{name}"))
        return attrs.evolve(node, value=f"@${name}")
    return node


def shapes(values: Sequence[fx.Node]) -> str:
    """Shapes without the batch dimension, for messages."""
    return ", ".join(str(tuple(tensor(v).shape[1:])) for v in values)


def picked(node: Node | None, path: str, frame: Frame) -> Any:
    """What `output` picks: a wire, a list of wires, or the last line."""
    if node is None:
        return frame.last
    node = substitute(node, frame.env)
    if isinstance(node.value, list):
        return tuple(frame.one(entry, path) for entry in node.value)
    return frame.wire(node, path)
