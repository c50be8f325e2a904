"""A spec file with the files it `extends`, as one tree."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

from ganframe.errors import Problem, SpecError
from ganframe.spec import paths, text
from ganframe.spec.merge import merged
from ganframe.spec.model import Node

MAX_PARENTS = 16

#: The version of the language that this ganframe reads.
FORMAT = 1


def load(path: str | Path) -> tuple[str, Node]:
    """The text of the file itself, and the tree after `extends`. Raises SpecError."""
    return _load(str(path), [])


def _load(file: str, above: list[Path]) -> tuple[str, Node]:
    written, root = text.load(file)
    entries = dict(root.value)
    parent = entries.pop("extends", None)
    fault = format_fault(root, inherits=parent is not None)
    if fault and (above or root.get("format")):
        raise SpecError([fault])
    if parent is None:
        return written, root
    root = Node(entries, root.place, root.key)
    chain = [*above, Path(file).resolve()]
    _, base = _load(_parent_file(parent, chain), chain)
    return written, merged(base, root)


def _parent_file(node: Node, chain: list[Path]) -> str:
    if not isinstance(node.value, str) or not node.value:
        _fail(node, 'expected the path of one spec, such as "dcgan.toml"')
    if len(chain) > MAX_PARENTS:
        _fail(node, f"more than {MAX_PARENTS} specs extend one another")
    file = os.path.normpath(paths.folder(node) / node.value)
    try:
        if not Path(file).exists():
            _fail(node, paths.missing(node))
    except ValueError as error:
        _fail(node, str(error))
    resolved = Path(file).resolve()
    if resolved in chain:
        names = " -> ".join(p.name for p in [*chain[chain.index(resolved) :], resolved])
        _fail(node, f"specs extend one another in a circle: {names}")
    return file


def format_fault(root: Node, inherits: bool = False) -> Problem | None:
    """Why a spec's `format` cannot be read, or None; one that `inherits` may leave it out."""
    node = root.get("format")
    if node is None:
        message = f"is missing; a spec begins with: format = {FORMAT}"
        return None if inherits else Problem(root.place, "format", message)
    if type(node.value) is int and 1 <= node.value <= FORMAT:
        return None
    message = f"expected format = {FORMAT}"
    if type(node.value) is int and node.value > FORMAT:
        message = f"format {node.value} needs a newer ganframe; this one reads {FORMAT}: pip install --upgrade ganframe"
    return Problem(node.place, "format", message)


def _fail(node: Node, message: str) -> NoReturn:
    raise SpecError([Problem(node.place, "extends", message)])
