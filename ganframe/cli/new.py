"""`ganframe new`: a spec to start from."""

from __future__ import annotations

from pathlib import Path

import click

from ganframe.cli.options import plugins_option, type_option
from ganframe.cli.texts import TEMPLATES


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--template", type=click.Choice(["digits", "points", "images"]), default="digits", show_default=True,
    help="digits: 8x8 pictures with labels. points: a ring of Gaussians. images: a folder of pictures.",
)
@click.option(
    "--data", metavar="DIR_OR_FILE", type=click.Path(path_type=Path, exists=True),
    help="Data to write the spec for: it is chosen and sized by what is there, as `ganframe data check` sees it.",
)
@type_option
@plugins_option
@click.pass_context
def new(
    ctx: click.Context, file: Path, template: str, data: Path | None, wanted: str | None, blocked: tuple[str, ...]
) -> None:
    """Write a commented spec to FILE, ready to run and to change."""
    given = ctx.get_parameter_source("template") is not click.core.ParameterSource.DEFAULT
    if data is not None and given:
        raise click.BadParameter("it comes instead of --template", param_hint="--data")
    if wanted is not None and data is None:
        raise click.BadParameter("it goes with --data", param_hint="--type")
    _check_free(file)
    text = TEMPLATES.joinpath(f"{template}.toml").read_text(encoding="utf-8")
    if data is not None:
        text = made(file, data, wanted, blocked)
    with file.open("x", encoding="utf-8") as out:
        out.write(text)
    print(f"wrote: {file}")
    print(f"next: ganframe check {file}")
    print(f"next: ganframe run {file}")


def made(file: Path, data: Path, wanted: str | None, blocked: tuple[str, ...]) -> str:
    """A spec for the data, with their path as the spec's folder sees it."""
    from ganframe.cli.engine import registry_without, warn_of_plugins
    from ganframe.cli.finding import found_at
    from ganframe.cli.recipe import spec

    registry = registry_without(blocked)
    finding = found_at(registry, data, wanted)
    warn_of_plugins(registry)
    return spec(finding, file.absolute().parent)


def _check_free(file: Path) -> None:
    if file.exists():
        raise click.BadParameter(f"'{file}' exists; it is left as it is", param_hint="FILE")
    if not file.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder '{file.parent}'", param_hint="FILE")
