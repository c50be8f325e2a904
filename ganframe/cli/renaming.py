"""New names for tensors, from a TOML file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ganframe.errors import Problem, SpecError, did_you_mean
from ganframe.spec.model import Node
from ganframe.spec.text import load


def renamed(names: Iterable[str], path: Path) -> dict[str, str]:
    """New names by old ones; what the map leaves out is missing, what it does not name keeps its own.

    An entry is a whole name, or what names begin with, ending with a dot; whole names come first, then the longest
    beginning. Raises SpecError, with the line, for an entry that fits nothing and for a new name that comes twice.
    """
    names, entries, problems = list(names), _entries(load(path)[1]), list[Problem]()
    used = {name: _fits(name, entries) for name in names}
    for old, node in entries.items():
        if not isinstance(node.value, str) and node.value is not False:
            problems.append(Problem(node.place, old, "expected a name in quotes, or false"))
        elif old not in used.values():
            near = did_you_mean(old, [*names, *_beginnings(names)])
            told = "no tensor begins so" if old.endswith(".") else "no tensor is called so"
            problems.append(Problem(node.key, old, f"{told}{near}"))
    if problems:
        raise SpecError(problems)
    new = {name: name if old is None else _renamed(name, old, entries[old].value) for name, old in used.items()}
    kept = {name: value for name, value in new.items() if value is not None}
    for twice in (value for value, count in Counter(kept.values()).items() if count > 1):
        one, two, *_ = [name for name, value in kept.items() if value == twice]
        old = used[two] or used[one] or ""
        raise SpecError([Problem(entries[old].place, old, f"'{one}' and '{two}' both become '{twice}'")])
    return kept


def _entries(root: Node) -> dict[str, Node]:
    """The map's entries; a table's are those below its name, so that quotes may be left out."""
    found: dict[str, Node] = {}
    for key, node in root.value.items():
        if isinstance(node.value, dict):
            found.update({f"{key}.{inner}": entry for inner, entry in _entries(node).items()})
        else:
            found[key] = node
    return found


def _fits(name: str, entries: dict[str, Node]) -> str | None:
    """The entry that a name falls under."""
    if name in entries:
        return name
    return max((old for old in entries if old.endswith(".") and name.startswith(old)), key=len, default=None)


def _renamed(name: str, old: str, new: str | bool) -> str | None:
    return new + name[len(old) :] if isinstance(new, str) else None


def _beginnings(names: Iterable[str]) -> set[str]:
    return {f"{name[:at]}." for name in names for at, sign in enumerate(name) if sign == "."}
