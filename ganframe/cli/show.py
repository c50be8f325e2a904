"""`ganframe show`: a spec with everything written out, or the Python code that its networks run."""

from __future__ import annotations

from pathlib import Path

import click
import tomli
import tomli_w

from ganframe.cli.options import plugins_option, set_option, spec_argument
from ganframe.errors import did_you_mean


@click.command()
@spec_argument
@click.option("--code", is_flag=True, help="The straight-line Python of each network's forward pass.")
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
        for name in [network] if network is not None else made.networks:
            print(f"# networks.{name}")
            print("\n".join(piece.source for piece in made.networks[name].program(()).pieces))
        return
    from ganframe.spec.dump import resolved

    text = resolved(made.spec, made.registry, made.parts.device)
    if network is not None:
        text = tomli_w.dumps({"networks": {network: tomli.loads(text)["networks"][network]}})
    print(text.rstrip())
