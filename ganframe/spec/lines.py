"""The lines of `layers` and `shortcut` (rule 3) and blocks (rule 4)."""

from __future__ import annotations

from ganframe.errors import Problem
from ganframe.hookspecs import ENGINE_KEYS
from ganframe.spec.env import is_parameter, is_wire
from ganframe.spec.model import Block, Line, Node, Use
from ganframe.spec.table import Table, name_fault, plain_texts
from ganframe.spec.values import found

_BLOCK_HINTS = {
    "inputs": "a block has one input, '@in'; give further ones as `params`",
    "input": "a block has one input, '@in'; give further ones as `params`",
    "defaults": "a block has `params`; defaults come from the network that uses it",
    "name": "a block's name stands in its header, [blocks.NAME]",
}


def lines(node: Node | None, path: str, problems: list[Problem]) -> tuple[Line, ...]:
    """The lines of an array, leaving out those that are wrong."""
    if node is None:
        return ()
    if not isinstance(node.value, list):
        problems.append(Problem(node.place, path, f"expected an array of layers, found {found(node)}"))
        return ()
    made = [line(item, f"{path}[{i}]", problems) for i, item in enumerate(node.value)]
    return tuple(one for one in made if one is not None)


def torn(written: Node | None, made: tuple[Line, ...] | None) -> int | None:
    """How many lines stand before the first that was left out, None where none was."""
    if made is None or written is None:
        return None
    if not isinstance(written.value, list):
        return 0
    if len(made) == len(written.value):
        return None
    return next((i for i, line in enumerate(made) if not line.path.endswith(f"[{i}]")), len(made))


def line(node: Node, path: str, problems: list[Problem]) -> Line | None:
    """One line: a bare name, "$p", or a table with `type` and engine keys; None where it is wrong."""
    if isinstance(node.value, str):
        if not is_wire(node) and node.value:
            return Line(Use("layer", node, {}, path, node))
        problems.append(Problem(node.place, path, _no_line(node)))
        return None
    if not isinstance(node.value, dict) or "type" not in node.value:
        problems.append(Problem(node.place, path, _no_line(node)))
        return None
    table = Table(_flattened(node), path, problems)
    before = len(problems)
    kind = table.entries["type"]
    if not isinstance(kind.value, str) or not kind.value or is_wire(kind):
        table.fault(kind, "type", f"expected the name of a layer, block or network, found {found(kind)}")
    source, names, repeat = _source(table), _names(table), _repeat(table)
    each = _each(table, repeat)
    init, parametrize = (_override(table, key) for key in ("init", "parametrize"))
    defaults = table.take("defaults")
    if defaults is not None and defaults.value is not False:
        defaults_table(table)
    if len(problems) > before:
        return None
    options = {key: value for key, value in table.entries.items() if key not in ENGINE_KEYS["layer"]}
    written = Use("layer", kind, options, path, node)
    return Line(written, source, names, repeat, each, init, parametrize, defaults)


def _flattened(node: Node) -> Node:
    """A line whose type is a variable that holds a table: the table's keys, under the line's own."""
    kind = node.value["type"]
    if not isinstance(kind.value, dict) or "type" not in kind.value:
        return node
    own = {key: value for key, value in node.value.items() if key != "type"}
    return Node({**kind.value, **own}, node.place, node.key)


def block(name: str, node: Node, problems: list[Problem]) -> Block:
    """A block's table."""
    table = Table(node, f"blocks.{name}", problems)
    params = table.table("params")
    for key, value in params.items():
        if fault := name_fault(key):
            table.fault(value, f"params.{key}", fault, key_place=True)
    written = table.take("layers")
    if written is None and table.entries:
        table.fault(node, "", f"block '{name}' has no layers")
    layers = lines(written, table.at("layers"), problems)
    shortcut = table.given("shortcut")
    residual = None if shortcut is None else lines(shortcut, table.at("shortcut"), problems)
    exports = plain_texts(table.texts("exports")) or ()
    output = output_wires(table)
    table.close(_BLOCK_HINTS)
    whole = len(layers) if torn(shortcut, residual) is not None else None
    cut = torn(written, layers)
    return Block(name, params, layers, residual, exports, output, table.path, node, whole if cut is None else cut)


def output_wires(table: Table) -> Node | None:
    """The key `output`: a wire or an array of them."""
    node = table.given("output")
    if node is not None:
        _wires(table, "output", node)
    return node


