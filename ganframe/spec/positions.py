"""Where every key, value and array item of a TOML text stands: tree-sitter's tree beside tomli's values."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import tomli
import tree_sitter
import tree_sitter_toml

from ganframe.errors import Place, Problem, SpecError
from ganframe.spec.model import Node

Path = tuple[str | int, ...]

_KEYS = ("bare_key", "quoted_key", "dotted_key")


@lru_cache(1)
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))


def tree(document: dict[str, Any], text: str, file: str) -> Node:
    """The document as nodes with places. Raises SpecError where the text is no TOML 1.0."""
    return _node(document, (), Locator(text, file))


def _node(value: Any, path: Path, where: Locator) -> Node:
    if isinstance(value, dict):
        value = {key: _node(child, (*path, key), where) for key, child in value.items()}
    elif isinstance(value, list):
        value = [_node(child, (*path, i), where) for i, child in enumerate(value)]
    place = where.values[path]
    return Node(value, place, where.keys.get(path, place))


class Locator:
    """Places of values (`values`) and of the keys that name them (`keys`) by path; columns count characters."""

    def __init__(self, text: str, file: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        self._lines = data.split(b"\n")
        self._file = file
        self.values: dict[Path, Place] = {(): Place(file, 1, 1)}
        self.keys: dict[Path, Place] = {}
        self._lengths: dict[Path, int] = {}
        root = _parser().parse(data).root_node
        if root.has_error:
            raise SpecError([Problem(self._place(_first_error(root)), "", "this is no TOML 1.0")])
        self._document(root)

    def _place(self, node: tree_sitter.Node) -> Place:
        row, column = node.start_point
        before = self._lines[row][:column]
        return Place(self._file, row + 1, (column if before.isascii() else len(before.decode("utf-8", "replace"))) + 1)

    def _document(self, root: tree_sitter.Node) -> None:
        for child in root.named_children:
            if child.type == "pair":
                self._pair(child, ())
            elif child.type in ("table", "table_array_element"):
                self._section(child)

    def _section(self, section: tree_sitter.Node) -> None:
        header = next(c for c in section.named_children if c.type in _KEYS)
        path = self._header(header)
        place = self.keys[path]
        if section.type == "table_array_element":
            self._lengths[path] = self._lengths.get(path, -1) + 1
            path = (*path, self._lengths[path])
        self.values[path] = place
        for pair in section.named_children:
            if pair.type == "pair":
                self._pair(pair, path)

    def _header(self, header: tree_sitter.Node) -> Path:
        """The path of a section's header; a table of an array of tables that it passes through is the last one."""
        path: Path = ()
        parts = _parts(header)
        for number, part in enumerate(parts):
            path = (*path, _name(part))
            last = number == len(parts) - 1
            if last:
                self.keys[path] = self._place(part)
            self.keys.setdefault(path, self._place(part))
            self.values.setdefault(path, self.keys[path])
            if path in self._lengths and not last:
                path = (*path, self._lengths[path])
        return path

    def _pair(self, pair: tree_sitter.Node, path: Path) -> None:
        key, value = (c for c in pair.named_children if c.type != "comment")
        for part in _parts(key):
            path = (*path, _name(part))
            self.keys.setdefault(path, self._place(part))
            self.values.setdefault(path, self.keys[path])
        self._value(value, path)

    def _value(self, value: tree_sitter.Node, path: Path) -> None:
        self.values[path] = self._place(value)
        if value.type == "array":
            for i, item in enumerate(c for c in value.named_children if c.type != "comment"):
                self._value(item, (*path, i))
        elif value.type == "inline_table":
            for pair in value.named_children:
                if pair.type == "pair":
                    self._pair(pair, path)


def _parts(key: tree_sitter.Node) -> list[tree_sitter.Node]:
    parts: list[tree_sitter.Node] = []
    while key.type == "dotted_key":
        first, last = key.named_children
        parts.append(last)
        key = first
    return [key, *reversed(parts)]


def _name(part: tree_sitter.Node) -> str:
    text = (part.text or b"").decode("utf-8")
    return text if part.type == "bare_key" else _unquoted(text)


@lru_cache(4096)
def _unquoted(text: str) -> str:
    return next(iter(tomli.loads(f"{text} = 0")))


def _first_error(root: tree_sitter.Node) -> tree_sitter.Node:
    node = root
    while not (node.is_error or node.is_missing):
        node = next(c for c in node.children if c.has_error or c.is_error or c.is_missing)
    return node
