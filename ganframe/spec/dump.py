"""`resolved.toml`: a spec as one file in which nothing is left unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganframe.spec import filled
from ganframe.spec.convert import Components
from ganframe.spec.emit import emit
from ganframe.spec.extends import FORMAT
from ganframe.spec.layers import Layers
from ganframe.spec.merge import NAMED
from ganframe.spec.model import (
    DEFAULT_HOOKS,
    METRIC_DEFAULTS,
    DeviceOptions,
    LossSpec,
    NetworkSpec,
    Node,
    RunOptions,
    SampleOptions,
    Spec,
    Timed,
    Use,
)
from ganframe.spec.uses import option_fields

_HEAD = "# Written by ganframe: a spec with everything that was left unsaid.\n"


def resolved(spec: Spec, registry: Components, device: Mapping[str, Any] | None = None) -> str:
    """The text of a spec without `extends`, `--set` and [vars], with every default and with absolute paths.

    `device` holds the keys of `[device]` as they were used. Lines, blocks and `for` stay as written; what their
    layers leave unsaid is said by the `defaults` of each network. Facts of the data stay `"$data.NAME"`.
    """
    write = _Writer(spec, registry)
    document = {
        "format": FORMAT,
        "run": {**_defaults(RunOptions), **_plain(spec.run)},
        "device": {**_defaults(DeviceOptions), **_plain(spec.device), **(device or {})},
        "phases": _root(spec, "phases"),
        "data": write.data(),
        "latents": {name: write.use(use) for name, use in spec.latents.items()},
        "blocks": {name: write.block(name) for name in spec.blocks},
        "networks": {name: write.network(network) for name, network in spec.networks.items()},
        "batches": {name: _plain(entries) for name, entries in spec.batches.items()},
        "losses": {name: write.loss(loss) for name, loss in spec.losses.items()},
        "metrics": {name: write.metric(metric) for name, metric in spec.metrics.items()},
        "hooks": write.hooks(),
        "sample": write.sample(),
        "about": spec.about,
    }
    return _HEAD + emit({key: value for key, value in document.items() if value}, NAMED)


#: In this order, so that writing a resolved spec again gives the same text.
_NETWORK_KEYS = (
    "inputs", "makes", "judges", "joint", "trained_with", "optimizer", "schedule", "ema", "init", "parametrize",
    "augment", "weights", "weights_skip", "output", "defaults", "layers",
)  # fmt: skip


def _plain(nodes: Mapping[str, Node]) -> dict[str, Any]:
    return {name: node.plain() for name, node in nodes.items()}


def _defaults(cls: type) -> dict[str, Any]:
    return filled.defaults(option_fields(cls))


def _root(spec: Spec, section: str) -> Any:
    node = spec.root.get(section)
    return node.plain() if node is not None else {}


class _Writer:
    """One function for each kind of table."""

    def __init__(self, spec: Spec, registry: Components) -> None:
        self.spec, self.registry, self.layers = spec, registry, Layers(spec, registry)

    def use(self, use: Use) -> dict[str, Any]:
        table = Node({"type": use.type, **use.options}, use.node.place, use.node.key)
        made = filled.component(self.registry, use.kind, table)
        return made if isinstance(made, dict) else {"type": made}

    def data(self) -> dict[str, Any]:
        order = {"sampler": self.use(self.spec.sampler)} if self.spec.sampler else {}
        return {**(self.use(self.spec.data) if self.spec.data else {}), **order}

    def block(self, name: str) -> dict[str, Any]:
        block = self.spec.blocks[name]
        table = block.node.plain() if isinstance(block.node.value, dict) else {}
        if block.params:
            table["params"] = self.layers.params(block)
        for key in ("layers", "shortcut"):
            if block.node.get(key) is not None and table[key] is not False:
                table[key] = self.layers.lines(block.node.get(key))
        return table

    def network(self, network: NetworkSpec) -> dict[str, Any]:
        off = ("makes", "judges", "ema")  # what would come by itself, and was switched off, must stay off
        table = {key: value for key, value in network.node.plain().items() if value is not False or key in off}
        kinds = {
            "optimizer": "optimizer", "schedule": "schedule", "init": "initializer",
            "parametrize": "parametrization", "augment": "augmentation", "ema": "curve",
        }  # fmt: skip
        for key, kind in kinds.items():
            node = network.node.get(key)
            if key in table and node is not None:
                table[key] = self._one_or_many(kind, node)
        if network.weights is not None:
            table["weights"] = filled.absolute(network.weights)
        if network.judges is not None:
            table["joint"] = network.joint
        table["defaults"] = self.layers.defaults(network.name)
        table["layers"] = self.layers.lines(network.node.get("layers"))
        return {key: table[key] for key in _NETWORK_KEYS if key in table and table[key] != {}}

    def loss(self, loss: LossSpec) -> dict[str, Any]:
        weight = 1.0 if loss.weight is None else self._one_or_many("curve", loss.weight)
        engine: dict[str, Any] = {"weight": weight, "every": loss.every.plain() if loss.every else 1, "fake": loss.fake}
        for key in ("generator", "discriminator", "trains"):
            node = loss.node.get(key)
            if node is not None and node.value is not False:
                engine[key] = node.plain()
        return {**self.use(loss.use), **engine}

    def metric(self, metric: Timed) -> dict[str, Any]:
        nodes = {"every": metric.every, "samples": metric.samples, "split": metric.split}
        written = {key: node.plain() for key, node in nodes.items() if node is not None}
        table = self.use(metric.use)
        return {**table, **METRIC_DEFAULTS, **self._own_every("metric", table["type"]), **written}

    def _own_every(self, kind: str, name: Any) -> dict[str, Any]:
        """How often a component of this class comes by itself, if it says so."""
        known = isinstance(name, str) and name in self.registry.kind(kind)
        every = getattr(self.registry.get(kind, name), "every", None) if known else None
        return {} if every is None else {"every": every}

    def hooks(self) -> dict[str, Any]:
        known = self.registry.kind("hook")
        hooks = {name: self._hook(hook) for name, hook in self.spec.hooks.items()}
        for name, kind in DEFAULT_HOOKS.items():
            if name not in hooks and name not in self.spec.removed_hooks and kind in known:
                place = self.spec.root.place
                node = Node(kind, place, place)
                hooks[name] = self._hook(Timed(name, Use("hook", node, {}, f"hooks.{name}", node), None))
        return {**hooks, **dict.fromkeys(self.spec.removed_hooks, False)}

    def _hook(self, hook: Timed) -> dict[str, Any]:
        table = self.use(hook.use)
        written = {"every": hook.every.plain()} if hook.every else {}
        return {**table, "every": 1, **self._own_every("hook", table["type"]), **written}

    def sample(self) -> dict[str, Any]:
        latents = {name: self.use(use) for name, use in self.spec.sample.latents.items()}
        options = {**_defaults(SampleOptions), **_plain(self.spec.sample.options)}
        return {**options, "latents": latents} if latents else options

    def _one_or_many(self, kind: str, node: Node) -> Any:
        if isinstance(node.value, list):
            return [self._one_or_many(kind, item) for item in node.value]
        return filled.component(self.registry, kind, node) if isinstance(node.value, (str, dict)) else node.plain()
