"""`extends` and `--set`: several sources become one tree in which every value keeps its own place."""

from __future__ import annotations

from ganframe.spec.model import DEFAULT_HOOKS, Node

#: Sections of named tables, from which `NAME = false` removes one.
NAMED = ("latents", "blocks", "networks", "batches", "losses", "phases", "metrics", "hooks")


def merged(parent: Node, child: Node, path: tuple[str, ...] = ()) -> Node:
    """A child over its parent: a table with `type` replaces, one without merges key by key, all else is replaced.

    `[device]` merges although it has a key `type`, which there names no component.
    """
    base = _as_table(parent, path)
    if not isinstance(child.value, dict) or base is None or ("type" in child.value and path != ("device",)):
        return child
    entries = dict(base)
    for key, node in child.value.items():
        here = (*path, key)
        if node.value is False and key in entries and removable(here):
            del entries[key]
        else:
            entries[key] = merged(entries[key], node, here) if key in entries else node
    return Node(entries, child.place, child.key)


def removable(path: tuple[str, ...]) -> bool:
    """True where `false` removes a table, or an entry of `makes`.

    A hook that is on by default stays on record as switched off.
    """
    if path[:2] == ("sample", "latents"):
        return len(path) == 3
    if path[:1] == ("networks",) and path[2:3] == ("makes",):
        return len(path) == 4
    return len(path) == 2 and path[0] in NAMED and not (path[0] == "hooks" and path[1] in DEFAULT_HOOKS)


def _as_table(node: Node, path: tuple[str, ...]) -> dict[str, Node] | None:
    """The entries of a table; a bare string counts as `{ type = ... }` where it names a component."""
    if isinstance(node.value, dict):
        return node.value
    if isinstance(node.value, str) and holds_component(path):
        return {"type": Node(node.value, node.place, node.place)}
    return None


def holds_component(path: tuple[str, ...]) -> bool:
    """True where a string stands for a component: below a named table or `[data]`, but not in `makes`."""
    return len(path) > 1 and path[0] in (*NAMED, "sample") and path[2:] != ("makes",) or path[:1] == ("data",)
