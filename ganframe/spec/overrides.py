"""`--set K=V` and its Python form: values put into the tree by dotted path."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli

from ganframe.errors import Place, Problem, SpecError, did_you_mean
from ganframe.spec import limits
from ganframe.spec.env import as_node
from ganframe.spec.merge import merged, removable
from ganframe.spec.model import RUN_ONLY, Node, Spec

Overrides = Mapping[str, Any] | Sequence[str]

#: Sections in which a table must be there before one of its keys can be set; `type` makes a new one.
_KNOWN_ONLY = ("latents", "blocks", "networks", "losses", "metrics")


def apply(root: Node, overrides: Overrides) -> Node:
    """The tree with every override put in. Raises SpecError with all that cannot be."""
    problems: list[Problem] = []
    for path, value, place in _read(overrides, problems):
        try:
            root = _put(root, path, as_node(value, place), place)
        except _NoPath as fault:
            problems.append(Problem(place, ".".join(path), str(fault)))
    if problems:
        raise SpecError(problems)
    return root


class _NoPath(Exception):
    """A path that leads nowhere, and why."""


def _read(overrides: Overrides, problems: list[Problem]) -> list[tuple[tuple[str, ...], Any, Place]]:
    pairs: list[tuple[str, Any, Place]] = []
    if isinstance(overrides, Mapping):
        pairs += [(key, value, Place(f"override {key}={value}"[:200])) for key, value in overrides.items()]
    else:
        for item in overrides:
            key, equals, value = item.partition("=")
            place = Place(f"--set {item}"[:200])
            if equals:
                pairs.append((key, _Text(value.strip()), place))
            else:
                problems.append(Problem(place, "", "expected KEY=VALUE, such as run.seed=3"))
    found = []
    for key, value, place in pairs:
        try:
            found.append((_path(key), _toml(value) if isinstance(value, _Text) else _python(value), place))
        except ValueError as error:
            problems.append(Problem(place, "", str(error)))
    return found


class _Text(str):
    """A value typed on the command line."""


def _path(key: str) -> tuple[str, ...]:
    try:
        table: Any = tomli.loads(f"{key} = 0")
    except (ValueError, RecursionError):
        raise ValueError(f"'{key.strip()}' is no dotted path, such as losses.r1.weight") from None
    parts: list[str] = []
    while isinstance(table, dict) and len(table) == 1:
        ((part, table),) = table.items()
        parts.append(part)
    if table != 0 or len(parts) > limits.MAX_DEPTH or any(len(p) > limits.MAX_KEY for p in parts):
        raise ValueError(f"'{key.strip()[:80]}' is no dotted path, such as losses.r1.weight")
    return tuple(parts)


def _toml(value: _Text) -> Any:
    """A TOML value; else a bare word is a string."""
    if not value:
        raise ValueError('a value is missing; write "" for an empty string')
    try:
        table = tomli.loads(f"v = {value}")
    except (ValueError, RecursionError, MemoryError):
        table = {}
    if set(table) == {"v"}:
        return _limited(table["v"])
    if value[0] in "[{\"'" or not value.isprintable():
        raise ValueError(f"'{value[:80]}' is no TOML value")
    return _limited(str(value))


def _python(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _python(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_python(v) for v in value]
    if isinstance(value, Path):
        return str(value)
    if not isinstance(value, (bool, int, float, str)):
        raise ValueError(f"expected a TOML value, not {type(value).__name__}")
    return _limited(value)


def _limited(value: Any) -> Any:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        _limited(item)
    if not isinstance(value, (dict, list)) and (fault := limits.scalar_fault(value)):
        raise ValueError(fault)
    return value


def _put(node: Node, path: tuple[str, ...], value: Node, place: Place, at: int = 0) -> Node:
    """The node with the value put in at `path[at:]`; a bare string on the way becomes `{ type = ... }`."""
    here = path[:at]
    if at == len(path):
        return merged(node, value, here)
    if isinstance(node.value, list):
        raise _NoPath(f"'{'.'.join(here)}' is a list, and its items have no path; give the value a name in [vars]")
    table = node if isinstance(node.value, dict) else merged(node, Node({}, place, place), here)
    key, entries = path[at], dict(table.value)
    if key not in entries:
        _check_new(path, at, value, entries)
    if at + 1 == len(path) and value.value is False and removable(path):
        del entries[key]
    else:
        entries[key] = _put(entries.get(key, Node({}, place, place)), path, value, place, at + 1)
    return Node(entries, table.place, table.key)


def _check_new(path: tuple[str, ...], at: int, value: Node, entries: Mapping[str, Node]) -> None:
    creates = len(path) == 2 and value.value is not False or path[2:] == ("type",)
    if at == 1 and (path[0] in _KNOWN_ONLY and not creates or value.value is False and removable(path)):
        near = did_you_mean(path[1], entries) or (f"; there are {', '.join(entries)}" if entries else "")
        raise _NoPath(f"there is no '{path[1]}' in [{path[0]}]{near}")


def unread(spec: Spec, used_vars: Collection[str]) -> list[Problem]:
    """Overrides that nothing reads though their key is known: a variable no value uses, a `[run]` key of no phase."""
    faults = [
        Problem(node.place, f"vars.{name}", f"nothing reads '${name}'")
        for name, node in spec.vars.items()
        if not node.place.line and name not in used_vars
    ]
    phases = spec.phases.values()
    for key, node in spec.run.items():
        if not node.place.line and phases and key not in RUN_ONLY and all(key in phase.options for phase in phases):
            own = " and ".join(f"phases.{name}.{key}" for name in spec.phases)
            message = f"every phase has `{key}` of its own: set {own}"
            faults.append(Problem(node.place, f"run.{key}", message))
    return faults
