"""A network's program with some of its inner values given or changed: what a latent tool does to a wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, fx

from ganframe.network import Network

Change = Callable[[Tensor], Tensor]


class Patched:
    """Stands for a network's `Program`; nodes in `given` have these values, those in `changed` go through a function.

    It interprets the graph, computing what a target needs and neither is given nor was computed before; every module
    is called, so that hooks on modules fire. The network's inputs are neither given nor changed here.
    """

    def __init__(
        self, network: Network, given: Mapping[str, Tensor] | None = None, changed: Mapping[str, Change] | None = None
    ) -> None:
        self._network = network
        self._given = dict(given or {})
        self._changed = dict(changed or {})
        self.route = {node.name: node for node in network.graph.nodes if node.op != "output"}

    def reach(self, values: dict[str, Any], target: str) -> Any:
        """The value of a node; `values` holds the inputs and what was computed before, and is added to."""
        for name in self._needed(values, target):
            values[name] = self._value(self.route[name], values)
        return values[target]

    def _needed(self, values: Mapping[str, Any], target: str) -> list[str]:
        """Nodes that are to be computed, in order."""
        found: set[str] = set()
        rest = [target]
        while rest:
            name = rest.pop()
            if name in found or name in values:
                continue
            found.add(name)
            if name not in self._given:
                rest += [node.name for node in self.route[name].all_input_nodes]
        return [name for name in self.route if name in found]

    def _value(self, node: fx.Node, values: Mapping[str, Any]) -> Any:
        if node.name in self._given:
            return self._given[node.name]
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), lambda n: values[n.name])
        call: Any = self._network.find(str(node.target)) if node.op == "call_module" else node.target
        value = call(*args, **kwargs)
        return self._changed[node.name](value) if node.name in self._changed else value
