"""`[vars]` put in their places: afterwards `$` means a block's parameter or a fact of the data, nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from ganframe.errors import Problem
from ganframe.spec.env import UnknownName, is_parameter
from ganframe.spec.model import Node

FACTS = "data."


@attrs.define
class Inlined:
    """A tree without variables, the variables that were read, and the `$` names that nothing defines."""

    root: Node
    used: set[str] = attrs.field(factory=set)
    unknown: set[str] = attrs.field(factory=set)


def inlined(root: Node, problems: list[Problem]) -> Inlined:
    """The tree with every variable replaced by its value. A parameter of a block hides the variable of its name."""
    names = root.get("vars")
    variables = dict(names.value) if names is not None and isinstance(names.value, dict) else {}
    for name, node in variables.items():
        for path, inner in _parameters(node, f"vars.{name}"):
            if not inner.value.startswith(f"${FACTS}"):
                message = f"a variable holds values and facts of the data, not '{inner.value}'"
                problems.append(Problem(inner.place, path, message))
    walk = _Walk(variables, _all_params(root), problems, result := Inlined(root))
    entries = {
        key: node if key in ("vars", "about") else walk.section(key, node) for key, node in root.value.items()
    }
    result.root = Node(entries, root.place, root.key)
    return result


_CIRCLE = "a fact of the data is known when the data is open, so [data] itself cannot use it"


def _describes_data(path: str) -> bool:
    return path == "data" or path.startswith("data.")


def _parameters(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from _parameters(child, f"{path}.{key}")
    elif isinstance(node.value, list):
        for i, child in enumerate(node.value):
            yield from _parameters(child, f"{path}[{i}]")
    elif is_parameter(node):
        yield path, node


def _params(block: Node) -> frozenset[str]:
    params = block.get("params")
    return frozenset(params.value) if params is not None and isinstance(params.value, dict) else frozenset()


def _all_params(root: Node) -> frozenset[str]:
    blocks = root.get("blocks")
    tables = blocks.value.values() if blocks is not None and isinstance(blocks.value, dict) else ()
    return frozenset().union(*map(_params, tables))


class _Walk:
    """Replaces variables below a section and checks every `$` name there."""

    def __init__(
        self, variables: Mapping[str, Node], params: frozenset[str], problems: list[Problem], result: Inlined
    ) -> None:
        self.variables, self.params, self.problems, self.result = variables, params, problems, result

    def section(self, key: str, node: Node) -> Node:
        if key != "blocks" or not isinstance(node.value, dict):
            return self.replaced(node, key, None)
        blocks = {name: self.block(name, block) for name, block in node.value.items()}
        return Node(blocks, node.place, node.key)

    def block(self, name: str, node: Node) -> Node:
        """A block's table; the default of a parameter cannot read the parameters."""
        if not isinstance(node.value, dict):
            return node
        params, path = _params(node), f"blocks.{name}"
        entries = {
            key: self.replaced(child, f"{path}.{key}", None if key == "params" else params)
            for key, child in node.value.items()
        }
        return Node(entries, node.place, node.key)

    def replaced(self, node: Node, path: str, params: frozenset[str] | None) -> Node:
        if isinstance(node.value, dict):
            entries = {key: self.replaced(child, f"{path}.{key}", params) for key, child in node.value.items()}
            return Node(entries, node.place, node.key)
        if isinstance(node.value, list):
            items = [self.replaced(child, f"{path}[{i}]", params) for i, child in enumerate(node.value)]
            return Node(items, node.place, node.key)
        return self.value(node, path, params) if is_parameter(node) else node

    def value(self, node: Node, path: str, params: frozenset[str] | None) -> Node:
        name: str = node.value[1:]
        if params and name in params:
            return node
        if name in self.variables:
            self.result.used.add(name)
            found = self.variables[name]
            node = Node(found.value, found.place, node.key)
            if _describes_data(path) and any(True for _ in _parameters(found, "")):
                self.problem(node, path, _CIRCLE)
        elif name.startswith(FACTS) and len(name) > len(FACTS):
            if _describes_data(path):
                self.problem(node, path, _CIRCLE)
        elif params is None or name not in self.params:
            # A name that only the block around the using block knows is looked up when the network is built.
            self.result.unknown.add(name)
            self.problem(node, path, str(UnknownName(name, sorted({*self.variables, *(params or ()), "data.NAME"}))))
        return node

    def problem(self, node: Node, path: str, message: str) -> None:
        self.problems.append(Problem(node.place, path, message))
