"""`ganframe mix`: style mixing, samples with some layers' latents of others."""

from __future__ import annotations

from pathlib import Path

import click

from ganframe.cli.options import (
    at_option,
    device_option,
    given_option,
    out_option,
    plugins_option,
    run_argument,
    sampling_only,
    set_option,
    with_device,
)

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_SEED = click.IntRange(min=0)


def _layers(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, int | None]:
    first, colon, last = value.partition(":")
    if not first.isdecimal() or (last and not last.isdecimal()):
        raise click.BadParameter(f"'{value}' must be FIRST:END, such as 4: or 0:4; the layer END is left out")
    return int(first), int(last) if last else None if colon else int(first) + 1


@click.command()
@run_argument
@click.option("--wire", "name", required=True, metavar="NAME", help="A latent, or an inner value such as generator.ws.")
@click.option(
    "--layers", required=True, callback=_layers, metavar="FIRST:END",
    help="The layers (the first axis of NAME) that come from the columns: 4: from the fifth on, 0:4 the first four.",
)
@click.option("-n", "count", type=click.IntRange(min=1), default=4, show_default=True, help="Rows, and columns.")
@click.option("--rows", "row_file", type=_FILE, help="Latents of the rows, as `sample --save-latents` writes.")
@click.option("--columns", "column_file", type=_FILE, help="Latents of the columns.")
@click.option("--from", "start", type=_SEED, default=0, show_default=True, help="Seed of the rows, without --rows.")
@click.option("--to", "end", type=_SEED, default=1, show_default=True, help="Seed of the columns, without --columns.")
@click.option("--label", help="The class of all, by index or name; else each row's own.")
@given_option
@at_option
@set_option
@out_option
@device_option
@plugins_option
def mix(
    run: str, name: str, layers: tuple[int, int | None], count: int, row_file: Path | None, column_file: Path | None,
    start: int, end: int, label: str | None, given: tuple[str, ...], at: str, overrides: tuple[str, ...], out: Path,
    device: str | None, blocked: tuple[str, ...],
) -> None:
    """Draw every pair of some row samples and some column samples of RUN, crossed at a layer, into a file.

    A pair has the row's latents, but those of --layers from the column. In a picture the samples that are crossed stand
    at the left and on top, the mixed ones in the middle; arrays hold the mixed ones, row after row.
    """
    sampling_only(overrides)
    from ganframe import samplefile
    from ganframe.cli import crossing
    from ganframe.cli.engine import opened
    from ganframe.cli.given import file_latents, given_values, labelled, wire_names

    found = opened(run, at, with_device(overrides, device), blocked)
    samplefile.check(found, out)
    wire_names(found, [name])
    asked = given_values(found, (*given, *labelled(found, label)))
    sides = [
        {**(file_latents(found, file, hint) if file is not None else {}), **asked}
        for file, hint in ((row_file, "--rows"), (column_file, "--columns"))
    ]
    crossing.write(found, out, sides, (start, end), name, layers, count)
    print(f"wrote: {out}")
