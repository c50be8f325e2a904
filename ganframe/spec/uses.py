"""The forms in which a spec names components, wires and tensors, and what a class makes of them."""

from __future__ import annotations

import inspect
from typing import Any

import attrs

from ganframe.component import options
from ganframe.errors import PluginFault, Problem, did_you_mean
from ganframe.spec.model import Node, Use
from ganframe.spec.values import Fault, an, found


def use(kind: str, node: Node, path: str) -> Use:
    """A component without engine keys, as written. Raises Fault where it is neither a name nor a table with `type`."""
    if isinstance(node.value, str):
        return Use(kind, node, {}, path, node)
    if isinstance(node.value, dict) and "type" in node.value:
        return Use(kind, node.value["type"], {k: v for k, v in node.value.items() if k != "type"}, path, node)
    if isinstance(node.value, dict):
        raise Fault(node, path, f'{an(kind)} needs a type: {{ type = "..." }}{misspelt(node)}')
    raise Fault(node, path, f"expected {an(kind)}, found {found(node)}")


def misspelt(node: Node) -> str:
    """A hint where a table without `type` has a key that may be meant for it."""
    near = next((key for key in node.value if did_you_mean(key, ("type",))), None)
    return f"; did you mean 'type' by '{near}'?" if near else ""


def checked_use(kind: str, node: Node, path: str, problems: list[Problem]) -> Use | None:
    """A component as written, or None after recording why it is none."""
    try:
        return use(kind, node, path)
    except Fault as fault:
        problems.append(Problem(fault.node.place, fault.path, fault.message))
        return None


def option_names(cls: Any) -> tuple[str, ...]:
    """The options of an engine table, in order."""
    return tuple(field.name for field in attrs.fields(cls))


def option_fields(cls: type) -> dict[str, attrs.Attribute[Any]]:
    """The options of a component class by name. Raises PluginFault where its annotations cannot be read."""
    try:
        return {name: field for name, field in options(cls).items() if field.init}
    except NameError as error:
        raise PluginFault(f"{cls.__module__}.{cls.__name__}: an option's annotation cannot be read: {error}") from error


def wire_parameters(cls: Any) -> dict[str, inspect.Parameter]:
    """The parameters of a layer's `build` that a line may name: all after self and the first, `*more` excepted."""
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = list(inspect.signature(cls.build).parameters.values())[2:]
    return {p.name: p for p in parameters if p.kind in named}


def tensor(node: Node, path: str) -> Any:
    """A loss's or metric's tensor, checked for its form: "BATCH.NAME" or "BATCH.NETWORK.WIRE"."""
    text = node.value
    if isinstance(text, str) and 2 <= len(text.split(".")) <= 3 and all(text.split(".")) and text[0] != "@":
        return text
    bare = text.lstrip("@") if isinstance(text, str) else ""
    hint = f'; write "fake.{bare}" or "real.{bare}"' if bare and "." not in bare else ""
    raise Fault(node, path, f'expected a tensor "BATCH.NAME" such as "fake.x", found {found(node)}{hint}')
