"""`ganframe new`: a spec to start from."""

from __future__ import annotations

from pathlib import Path

import click

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--template", type=click.Choice(["digits", "points", "images"]), default="digits", show_default=True,
    help="digits: 8x8 pictures with labels. points: a ring of Gaussians. images: a folder of pictures.",
)
def new(file: Path, template: str) -> None:
    """Write a commented spec to FILE, ready to run and to change."""
    text = (_TEMPLATES / f"{template}.toml").read_text(encoding="utf-8")
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise click.BadParameter(f"'{file}' exists; it is left as it is", param_hint="FILE") from None
    except FileNotFoundError:
        raise click.BadParameter(f"there is no folder '{file.parent}'", param_hint="FILE") from None
    print(f"wrote: {file}")
    print(f"next: ganframe check {file}")
    print(f"next: ganframe run {file}")
