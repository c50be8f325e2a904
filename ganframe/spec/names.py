"""Names that clash, or lead nowhere, with what is only known later: the installed components, the open data."""

from __future__ import annotations

from collections.abc import Collection

from ganframe.errors import Problem, did_you_mean
from ganframe.spec.convert import Components
from ganframe.spec.model import Block, NetworkSpec, Spec

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
    """Networks that bear the name of a field of the data, and judged fields that are none."""
    made = {name for network in spec.networks.values() for _, name in network.makes if name}
    known = sorted({*fields, *made})
    problems = []
    for name, network in spec.networks.items():
        if name in fields:
            problems.append(Problem(network.node.key, network.path, f"'{name}' is a field of the data already"))
        if network.judges and network.judges not in known:
            reach = did_you_mean(network.judges, known) or f"; there are {', '.join(known)}"
            place = network.node.value["judges"].place
            problems.append(Problem(place, f"{network.path}.judges", f"there is no field '{network.judges}'{reach}"))
    return problems
