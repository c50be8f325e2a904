"""`ganframe show`: a spec with everything written out, or its networks as Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import tomli
import tomli_w

from ganframe.cli.options import plugins_option, set_option, spec_argument
from ganframe.errors import did_you_mean

if TYPE_CHECKING:
    from ganframe.network import Network


@click.command()
@spec_argument
@click.option("--code", is_flag=True, help="The networks as plain PyTorch modules instead.")
@click.option("--network", metavar="NAME", help="This network only.")
@set_option
@plugins_option
def show(spec: Path, code: bool, network: str | None, overrides: tuple[str, ...], blocked: tuple[str, ...]) -> None:
    """Print SPEC as one legal spec after `extends`, `--set` and [vars], with every default written."""
    from ganframe.cli.check import planned
    from ganframe.cli.engine import registry_without

    made = planned(spec, overrides, registry_without(blocked))
    if network is not None and network not in made.networks:
        known = f"no network '{network}'; there are {', '.join(made.networks)}{did_you_mean(network, made.networks)}"
        raise click.BadParameter(known, param_hint="--network")
    if code:
        from ganframe.source import code as source

        print(source(made.networks if network is None else with_shared(made.networks[network]), spec.stem).rstrip())
        return
    from ganframe.spec.dump import resolved

    text = resolved(made.spec, made.registry)
    if network is not None:
        text = tomli_w.dumps({"networks": {network: tomli.loads(text)["networks"][network]}})
    print(text.rstrip())


def with_shared(network: Network) -> dict[str, Network]:
    """A network and those that its lines call by name, by name."""
    found = {network.name: network}
    for other in network.shared.values():
        found |= with_shared(other)
    return found
