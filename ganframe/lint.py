"""Every line's type and options looked at once, whatever is wrong elsewhere, so that one go shows all faults."""

from __future__ import annotations

import attrs

from ganframe.errors import did_you_mean
from ganframe.lines import no_parameter
from ganframe.parts import Parts
from ganframe.registry import Registry, Unknown
from ganframe.spec.convert import Env
from ganframe.spec.model import Block, Line, Node, Spec

_LATER = "later"


def lines(spec: Spec, registry: Registry, parts: Parts) -> None:
    """Record what is wrong with a line by itself: unknown types and options, values of another type, bounds.

    What hangs on a block's parameters, on `for` or on data that could not be opened is left to the compiler.
    """
    look = _Look(spec, registry, parts)
    for network in spec.networks.values():
        own = {kind: tuple(node.value) for kind, node in network.defaults.items()}
        for line in network.layers:
            look.line(line, parts.env, own)
    shared: dict[str, tuple[str, ...]] = {}
    for network in spec.networks.values():
        for kind, node in network.defaults.items():
            shared[kind] = (*shared.get(kind, ()), *node.value)
    later = Env({}, parts.env, frozenset({_LATER, *(name for block in spec.blocks.values() for name in block.params)}))
    for block in spec.blocks.values():
        for line in (*block.layers, *(block.shortcut or ())):
            look.line(line, later, shared)


@attrs.frozen
class _Look:
    spec: Spec
    registry: Registry
    parts: Parts

    def line(self, line: Line, env: Env, defaults: dict[str, tuple[str, ...]]) -> None:
        name = line.use.type.value
        if not isinstance(name, str) or name.startswith("$") or "type" in line.each:
            return
        if name in self.spec.blocks:
            self._block(self.spec.blocks[name], line)
        elif name.partition(".")[0] not in self.spec.networks:
            self._layer(line, env, defaults.get(name, ()), name)

    def _block(self, block: Block, line: Line) -> None:
        for key, node in {**line.use.options, **line.each}.items():
            if key not in block.params and key not in ("as", "from", "init", "parametrize", "defaults"):
                message = no_parameter(block, key)
                self.spec.problem(node, f"{line.path}.{key}", message, key=True)

    def _layer(self, line: Line, env: Env, defaults: tuple[str, ...], name: str) -> None:
        try:
            self.registry.get("layer", name)
        except Unknown as unknown:
            near = did_you_mean(name, [*self.spec.blocks, *self.spec.networks])
            message = str(unknown) if "did you mean" in str(unknown) or not near else f"unknown layer '{name}'{near}"
            self.spec.problem(line.use.type, line.path, message)
            return
        later = Node(f"${_LATER}", line.use.node.place, line.use.node.place)
        engine = ("as", "from", "init", "parametrize", "defaults")
        given = {key: later for key in (*defaults, *line.each) if key not in engine}
        use = attrs.evolve(line.use, options={**given, **line.use.options})
        self.parts.resolver.layer(use, Env({}, env, frozenset({_LATER})))
