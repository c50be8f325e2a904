"""Names that must exist, as far as that is known without opening the data or asking a plugin."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ganframe.errors import did_you_mean
from ganframe.spec.model import LossSpec, NetworkSpec, Node, Spec
from ganframe.spec.wires import bound

BATCHES = ("real", "fake")


def check(spec: Spec) -> None:
    """Record every name that leads nowhere and every name that two things bear."""
    _namespace(spec)
    for network in spec.networks.values():
        _network(spec, network)
    for name, entries in spec.batches.items():
        for key, node in entries.items():
            if isinstance(node.value, str) and (fault := tensor_fault(spec, node.value)):
                spec.problem(node, f"batches.{name}.{key}", fault)
    for loss in spec.losses.values():
        _loss(spec, loss)
    for phase in spec.phases.values():
        table = spec.root.value["phases"].value[phase.name]
        _each(spec, table, phase.path, "losses", spec.losses, "loss")
        _trained(spec, table, phase.path)
    for name, use in spec.sample.latents.items():
        if name not in spec.latents:
            spec.problem(use.node, f"sample.latents.{name}", _unknown("latent", name, spec.latents), key=True)
    _keep_best(spec)


def tensor_fault(spec: Spec, text: str) -> str | None:
    """Why "BATCH.NAME" or "BATCH.NETWORK.WIRE" is no tensor of this spec, or None; NAME may be a field of the data."""
    batch, _, rest = text.partition(".")
    if batch not in BATCHES and batch not in spec.batches:
        return _unknown("batch", batch, [*BATCHES, *spec.batches])
    network, dot, wire = rest.partition(".")
    return _wire_fault(spec, network, wire) if dot else None


def generators(spec: Spec) -> list[str]:
    """The networks that make something in `fake`."""
    return [n.name for n in spec.networks.values() if any(batch == "fake" for batch, _ in n.makes)]


def discriminators(spec: Spec) -> list[str]:
    """The networks that judge."""
    return [n.name for n in spec.networks.values() if n.judges is not None]


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    known = sorted(known)
    reach = f"; there are {', '.join(known)}" if known else "; there is none"
    return f"there is no {what} '{name}'{did_you_mean(name, known) or reach}"


def _namespace(spec: Spec) -> None:
    for name, network in spec.networks.items():
        if name in spec.blocks:
            spec.problem(network.node, network.path, f"'{name}' is a block already", key=True)
        if name in spec.latents:
            spec.problem(network.node, network.path, f"'{name}' is a latent already", key=True)
        for _, made in network.makes:
            if made in spec.networks:
                spec.problem(_at(network, "makes"), f"{network.path}.makes", f"'{made}' is a network already")
    makers: dict[str, str] = {}
    for network in spec.networks.values():
        for made in [made for batch, made in network.makes if batch == "real"]:
            if made in makers:
                message = f"'real.{made}' is made by '{makers[made]}' already"
                spec.problem(_at(network, "makes"), f"{network.path}.makes", message)
            makers.setdefault(made, network.name)


def _at(network: NetworkSpec, key: str) -> Node:
    return network.node.get(key) or network.node


def _network(spec: Spec, network: NetworkSpec) -> None:
    for i, node in enumerate(network.inputs):
        first, dot, wire = node.value.partition(".")
        if dot and first not in BATCHES and first not in spec.batches and (fault := _wire_fault(spec, first, wire)):
            spec.problem(node, f"{network.path}.inputs[{i}]", fault)
        elif node.value == network.name:
            spec.problem(node, f"{network.path}.inputs[{i}]", f"'{network.name}' cannot read its own output")
    leader = network.trained_with
    if leader is None:
        return
    node, path = _at(network, "trained_with"), f"{network.path}.trained_with"
    if leader not in spec.networks:
        spec.problem(node, path, _unknown("network", leader, spec.networks))
    elif leader == network.name:
        spec.problem(node, path, "a network cannot be trained with itself; give it an optimizer")
    elif not _writes(spec.networks[leader], "optimizer"):
        spec.problem(node, path, f"'{leader}' has no optimizer of its own to join")
    elif network.optimizer is None and _opposed(spec, network.name, leader):
        spec.problem(node, path, f"'{network.name}' and '{leader}' play against each other: each needs an optimizer")


def _opposed(spec: Spec, one: str, other: str) -> bool:
    """Whether one of two networks makes something in `fake` and the other judges."""
    makes, judges = generators(spec), discriminators(spec)
    return (one in makes and other in judges) or (other in makes and one in judges)


def _wire_fault(spec: Spec, name: str, wire: str) -> str | None:
    if name not in spec.networks:
        return _unknown("network", name, spec.networks)
    names = bound(spec, spec.networks[name].layers)
    if names is None or wire in names or spec.networks[name].torn is not None:
        return None
    return f"network '{name}' binds no wire '{wire}'{did_you_mean(wire, names) or _binds(names)}"


def _binds(names: Collection[str]) -> str:
    return f"; it binds {', '.join(sorted(names))}" if names else '; name a line of it with as = "..."'


def _loss(spec: Spec, loss: LossSpec) -> None:
    pairs = ("generator", loss.generator, generators(spec)), ("discriminator", loss.discriminator, discriminators(spec))
    for key, name, known in pairs:
        if name is not None and name not in known:
            spec.problem(loss.node.value[key], f"{loss.path}.{key}", _unknown(key, name, known))
    if loss.fake not in BATCHES and loss.fake not in spec.batches:
        known = ["fake", *spec.batches]
        spec.problem(loss.node.value["fake"], f"{loss.path}.fake", _unknown("batch", loss.fake, known))
    _trained(spec, loss.node, loss.path)


def _trained(spec: Spec, table: Node, path: str) -> None:
    """Every name of `trains` must be a network that has a way to be trained."""
    _each(spec, table, path, "trains", spec.networks, "network")
    for i, node in _strings(table, "trains"):
        network = spec.networks.get(node.value)
        if network is not None and not _writes(network, "optimizer") and not _writes(network, "trained_with"):
            message = f"'{node.value}' is frozen: it has neither `optimizer` nor `trained_with`"
            spec.problem(node, f"{path}.trains[{i}]", message)


def _writes(network: NetworkSpec, key: str) -> bool:
    """True where a key is there and not off, be it right or wrong."""
    node = network.node.get(key)
    return node is not None and node.value is not False


def _each(spec: Spec, table: Node, path: str, key: str, known: Collection[str], what: str) -> None:
    seen: set[str] = set()
    for i, node in _strings(table, key):
        if node.value not in known:
            spec.problem(node, f"{path}.{key}[{i}]", _unknown(what, node.value, known))
        elif node.value in seen:
            spec.problem(node, f"{path}.{key}[{i}]", f"'{node.value}' is named twice")
        seen.add(node.value)


def _strings(table: Node, key: str) -> list[tuple[int, Node]]:
    node = table.get(key)
    items = node.value if node is not None and isinstance(node.value, list) else []
    return [(i, item) for i, item in enumerate(items) if isinstance(item.value, str)]


def _keep_best(spec: Spec) -> None:
    node = spec.run.get("keep_best")
    if node is None or not isinstance(node.value, str) or not node.value:
        return
    name, dot, figure = node.value.partition(".")
    if not dot or not figure:
        spec.problem(node, "run.keep_best", f'expected "METRIC.figure", found \'{node.value}\'')
    elif name not in spec.metrics:
        spec.problem(node, "run.keep_best", _unknown("metric", name, spec.metrics))
