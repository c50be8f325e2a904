"""Names that clash, or lead nowhere, with what is only known later: the installed components, the open data."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ganframe.errors import Problem, did_you_mean
from ganframe.spec.convert import Components
from ganframe.spec.model import Block, NetworkSpec, Spec
from ganframe.spec.references import tensor_fault

STOCK = "ganframe"


def stock_faults(spec: Spec, registry: Components) -> list[Problem]:
    """Blocks and networks that bear the name of one of ganframe's own layers; those of third parties give way."""
    stock = {name for name, entry in registry.kind("layer").items() if entry.distribution == STOCK}
    both: list[Block | NetworkSpec] = [*spec.blocks.values(), *spec.networks.values()]
    return [
        Problem(one.node.key, one.path, f"'{one.name}' is a layer of ganframe; give it another name")
        for one in both
        if one.name in stock
    ]


def field_faults(spec: Spec, fields: Collection[str]) -> list[Problem]:
    """Names of networks, inputs, judged fields and batches that the data's fields make wrong."""
    problems = [
        Problem(network.node.key, network.path, f"'{name}' is a field of the data already")
        for name, network in spec.networks.items()
        if name in fields
    ]
    made = {name for network in spec.networks.values() for _, name in network.makes if name}
    for network in spec.networks.values():
        problems += _network_faults(spec, network, {*fields, *spec.latents, *made, *spec.networks}, {*fields, *made})
    for name, entries in spec.batches.items():
        for key, node in entries.items():
            if isinstance(node.value, str) and (fault := tensor_fault(spec, node.value, fields)):
                problems.append(Problem(node.place, f"batches.{name}.{key}", fault))
    return problems


def _network_faults(
    spec: Spec, network: NetworkSpec, known: Collection[str], judged: Collection[str]
) -> Iterable[Problem]:
    # A network that others use as a layer may read what only they hand to it.
    for i, node in enumerate(network.inputs) if network.name not in _used_as_layers(spec) else ():
        if "." not in node.value and node.value not in known:
            reach = did_you_mean(node.value, known) or f"; there are {', '.join(sorted(known))}"
            message = f"there is no field, latent or network '{node.value}'{reach}"
            yield Problem(node.place, f"{network.path}.inputs[{i}]", message)
    if network.judges and network.judges not in judged:
        node = network.node.value["judges"]
        reach = did_you_mean(network.judges, judged) or f"; there are {', '.join(sorted(judged))}"
        yield Problem(node.place, f"{network.path}.judges", f"there is no field '{network.judges}'{reach}")


def _used_as_layers(spec: Spec) -> set[str]:
    blocks = [(*block.layers, *(block.shortcut or ())) for block in spec.blocks.values()]
    lines = [line for group in (*(n.layers for n in spec.networks.values()), *blocks) for line in group]
    return {line.use.type.value for line in lines if isinstance(line.use.type.value, str)}
