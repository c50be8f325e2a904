"""Components, and the engine's own tables, as a page of Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import attrs

from ganframe.cli.describe import bounds, default, facts, type_text
from ganframe.component import options
from ganframe.hookspecs import ENGINE_KEYS
from ganframe.registry import Entry
from ganframe.spec.model import DeviceOptions, RunOptions, SampleOptions

#: Where a spec names the components of a kind.
_KINDS = {
    "layer": "A line of `layers`. The first input is the line above, or what `from` says; the others are named too.",
    "initializer": "`init` of a network or a line: fills weights of two axes and more.",
    "parametrization": "`parametrize` of a network or a line: how a weight is computed.",
    "loss": "A table `[losses.NAME]`. A tensor is written `BATCH.NAME`.",
    "curve": "Stands where a number may change from step to step.",
    "optimizer": "`optimizer` of a network.",
    "schedule": "`schedule` of a network: PyTorch's schedulers, moved once a step.",
    "latent": "A table `[latents.NAME]`.",
    "dataset": "The table `[data]`.",
    "sampler": "`sampler` of `[data]`: the order of the rows.",
    "view": "How a field is shown and written. The data say which; a spec does not.",
    "augmentation": "`augment` of a network: applied to its first input, differentiably.",
    "metric": "A table `[metrics.NAME]`.",
    "hook": "A table `[hooks.NAME]`.",
    "exporter": "Writes a trained run in another form.",
}
_TABLES = {"run": RunOptions, "device": DeviceOptions, "sample": SampleOptions}
#: What Markdown would take for emphasis or HTML.
_SIGNS = re.compile(r"[*<>]|(?<!\w)_|_(?!\w)")
_OPTIONS = ["", "| option | takes | default | meaning |", "| --- | --- | --- | --- |"]


def markdown(entries: Iterable[Entry], *, engine: bool = False) -> str:
    """A page of the entries, kind by kind in their order and plugin by plugin; `engine` adds the engine's tables."""
    tables = _TABLES if engine else {}
    lines = ["# Reference", "", "Made by `ganframe plugins reference`.", ""]
    kinds = {kind: list(found) for kind, found in groupby(entries, key=lambda entry: entry.kind)}
    lines += [f"- tables: {', '.join(f'[{name}](#table-{name})' for name in tables)}"] if tables else []
    lines += [line for kind, found in kinds.items() for line in _contents(kind, found)]
    lines += [line for name, cls in tables.items() for line in _table(name, cls)]
    lines += [line for kind, found in kinds.items() for line in _section(kind, found)]
    return "\n".join(lines) + "\n"


def _contents(kind: str, entries: Iterable[Entry]) -> Iterator[str]:
    yield f"- [{_heading(kind).lower()}](#{_heading(kind).lower()})"
    for plugin, found in groupby(_sorted(entries), key=lambda entry: entry.plugin):
        yield f"  - {plugin}: {', '.join(f'[{entry.name}](#{_anchor(entry)})' for entry in found)}"


def _table(name: str, cls: type) -> Iterator[str]:
    yield from ("", f'## <a name="table-{name}"></a>The table [{name}]', "", prose(inspect.getdoc(cls) or ""))
    yield from _options(cls)


def _section(kind: str, entries: Iterable[Entry]) -> Iterator[str]:
    keys = sorted(ENGINE_KEYS[kind] - {"type"})
    also = f" Beside its options it takes {', '.join(f'`{key}`' for key in keys)}." if keys else ""
    yield from ("", f"## {_heading(kind)}", "", _KINDS[kind] + also)
    for entry in _sorted(entries):
        yield from ("", f'### <a name="{_anchor(entry)}"></a>{entry.name}', "", prose(inspect.getdoc(entry.cls) or ""))
        for name, text in facts(entry):
            yield from ("", f"{name.capitalize()}: {text}.")
        yield from _options(entry.cls)


def _options(cls: type) -> Iterator[str]:
    found = options(cls)
    yield from _OPTIONS if found else []
    for name, field in found.items():
        yield f"| `{name}` | {_takes(field)} | {_default(field)} | {cell(field.metadata.get('doc') or '')} |"


def _takes(field: attrs.Attribute[Any]) -> str:
    return cell(", ".join([type_text(field), *bounds(field)]))


def _default(field: attrs.Attribute[Any]) -> str:
    text = default(field)
    return f"`{text.removeprefix('default ')}`" if text.startswith("default ") else text


def prose(text: str) -> str:
    """Plain text as Markdown: what is no code in it keeps its signs."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else _SIGNS.sub(r"\\\g<0>", part) for part in parts)


def cell(text: str) -> str:
    """Text for a cell of a table."""
    return prose(" ".join(text.split())).replace("|", "\\|")


def _heading(kind: str) -> str:
    return "Losses" if kind == "loss" else f"{kind.capitalize()}s"


def _sorted(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.plugin, entry.name))


def _anchor(entry: Entry) -> str:
    return f"{entry.kind}-{entry.name}"
