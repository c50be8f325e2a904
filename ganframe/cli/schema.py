"""`ganframe schema`: a JSON Schema of specs, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ganframe.cli.options import plugins_option


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file; standard output unless given.")
@plugins_option
def schema(out: Path | None, blocked: tuple[str, ...]) -> None:
    """Print a JSON Schema of everything that a spec may say with the plugins installed.

    An editor that reads the first line `#:schema ganframe.schema.json` of a spec completes and explains every key.
    """
    from ganframe import disk
    from ganframe.cli.engine import registry_without, warn_of_plugins
    from ganframe.spec.schema import schema as made

    registry = registry_without(blocked)
    text = json.dumps(made(registry), indent=1, ensure_ascii=False) + "\n"
    warn_of_plugins(registry)
    if out is None:
        print(text, end="")
        return
    disk.write(out, text.encode())
    print(f"wrote: {out}")
