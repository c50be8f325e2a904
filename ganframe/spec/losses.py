"""Losses (rule 10), batches, metrics and hooks: the tables that stand beside the networks."""

from __future__ import annotations

from ganframe.errors import Problem
from ganframe.hookspecs import ENGINE_KEYS
from ganframe.spec.env import is_parameter
from ganframe.spec.model import LossSpec, Node, Timed, Use
from ganframe.spec.table import Table, plain_texts
from ganframe.spec.uses import misspelt, tensor, use
from ganframe.spec.values import Fault, found


def loss(name: str, node: Node, problems: list[Problem]) -> LossSpec | None:
    """A loss's table, or None where it is wrong."""
    table, written = _component("losses", "loss", name, node, problems)
    if table is None or written is None:
        return None
    return LossSpec(
        name=name,
        use=written,
        weight=number(table, "weight"),
        every=every(table),
        generator=table.text("generator"),
        discriminator=table.text("discriminator"),
        trains=plain_texts(table.texts("trains")),
        fake=table.text("fake") or "fake",
        path=table.path,
        node=node,
    )


def timed(section: str, kind: str, name: str, node: Node, problems: list[Problem]) -> Timed | None:
    """A metric's or hook's table, or None where it is wrong."""
    table, written = _component(section, kind, name, node, problems)
    if table is None or written is None:
        return None
    if kind == "hook":
        return Timed(name, written, every(table))
    samples, split = every(table, "samples"), table.take("split")
    if split is not None and not is_parameter(split) and not isinstance(split.value, str):
        table.fault(split, "split", f"expected a name in quotes, found {found(split)}")
    return Timed(name, written, every(table), samples, split)


def batch(name: str, node: Node, problems: list[Problem]) -> dict[str, Node]:
    """A batch's table: names replaced by tensors "BATCH.NAME"."""
    table = Table(node, f"batches.{name}", problems)
    for key, value in table.entries.items():
        try:
            if isinstance(value.value, list):
                raise Fault(value, table.at(key), 'expected one tensor "BATCH.NAME"')
            tensor(value, table.at(key))
        except Fault as fault:
            problems.append(Problem(fault.node.place, fault.path, fault.message))
    if isinstance(node.value, dict) and not table.entries:
        table.fault(node, "", f"batch '{name}' replaces nothing; it is the real batch")
    return dict(table.entries)


def every(table: Table, key: str = "every") -> Node | None:
    """A whole number of at least 1, or "$p"."""
    node = table.take(key)
    if node is None or is_parameter(node) or (type(node.value) is int and node.value >= 1):
        return node
    hint = f"; write {int(node.value):_}" if isinstance(node.value, float) and node.value == int(node.value) else ""
    table.fault(node, key, f"expected a whole number of at least 1, found {found(node)}{hint}")
    return None


def number(table: Table, key: str) -> Node | None:
    """A number, a curve or "$p": its exact conversion is the resolver's."""
    node = table.take(key)
    if node is not None and (isinstance(node.value, (bool, list))):
        table.fault(node, key, f"expected a number or a curve, found {found(node)}")
        return None
    return node


def _component(
    section: str, kind: str, name: str, node: Node, problems: list[Problem]
) -> tuple[Table | None, Use | None]:
    path = f"{section}.{name}"
    try:
        whole = use(kind, node, path)
    except Fault as fault:
        message = fault.message if not isinstance(node.value, dict) else f"'{name}' has no type{misspelt(node)}"
        problems.append(Problem(node.place, path, message))
        return None, None
    entries = {} if isinstance(node.value, str) else node.value
    table = Table(Node(entries, node.place, node.key), path, problems)
    options = {key: value for key, value in whole.options.items() if key not in ENGINE_KEYS[kind]}
    return table, Use(kind, whole.type, options, path, node)
