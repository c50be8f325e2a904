"""A component in words: what the terminal shows, and what the reference page is made of."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs

from ganframe.component import REQUIRED, options
from ganframe.registry import Entry
from ganframe.spec.values import an
from ganframe.spec.values import describe as words

#: What a layer's class attributes say of it.
_LAYER_MARKS = {
    "random": "draws random numbers",
    "mixes_rows": "a row's output hangs on the other rows",
    "changes_rows": "folds rows together",
    "own_init": "keeps its own initial weights unless its line or `defaults` say `init`",
    "no_double_backward": "no gradient penalty can be taken through it",
}
#: A bound as far out as this only keeps infinities away.
_NO_BOUND = 1e300


def describe(entry: Entry) -> str:
    """Kind and package, docstring, facts, options."""
    table = [option_text(name, attribute) for name, attribute in options(entry.cls).items()]
    told = [f"{name}: {text}" for name, text in facts(entry)]
    head = f"{entry.kind} {entry.name}  ({entry.distribution} {entry.version}, {entry.file})"
    parts = [[head], [inspect.getdoc(entry.cls) or ""], told, ["options:", *table] if table else []]
    return "\n\n".join("\n".join(part) for part in parts if part)


def option_text(name: str, attribute: attrs.Attribute[Any]) -> str:
    """One option: type, bounds, default; what it means on a line of its own."""
    said = [type_text(attribute), *bounds(attribute), default(attribute)]
    doc = f"\n      {attribute.metadata['doc']}" if attribute.metadata.get("doc") else ""
    return f"  {name}: {', '.join(said)}{doc}"


def type_text(attribute: attrs.Attribute[Any]) -> str:
    """What an option takes, in the words of the error messages."""
    about = attribute.metadata
    if about.get("wire"):
        return "a tensor, such as \"fake.x\""
    kind = about.get("kind")
    text = words(attribute.type)
    if kind:
        text = text.replace("entries, each a value", f"{kind}s").replace("a value", an(kind))
    if about.get("curve"):
        return text.replace("numbers", "numbers or curves") if "numbers" in text else f"{text} or a curve"
    return text


def default(attribute: attrs.Attribute[Any]) -> str:
    """What holds where the option is left out."""
    if attribute.default is REQUIRED:
        return "required"
    return "may be left out" if attribute.default is None else f"default {toml(attribute.default)}"


def bounds(attribute: attrs.Attribute[Any]) -> list[str]:
    """The least, the most and the choices of an option."""
    about = attribute.metadata
    ends = {"at least": about.get("min"), "at most": about.get("max")}
    told = [f"{word} {end}" for word, end in ends.items() if end is not None and abs(end) < _NO_BOUND]
    return told + (["one of " + ", ".join(map(toml, about["choices"]))] if about.get("choices") else [])


def toml(value: Any) -> str:
    """A default as a spec would write it; a component by its name."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, (str, Path)):
        return json.dumps(str(value), ensure_ascii=False)
    return f'"{type(value).__name__}"' if attrs.has(type(value)) else repr(value)


def facts(entry: Entry) -> Iterator[tuple[str, str]]:
    """What there is to say of a class beside its options, by its kind: the inputs of a layer, a metric's figures."""
    return _FACTS.get(entry.kind, lambda cls: iter(()))(entry.cls)


def _layer(cls: Any) -> Iterator[tuple[str, str]]:
    named = []
    for parameter in list(inspect.signature(cls.build).parameters.values())[1:]:
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            named.append("any number more")
        else:
            may = parameter.default is not inspect.Parameter.empty
            named.append(f"`{parameter.name}`" + (" (may be left out)" if may else ""))
    yield "inputs", ", ".join(named)
    marks = [text for name, text in _LAYER_MARKS.items() if getattr(cls, name, False)]
    if marks:
        yield "note", "; ".join(marks)


def _metric(cls: Any) -> Iterator[tuple[str, str]]:
    if getattr(cls, "better", None):
        yield "figures", ", ".join(f"`{figure}` ({way} is better)" for figure, way in cls.better.items())


def _hook(cls: Any) -> Iterator[tuple[str, str]]:
    yield "every", f"{getattr(cls, 'every', 1)} steps unless its table says"


def _view(cls: Any) -> Iterator[tuple[str, str]]:
    yield "writes", " ".join(cls.suffixes)


_FACTS: dict[str, Callable[[Any], Iterator[tuple[str, str]]]] = {
    "layer": _layer, "metric": _metric, "hook": _hook, "view": _view,
}  # fmt: skip
