"""Plain tables as the text of a spec: a header for each named table, one line for each layer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import tomli_w

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def emit(document: Mapping[str, Any], named: tuple[str, ...]) -> str:
    """TOML 1.0: loose keys first, then a section each; in the `named` ones a section for each table of theirs."""
    loose = [f"{_key(key)} = {_value(value)}\n" for key, value in document.items() if not isinstance(value, Mapping)]
    parts = ["".join(loose)]
    for section, entries in document.items():
        if not isinstance(entries, Mapping):
            continue
        if section not in named:
            parts.append(_section(_key(section), entries))
            continue
        single = {name: entry for name, entry in entries.items() if not isinstance(entry, Mapping)}
        parts += [_section(_key(section), single)] if single else []
        parts += [
            _section(f"{_key(section)}.{_key(name)}", entry)
            for name, entry in entries.items()
            if isinstance(entry, Mapping)
        ]
    return "\n".join(part for part in parts if part)


def _section(header: str, entries: Mapping[str, Any]) -> str:
    return f"[{header}]\n" + "".join(f"{_key(key)} = {_lines(key, value)}\n" for key, value in entries.items())


def _lines(key: str, value: Any) -> str:
    if key not in ("layers", "shortcut") or not value or not isinstance(value, list):
        return _value(value)
    return "[\n" + "".join(f"  {_value(item)},\n" for item in value) + "]"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(entry)}" for key, entry in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return tomli_w.dumps({"v": value}).removeprefix("v = ").rstrip("\n")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else tomli_w.dumps({key: 0}).rpartition(" = ")[0]
