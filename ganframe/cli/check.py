"""`ganframe check`: build everything a spec names, without training or allocating."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from ganframe.cli.errors import tell
from ganframe.cli.options import plugins_option, set_option
from ganframe.cli.specs import SpecParameter
from ganframe.errors import SpecError

if TYPE_CHECKING:
    from ganframe.plan import Plan
    from ganframe.registry import Registry


@click.command()
@click.argument("specs", metavar="SPEC...", type=SpecParameter(), nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a spec, one a line.")
@click.option("--fit", is_flag=True, help="Also say into how many parts a batch must be split to fit into memory.")
@set_option
@plugins_option
def check(
    specs: tuple[Path, ...], as_json: bool, fit: bool, overrides: tuple[str, ...], blocked: tuple[str, ...]
) -> int:
    """Build each SPEC without training: shapes, parameters, cost, and every error at once."""
    from ganframe.cli.engine import registry_without, warn_of_plugins

    registry, status = registry_without(blocked), 0
    for spec in specs:
        try:
            made = planned(spec, overrides, registry)
        except SpecError as error:
            status = tell(error)
            continue
        for warning in made.spec.warnings:
            print(f"warning: {warning}", file=sys.stderr)
        print(json.dumps(summary(made))) if as_json else _print(made)
        if fit:
            _print_fit(made)
    warn_of_plugins(registry)
    return status


def planned(spec: Path, overrides: tuple[str, ...], registry: Registry) -> Plan:
    """The plan of a spec. Raises SpecError with every fault of its text and of what it means."""
    from ganframe.plan import plan
    from ganframe.spec.read import read

    return plan(read(spec, overrides), registry)


def summary(made: Plan) -> dict[str, object]:
    """What `--json` prints: parameters and output shapes of each network."""
    return {
        "networks": {
            name: {"parameters": made.parameters(name), "output": made.output(name)} for name in made.networks
        }
    }


def _print(made: Plan) -> None:
    from ganframe import estimate
    from ganframe.cli.tables import network_table, show, size

    print(f"spec: {made.spec.path}")
    for name in made.networks:
        print()
        show(network_table(made, name))
    memory = estimate.memory(made)
    parts = ", ".join(f"{part} {size(bytes_)}" for part, bytes_ in attrs.asdict(memory).items())
    print(f"\npeak memory: about {size(memory.total)} ({parts})")


def _print_fit(made: Plan) -> None:
    from ganframe import device, estimate
    from ganframe.cli.tables import size

    limit = device.choose(made.parts.device).memory_limit()
    parts = estimate.fit(made, limit)
    if parts is None:
        print(f"does not fit into {size(limit)}, in whatever parts the batch is split")
        return
    rows = made.parts.run.batch_size // parts
    print(f"fits into {size(limit)} with run.accumulate = {parts} (batches of {rows} rows at a time)")