def defaults_table(table: Table) -> dict[str, Node]:
    """The key `defaults`: a table of options, or `false`, for each type."""
    given = {}
    for kind, node in table.table("defaults").items():
        if isinstance(node.value, dict):
            if "type" in node.value:
                table.fault(node.value["type"], f"defaults.{kind}.type", "defaults have no type of their own")
            given[kind] = node
        elif node.value is not False:
            table.fault(node, f"defaults.{kind}", f"expected a table of options, found {found(node)}")
    return given


def _no_line(node: Node) -> str:
    if is_wire(node):
        return f"'{node.value}' is a wire, not a layer; write {{ type = \"Identity\", from = \"{node.value}\" }}"
    if isinstance(node.value, dict):
        return 'a line needs a type: { type = "Linear", ... }'
    return f"expected a layer's name or a table with type, found {found(node)}"


def _source(table: Table) -> Node | None:
    node = table.take("from")
    if node is not None:
        _wires(table, "from", node)
    return node


def _wires(table: Table, key: str, node: Node) -> None:
    items = node.value if isinstance(node.value, list) else [node]
    if not items:
        table.fault(node, key, "expected at least one wire")
    for i, item in enumerate(items):
        if not (is_wire(item) or is_parameter(item)) or len(item.value) < 2:
            hint = f'; write "@{item.value}"' if isinstance(item.value, str) and item.value.strip("@$") else ""
            where = f"{key}[{i}]" if isinstance(node.value, list) else key
            table.fault(item, where, f'expected a wire such as "@in", found {found(item)}{hint}')


def _names(table: Table) -> Node | None:
    node = table.take("as")
    if node is not None:
        items = node.value if isinstance(node.value, list) else [node]
        if not items:
            table.fault(node, "as", "expected a name")
        for item in items:
            wire_name(table, "as", item)
    return node


def wire_name(table: Table, key: str, node: Node) -> None:
    """Record why a string cannot name a wire, if it cannot."""
    if not isinstance(node.value, str):
        table.fault(node, key, f"expected a name, found {found(node)}")
    elif is_parameter(node):
        return
    elif is_wire(node):
        table.fault(node, key, f"a name is given without @: write \"{node.value.lstrip('@')}\"")
    elif node.value in ("in", "last"):
        table.fault(node, key, f"'@{node.value}' is always there and cannot be bound")
    elif fault := name_fault(node.value):
        table.fault(node, key, fault)


def _repeat(table: Table) -> Node | None:
    node = table.take("repeat")
    if node is not None and not is_parameter(node) and (type(node.value) is not int or node.value < 1):
        table.fault(node, "repeat", f"expected a whole number of copies, at least 1, found {found(node)}")
    return node


def _each(table: Table, repeat: Node | None) -> dict[str, Node]:
    node = table.take("for")
    if node is None:
        return {}
    if not isinstance(node.value, dict) or not node.value:
        table.fault(node, "for", f"expected for.KEY = [...], found {found(node)}")
        return {}
    if repeat is not None:
        table.fault(node, "for", "a line has either `repeat` or `for`, not both", key_place=True)
    lengths: dict[str, int] = {}
    for key, values in node.value.items():
        _each_key(table, key, values)
        if isinstance(values.value, list):
            lengths[key] = len(values.value)
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{key} {n}" for key, n in lengths.items())
        table.fault(node, "for", f"lists under `for` differ in length: {listed}", key_place=True)
    return dict(node.value)


def _each_key(table: Table, key: str, values: Node) -> None:
    where = f"for.{key}"
    if key in ("type", "for", "repeat"):
        table.fault(values, where, f"'{key}' cannot vary from copy to copy", key_place=True)
    elif key in table.entries:
        table.fault(values, where, f"'{key}' is given twice, for all copies and for each", key_place=True)
    elif is_parameter(values):
        return
    elif not isinstance(values.value, list):
        table.fault(values, where, f"expected an array with one entry for each copy, found {found(values)}")
    elif not values.value:
        table.fault(values, where, "expected at least one entry")
    elif key == "as":
        for item in values.value:
            for name in item.value if isinstance(item.value, list) else [item]:
                wire_name(table, where, name)


def _override(table: Table, key: str) -> Node | None:
    node = table.take(key)
    if node is not None and node.value is not False:
        table.use(key, {"init": "initializer"}.get(key, "parametrization"))
    return node
