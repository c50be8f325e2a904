"""The sections of a spec beside `[run]`: what each holds, one function a section."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ganframe.errors import Problem, did_you_mean
from ganframe.spec.lines import block
from ganframe.spec.losses import batch, loss, timed
from ganframe.spec.model import DEFAULT_HOOKS, DeviceOptions, Node, SampleOptions, SampleSpec, Timed, Use
from ganframe.spec.networks import network
from ganframe.spec.phases import phase
from ganframe.spec.table import Table, name_fault
from ganframe.spec.uses import checked_use, option_names

__all__ = [
    "batch", "block", "data", "device", "hooks", "latent", "loss", "metric", "named", "network", "phase", "sample",
]  # fmt: skip

T = TypeVar("T")

#: Sections whose names become names inside a network.
_IN_NETWORKS = ("latents", "blocks", "networks")

Make = Callable[[str, Node, list[Problem]], T | None]


def named(top: Table, section: str, make: Make[T]) -> dict[str, T]:
    """The tables of a section by name, leaving out those that are wrong."""
    made: dict[str, T] = {}
    for name, node in _entries(top, section).items():
        where = f"{section}.{name}"
        if fault := name_fault(name, dashes=section not in _IN_NETWORKS):
            top.fault(node, where, fault, key_place=True)
        elif node.value is False:
            top.fault(node, where, f"there is no inherited '{name}' to remove")
        elif (one := make(name, node, top.problems)) is not None:
            made[name] = one
    return made


def _entries(top: Table, section: str) -> dict[str, Node]:
    node = top.take(section)
    if node is not None and isinstance(node.value, list):
        top.fault(node, section, f"what stands here has names: write [{section}.NAME] instead of [[{section}]]")
        return {}
    if node is not None and isinstance(node.value, dict) and isinstance(node.value.get("type"), Node):
        kind = node.value["type"]
        if isinstance(kind.value, str):
            top.fault(kind, section, f"what stands here has names: write [{section}.NAME]", key_place=True)
            return {}
    return top.table(section)


def latent(name: str, node: Node, problems: list[Problem]) -> Use | None:
    """A latent's table."""
    return checked_use("latent", node, f"latents.{name}", problems)


def metric(name: str, node: Node, problems: list[Problem]) -> Timed | None:
    """A metric's table."""
    return timed("metrics", "metric", name, node, problems)


def hooks(top: Table) -> tuple[dict[str, Timed], tuple[str, ...]]:
    """The hooks, and the names of those switched off. A table without `type` adjusts one that is on by default."""
    entries = _entries(top, "hooks")
    removed = tuple(name for name, node in entries.items() if node.value is False and name in DEFAULT_HOOKS)
    made = {}
    for name, node in entries.items():
        if name in removed:
            continue
        if node.value is False:
            top.fault(node, f"hooks.{name}", f"there is no hook '{name}' to remove{did_you_mean(name, DEFAULT_HOOKS)}")
            continue
        if isinstance(node.value, dict) and "type" not in node.value and name in DEFAULT_HOOKS:
            kind = Node(DEFAULT_HOOKS[name], node.place, node.key)
            node = Node({"type": kind, **node.value}, node.place, node.key)
        if fault := name_fault(name, dashes=True):
            top.fault(node, f"hooks.{name}", fault, key_place=True)
        elif hook := timed("hooks", "hook", name, node, top.problems):
            made[name] = hook
    return made, removed


def data(top: Table) -> tuple[Use | None, Use | None]:
    """The data set and, where one is written, its sampler."""
    node = top.given("data")
    if node is None:
        if not any(did_you_mean(key, ("data",)) for key in top.entries):
            top.fault(top.node, "data", "is missing: write [data] with the type of the data set")
        return None, None
    written = checked_use("dataset", node, "data", top.problems)
    if written is None:
        return None, None
    options = dict(written.options)
    order = options.pop("sampler", None)
    given = order is not None and order.value is not False
    sampler = checked_use("sampler", order, "data.sampler", top.problems) if order is not None and given else None
    return Use("dataset", written.type, options, "data", written.node), sampler


def device(top: Table) -> dict[str, Node]:
    """The known keys of `[device]`."""
    node = top.take("device")
    if node is None:
        return {}
    if isinstance(node.value, str):
        top.fault(node, "device", f'write [device] and under it type = "{node.value}"')
        return {}
    return _options(Table(node, "device", top.problems), DeviceOptions)


def sample(top: Table) -> SampleSpec:
    """`[sample]`: latents of sampling, and how samples are drawn."""
    node = top.take("sample")
    if node is None:
        return SampleSpec({}, {})
    table = Table(node, "sample", top.problems)
    latents = {}
    for name, written in table.table("latents").items():
        if one := checked_use("latent", written, f"sample.latents.{name}", top.problems):
            latents[name] = one
    return SampleSpec(latents, _options(table, SampleOptions))


def _options(table: Table, cls: type) -> dict[str, Node]:
    options = {name: node for name in option_names(cls) if (node := table.take(name)) is not None}
    table.close()
    return options
