"""`ganframe data`: what a folder or file holds, and how a spec reads it."""

from __future__ import annotations

from pathlib import Path

import click

from ganframe.cli.group import WholeGroup
from ganframe.cli.options import plugins_option, type_option

_SHOWN = 20


@click.group(cls=WholeGroup)
def data() -> None:
    """Look at data before they are trained on."""


@data.command("check")
@click.argument("path", metavar="DIR_OR_FILE", type=click.Path(path_type=Path, exists=True))
@type_option
@plugins_option
def check_data(path: Path, wanted: str | None, blocked: tuple[str, ...]) -> None:
    """Tell what DIR_OR_FILE holds, file by file, what is odd about it, and print the [data] table that reads it.

    A folder or zip archive of pictures (each is decoded), of sounds, films, point clouds or texts, a table, a long
    series, IDX files, .npy, .npz, .safetensors, HDF5, a folder saved by Hugging Face's `datasets`; plugins add others.
    """
    from ganframe.cli.engine import registry_without, warn_of_plugins
    from ganframe.cli.finding import found_at, opened, table, told_rows

    registry = registry_without(blocked)
    finding = found_at(registry, path, wanted)
    warn_of_plugins(registry)
    for what, text in finding.survey.found.items():
        print(f"{what}: {text}")
    for line in finding.survey.odd[:_SHOWN]:
        print(f"odd: {line}")
    if len(finding.survey.odd) > _SHOWN:
        print(f"odd: {len(finding.survey.odd) - _SHOWN:,} more")
    for what, text in told_rows(opened(finding)).items():
        print(f"{what}: {text}")
    for name in finding.others:
        print(f"also: {name} can read it; --type {name} tells how")
    print(f"\n{table(finding)}", end="")
