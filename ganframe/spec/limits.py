"""What a document may hold: sizes, finite numbers, visible keys, no dates."""

from __future__ import annotations

import datetime
import math
import unicodedata
from typing import Any

from ganframe.errors import Problem
from ganframe.spec.model import Node

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_VALUES = 100_000
MAX_STRING = 64 << 10
MAX_KEY = 200
MAX_INT = 1 << 63

TOO_DEEP = f"arrays and tables are nested more than {MAX_DEPTH} levels deep"


def size_fault(document: dict[str, Any]) -> str | None:
    """Why a document is too deep or too large, or None; looks level by level, so that no depth exhausts the stack."""
    level: list[Any] = [document]
    count = 0
    for _ in range(MAX_DEPTH + 1):
        inner = [child for value in level for child in (value.values() if isinstance(value, dict) else value)]
        count += len(inner)
        if count > MAX_VALUES:
            return f"a spec holds at most {MAX_VALUES:_} values"
        level = [child for child in inner if isinstance(child, (dict, list))]
        if not level:
            return None
    return TOO_DEEP


def faults(root: Node) -> list[Problem]:
    """Every key and value beyond its limit, in the order of the file."""
    problems: list[Problem] = []
    stack: list[tuple[Node, str]] = [(root, "")]
    while stack:
        node, path = stack.pop()
        if isinstance(node.value, dict):
            for key, child in node.value.items():
                if fault := key_fault(key):
                    problems.append(Problem(child.key, path, fault))
                stack.append((child, f"{path}.{key}" if path else key))
        elif isinstance(node.value, list):
            stack.extend((child, f"{path}[{i}]") for i, child in enumerate(node.value))
        elif fault := scalar_fault(node.value):
            problems.append(Problem(node.place, path, fault))
    return sorted(problems, key=lambda p: (p.place.line, p.place.column))


def key_fault(key: str) -> str | None:
    """Why a key may not stand in a spec, or None."""
    if len(key) > MAX_KEY:
        return f"a key has at most {MAX_KEY} characters, this has {len(key)}"
    hidden = next((c for c in key if unicodedata.category(c) in ("Cc", "Cf")), None)
    return f"the key holds the invisible character U+{ord(hidden):04X}" if hidden else None


def scalar_fault(value: Any) -> str | None:
    """Why a scalar may not stand in a spec, or None. Never quotes the value: a long integer cannot be printed."""
    if isinstance(value, (datetime.date, datetime.time)):
        return 'a spec holds no dates and times; write "..." if a string is meant'
    if isinstance(value, float) and not math.isfinite(value):
        return "a number must be finite"
    if isinstance(value, int) and not -MAX_INT <= value < MAX_INT:
        return "an integer must lie between -2^63 and 2^63 - 1"
    if isinstance(value, str) and len(value.encode("utf-8", "surrogatepass")) > MAX_STRING:
        return f"a string has at most {MAX_STRING:_} bytes"
    return None
