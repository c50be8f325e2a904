"""Reading one table of a spec: known keys are handed out, what has the wrong form or is not known is recorded."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ganframe.errors import Problem, did_you_mean
from ganframe.spec.model import Node, Use
from ganframe.spec.uses import checked_use
from ganframe.spec.values import found

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Table:
    """A table with its path in the spec. Every key is asked for once; `close` complains about the rest.

    A key with the value `false` counts as left out wherever a table, string or list is expected.
    """

    def __init__(self, node: Node, path: str, problems: list[Problem]) -> None:
        self.node, self.path, self.problems = node, path, problems
        self.entries: dict[str, Node] = {}
        self._asked: set[str] = set()
        if isinstance(node.value, dict):
            self.entries = node.value
        else:
            self.fault(node, "", f"expected a table, found {found(node)}")

    def at(self, key: str) -> str:
        """The path of a key."""
        return f"{self.path}.{key}" if self.path and key else key or self.path

    def fault(self, node: Node, key: str, message: str, *, key_place: bool = False) -> None:
        """Record a fault at a value, or at its key."""
        self.problems.append(Problem(node.key if key_place else node.place, self.at(key), message))

    def take(self, key: str) -> Node | None:
        """The node of a key as written, or None."""
        self._asked.add(key)
        return self.entries.get(key)

    def given(self, key: str) -> Node | None:
        """The node of a key that is there and not `false`."""
        node = self.take(key)
        return None if node is None or node.value is False else node

    def text(self, key: str) -> str | None:
        """A string, or None where it is left out or wrong."""
        node = self.given(key)
        if node is None or (isinstance(node.value, str) and node.value):
            return None if node is None else str(node.value)
        self.fault(node, key, f"expected a name in quotes, found {found(node)}")
        return None

    def flag(self, key: str) -> bool:
        """True or false; false where it is left out or wrong."""
        node = self.take(key)
        if node is not None and not isinstance(node.value, bool):
            self.fault(node, key, f"expected true or false, found {found(node)}")
        return node is not None and node.value is True

    def texts(self, key: str) -> tuple[Node, ...] | None:
        """An array of strings as nodes, or None where it is left out or wrong."""
        node = self.given(key)
        if node is None:
            return None
        if not isinstance(node.value, list):
            hint = f'; write ["{node.value}"]' if isinstance(node.value, str) else ""
            self.fault(node, key, f"expected an array of names, found {found(node)}{hint}")
            return None
        wrong = [(i, item) for i, item in enumerate(node.value) if not isinstance(item.value, str) or not item.value]
        for i, item in wrong:
            self.fault(item, f"{key}[{i}]", f"expected a name in quotes, found {found(item)}")
        return None if wrong else tuple(node.value)

    def table(self, key: str) -> dict[str, Node]:
        """The entries of a table below, empty where it is left out or wrong."""
        node = self.given(key)
        if node is None:
            return {}
        if isinstance(node.value, dict):
            return node.value
        self.fault(node, key, f"expected a table, found {found(node)}")
        return {}

    def use(self, key: str, kind: str) -> Use | None:
        """The component at a key, or None where it is left out or wrong."""
        node = self.given(key)
        return None if node is None else checked_use(kind, node, self.at(key), self.problems)

    def close(self, hints: dict[str, str] | None = None, known: Iterable[str] = ()) -> None:
        """Record every key that nobody asked for."""
        known = {*self._asked, *known}
        for key in [k for k in self.entries if k not in known]:
            hint = (hints or {}).get(key) or did_you_mean(key, known).removeprefix("; ")
            listed = hint or f"it takes {', '.join(sorted(known))}"
            self.fault(self.entries[key], key, f"unknown key '{key}'; {listed}", key_place=True)


def name_fault(name: str, dashes: bool = False) -> str | None:
    """Why a table or wire cannot bear a name, or None; a name in a network becomes an attribute, without dashes."""
    if name in ("real", "fake"):
        return f"the name '{name}' is taken: it is the {name} batch"
    if "." in name:
        return f"the name '{name}' has a dot, which separates names"
    if name.endswith("_ema"):
        return f"the name '{name}' ends in '_ema', as averaged weights do"
    if not _NAME.fullmatch(name.replace("-", "_") if dashes else name):
        return f"the name '{name}' must begin with a letter and hold only letters, digits and _{' and -' * dashes}"
    return None


def plain_texts(nodes: tuple[Node, ...] | None) -> tuple[str, ...] | None:
    """The strings of an array of string nodes."""
    return None if nodes is None else tuple(str(node.value) for node in nodes)
