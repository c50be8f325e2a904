"""Which wires a network binds, as far as its lines say so without being built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ganframe.spec.env import is_parameter
from ganframe.spec.model import Line, Node, Spec


def bound(spec: Spec, lines: Iterable[Line]) -> set[str] | None:
    """The names bound by lines, and by the exports of the blocks they use; None where a `$` hides some."""
    names: set[str] = set()
    for line in lines:
        kind = line.use.type
        given = list(_names(line))
        if any(map(is_parameter, (kind, *given))) or (isinstance(kind.value, dict)):
            return None
        names.update(node.value for node in given)
        if kind.value in spec.blocks:
            names.update(spec.blocks[kind.value].exports)
    return names


def _names(line: Line) -> Iterator[Node]:
    """Every node of a line that names a wire, the names of `for.as` among them."""
    for node in (line.names, line.each.get("as")):
        yield from _scalars(node) if node is not None else ()


def _scalars(node: Node) -> Iterator[Node]:
    if isinstance(node.value, list):
        for item in node.value:
            yield from _scalars(item)
    else:
        yield node


def line_names(line: Line) -> list[str]:
    """The names a line binds, as written."""
    return [node.value for node in _names(line)]
