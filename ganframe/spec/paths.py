"""Paths written in a spec: relative to the file they stand in, those of `--set` to the working directory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from ganframe.spec.model import Node


def folder(node: Node, base: Path | None = None) -> Path:
    """The folder that a relative path at this node starts from; `base` serves values written in no file."""
    if node.place.line:
        return Path(node.place.file).parent
    return base if base is not None and not node.place.file else Path()


def absolute(node: Node, base: Path | None = None) -> Path:
    """The absolute path a string node means; nothing is expanded. Raises ValueError for what is no path."""
    text: str = node.value
    if not text:
        raise ValueError("the path is empty")
    if "\0" in text:
        raise ValueError("a path cannot hold the character NUL")
    if "://" in text:
        raise ValueError(f"'{text}' is an address; nothing is downloaded, write the path of a file or folder")
    return Path(os.path.abspath(folder(node, base) / text))  # noqa: PTH100 (resolve() would follow links)


def defaults(
    fields: Mapping[str, attrs.Attribute[Any]], given: Iterable[str], named: Node, base: Path | None = None
) -> dict[str, Path]:
    """Paths that stand where an option is left out, seen from the file that names the component."""
    left = {field.alias or name: field.default for name, field in fields.items() if name not in given}
    start = folder(named, base)
    return {name: Path(os.path.abspath(start / path)) for name, path in left.items() if isinstance(path, Path)}  # noqa: PTH100


def missing(node: Node, base: Path | None = None) -> str:
    """Why a path cannot be read, and what to write if the file is there seen from the working directory."""
    path = absolute(node, base)
    there = Path(node.value)
    if not path.exists() and there.exists():
        relative = os.path.relpath(there, folder(node, base))
        return f"{path} does not exist: a path starts from the spec's own folder; write '{Path(relative).as_posix()}'"
    return f"{path} does not exist"
