"""`$name`: what it stands for, and putting it in its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganframe.errors import Place, did_you_mean
from ganframe.spec.model import Node, Spec

NOWHERE = Place("")


class UnknownName(KeyError):
    """No parameter, variable or fact has this name; `node` is the `"$name"` if it is known."""

    def __init__(self, name: str, known: list[str], node: Node | None = None) -> None:
        self.name, self.known, self.node = name, known, node
        super().__init__(name)

    def __str__(self) -> str:
        reach = f"; in reach are {', '.join('$' + k for k in self.known)}" if self.known else "; none is in reach here"
        near = did_you_mean(self.name, self.known)
        hint = "; environment variables are not read" if self.name.isupper() or self.name.startswith("{") else ""
        return f"no parameter, variable or fact is named '${self.name}'{near or reach}{hint}"


class UnknownFact(LookupError):
    """A fact of data that could not be opened: whatever hangs on it cannot be said, and is no fault of its own."""


class Env:
    """The `$` names in reach: a chain of scopes, innermost first; values are nodes or Python data.

    Names in `unknown` exist but have no value; `"data"` there means every `$data.NAME`.
    """

    def __init__(
        self, values: Mapping[str, Any], outer: Env | None = None, unknown: frozenset[str] = frozenset()
    ) -> None:
        self._values = dict(values)
        self._outer = outer
        self._unknown = unknown

    def lookup(self, name: str) -> Node:
        """The value of a name. Raises UnknownName (a KeyError), or UnknownFact where the data could not be opened."""
        scope: Env | None = self
        while scope is not None:
            if name in scope._values:
                return as_node(scope._values[name], NOWHERE)
            if name in scope._unknown or name.partition(".")[0] in scope._unknown:
                raise UnknownFact(name)
            scope = scope._outer
        raise UnknownName(name, self.names())

    def names(self) -> list[str]:
        """Every name in reach, sorted."""
        return sorted({*self._values, *(self._outer.names() if self._outer else ())})


def file_scope(spec: Spec, facts: Mapping[str, Any] | None) -> Env:
    """The `$` names of a whole spec: the facts of its data (None where it could not be opened) and its variables.

    Variables are in their places already; names that `read` has complained about are silent from here on.
    """
    values = {f"data.{name}": fact for name, fact in (facts or {}).items()}
    return Env(values, unknown=frozenset(spec.unknown_names) | ({"data"} if facts is None else frozenset()))


def as_node(value: Any, place: Place) -> Node:
    """Python data as nodes that all stand at one place; a node stays what it is."""
    if isinstance(value, Node):
        return value
    if isinstance(value, Mapping):
        return Node({str(k): as_node(v, place) for k, v in value.items()}, place, place)
    if isinstance(value, (list, tuple)):
        return Node([as_node(v, place) for v in value], place, place)
    return Node(str(value) if isinstance(value, Path) else value, place, place)


def is_parameter(node: Node) -> bool:
    """True for `"$name"`."""
    return isinstance(node.value, str) and node.value.startswith("$")


def is_wire(node: Node) -> bool:
    """True for `"@name"`."""
    return isinstance(node.value, str) and node.value.startswith("@")


def substitute(node: Node, env: Env) -> Node:
    """The node with every `"$name"` in it replaced, in tables and arrays too.

    A value keeps the place where it was written, a fact gets the place of its `"$data.NAME"`; the key's place stays.
    Raises UnknownName with `.node` set, or UnknownFact.
    """
    if is_parameter(node):
        try:
            found = env.lookup(node.value[1:])
        except UnknownName as unknown:
            raise UnknownName(unknown.name, unknown.known, node) from None
        if found.place == NOWHERE:
            found = as_node(found.plain(), node.place)
        return Node(found.value, found.place, node.key)
    if isinstance(node.value, dict):
        return Node({k: substitute(v, env) for k, v in node.value.items()}, node.place, node.key)
    if isinstance(node.value, list):
        return Node([substitute(v, env) for v in node.value], node.place, node.key)
    return node
