"""What a spec says and nothing reads: one warning line each."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ganframe.errors import Problem
from ganframe.spec.model import Line, Node, Spec
from ganframe.spec.wires import line_names


def warnings(spec: Spec, used_vars: Collection[str]) -> list[Problem]:
    """Latents, blocks, batches, `as` names, losses and variables that are written and never read."""
    found = []
    for section in ("latents", "blocks", "batches"):
        table = spec.root.get(section)
        for name, node in (table.value if table is not None and isinstance(table.value, dict) else {}).items():
            if name not in _mentions(spec, (section, name)):
                found.append(Problem(node.key, f"{section}.{name}", f"nothing reads '{name}'"))
    for name, node in spec.vars.items():
        if name not in used_vars and node.place.line:
            found.append(Problem(node.key, f"vars.{name}", f"nothing reads '${name}'"))
    return [*found, *_wires(spec), *_losses(spec)]


def mentions(spec: Spec) -> set[str]:
    """Every part of every dotted name in the spec."""
    return _mentions(spec, ("", ""))


def _mentions(spec: Spec, but: tuple[str, str]) -> set[str]:
    """Every part of every dotted name in the spec, outside of one table, without the words of `[about]`."""
    return {part for text in _strings(spec.root, but) for part in text.lstrip("@").split(".")}


def _strings(root: Node, but: tuple[str, str]) -> Iterator[str]:
    stack: list[tuple[Node, tuple[str, ...]]] = [(root, ())]
    while stack:
        node, path = stack.pop()
        if path[:2] == but or path[:1] in (("about",), ("vars",)):
            continue
        if isinstance(node.value, dict):
            stack.extend((child, (*path, key)) for key, child in node.value.items())
        elif isinstance(node.value, list):
            stack.extend((child, path) for child in node.value)
        elif isinstance(node.value, str):
            yield node.value


def _wires(spec: Spec) -> Iterator[Problem]:
    texts = list(_strings(spec.root, ("", "")))
    read = {text[1:] for text in texts if text.startswith("@")}
    read |= {text.rpartition(".")[2] for text in texts if "." in text}
    read |= {name for block in spec.blocks.values() for name in block.exports}
    for line in _lines(spec):
        names = line_names(line)
        if names and not read & set(names):
            node = line.names or line.each["as"]
            yield Problem(node.place, f"{line.path}.as", f"nothing reads '@{names[0]}'")


def _lines(spec: Spec) -> Iterator[Line]:
    for network in spec.networks.values():
        yield from network.layers
    for block in spec.blocks.values():
        yield from (*block.layers, *(block.shortcut or ()))


def _losses(spec: Spec) -> Iterator[Problem]:
    phases = spec.phases.values()
    if not phases or any(phase.losses is None for phase in phases):
        return
    taken = {name for phase in phases for name in phase.losses or ()}
    for name, loss in spec.losses.items():
        if name not in taken:
            yield Problem(loss.node.key, loss.path, f"no phase lists '{name}'")
