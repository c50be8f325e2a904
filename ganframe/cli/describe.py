"""A component in words for the terminal."""

from __future__ import annotations

import inspect
from typing import Any

from ganframe.component import REQUIRED, options
from ganframe.registry import Entry


def describe(entry: Entry) -> str:
    """Kind and package, docstring, options."""
    table = [option_text(name, attribute) for name, attribute in options(entry.cls).items()]
    head = f"{entry.kind} {entry.name}  ({entry.distribution} {entry.version}, {entry.file})"
    return "\n".join([head, "", inspect.getdoc(entry.cls) or "", *(["", "options:"] if table else []), *table])


def option_text(name: str, attribute: Any) -> str:
    """One option: type, bounds, default; what it means on a line of its own."""
    about = attribute.metadata
    facts = [
        "tensor" if about.get("wire") else type_text(attribute.type),
        *(["or a curve"] if about.get("curve") else []),
        *([f"at least {about['min']}"] if about.get("min") is not None else []),
        *([f"at most {about['max']}"] if about.get("max") is not None else []),
        *(["one of " + ", ".join(map(repr, about["choices"]))] if about.get("choices") else []),
        "required" if attribute.default is REQUIRED else f"default {default_text(attribute.default)}",
    ]
    doc = f"\n      {about['doc']}" if about.get("doc") else ""
    return f"  {name}: {', '.join(facts)}{doc}"


def type_text(annotation: Any) -> str:
    """An annotation as its source would write it."""
    plain = isinstance(annotation, type) and not hasattr(annotation, "__args__")
    return annotation.__name__ if plain else str(annotation)


def default_text(default: Any) -> str:
    """A default as TOML would write it; `none` where leaving the option out is the only way to have it."""
    if isinstance(default, bool):
        return str(default).lower()
    return "none" if default is None else repr(list(default) if isinstance(default, tuple) else default)
