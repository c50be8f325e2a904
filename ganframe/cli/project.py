"""`ganframe project`: the latents of given samples."""

from __future__ import annotations

from pathlib import Path

import click

from ganframe.cli.options import (
    at_option,
    device_option,
    given_option,
    plugins_option,
    run_argument,
    sampling_only,
    set_option,
    wire_option,
    with_device,
)


def _numbers(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, ...]:
    if value is None:
        return ()
    parts = value.replace(",", " ").split()
    if not parts or not all(part.isdecimal() for part in parts):
        raise click.BadParameter(f"'{value}' must be numbers of rows, such as 0,5,9")
    return tuple(map(int, parts))


@click.command()
@run_argument
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--rows", callback=_numbers, metavar="0,5,9", help="Rows of the run's own data instead of files.")
@click.option("--label", help="The class of all, by index or name; searched for too where left out.")
@given_option
@wire_option
@click.option("--steps", type=click.IntRange(min=1), default=300, show_default=True, help="Steps of Adam.")
@click.option("--lr", type=click.FloatRange(min=0, min_open=True), default=0.1, show_default=True, help="First rate.")
@click.option(
    "--features", type=click.FloatRange(min=0), default=0.1, show_default=True,
    help="Weight of the distance in the discriminators' layers, beside that of the values.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="A new or empty folder.")
@at_option
@set_option
@device_option
@plugins_option
def project(
    run: str, files: tuple[Path, ...], rows: tuple[int, ...], label: str | None, given: tuple[str, ...],
    wires: tuple[str, ...], steps: int, lr: float, features: float, out: Path, at: str, overrides: tuple[str, ...],
    device: str | None, blocked: tuple[str, ...],
) -> None:
    """Find the latents of RUN whose samples come nearest to FILES, which are read as the run's kind of samples.

    The folder gets `latents.safetensors`, which `sample`, `interpolate` and `mix` take, the rebuilt samples, a file
    each and, where they are pictures, beside the given ones in one; and `errors.csv`: mean squared differences. What
    is searched for is --wire, else what a mapping network makes, else the latents. The same call finds the same.
    """
    sampling_only(overrides)
    from ganframe.cli import projection
    from ganframe.cli.engine import opened
    from ganframe.cli.given import given_values, labelled, wire_names

    if bool(files) == bool(rows):
        raise click.BadParameter("name either files or --rows", param_hint="FILES")
    found = opened(run, at, with_device(overrides, device), blocked)
    targets = projection.from_files(found, files) if files else projection.from_data(found, rows)
    asked = given_values(found, (*given, *labelled(found, label)))
    inner = wire_names(found, wires)
    projection.folder(out)
    result = found.project(targets.values, inner, asked, steps=steps, lr=lr, features=features)
    for path in projection.write(found, out, targets, result):
        print(f"wrote: {path}")
    before, after = result.before.mean().item(), result.errors.mean().item()
    print(f"mean squared difference {after:.4g}; {before:.4g} for the nearest of the samples drawn first")
