"""`ganframe sample`: samples of a trained run as a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganframe.cli.options import (
    OUT,
    at_option,
    device_option,
    given_option,
    latents_option,
    plugins_option,
    printed_option,
    run_argument,
    sampling_only,
    set_option,
    wire_option,
    with_device,
)

if TYPE_CHECKING:
    from torch import Tensor

    from ganframe.run import Run


@click.command()
@run_argument
@click.option("-n", "count", type=click.IntRange(min=1), help="How many; else 64, or as --latents or texts have.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the latents.")
@click.option("--label", help="A class, by index or name; a mixture such as 3+8 or 3:0.7+8:0.3; `all`: each in turn.")
@given_option
@latents_option
@click.option("--save-latents", type=OUT, help="Also write what the samples are drawn from, as a .safetensors file.")
@wire_option
@click.option("--truncation", type=click.FloatRange(min=0), metavar="SHARE", help="How far from the mean, 1 is all.")
@at_option
@set_option
@printed_option
@device_option
@plugins_option
def sample(
    run: str, count: int | None, seed: int, label: str | None, given: tuple[str, ...], latents: Path | None,
    save_latents: Path | None, wires: tuple[str, ...], truncation: float | None, at: str, overrides: tuple[str, ...],
    out: Path | None, device: str | None, blocked: tuple[str, ...],
) -> None:
    """Draw samples from RUN into a file; those that are text are printed without `--out`.

    `.npy` and `.safetensors` hold them in model range; other endings are the modality's: a `.png` shows several
    samples in one picture. The first ten of `-n 100` are those of `-n 10`. `--set` overrides [sample] and [device].
    `--given NAME=FOLDER` makes something of every file in a folder and writes it under the file's name into `--out`.
    """
    from ganframe import samplefile
    from ganframe.cli.engine import opened
    from ganframe.cli.folders import folders_of, through
    from ganframe.cli.given import file_latents, given_values, labelled, rows_of_text, wire_names

    sampling_only(overrides)
    if save_latents is not None:
        samplefile.check_arrays(save_latents)
    overrides = overrides if truncation is None else (*overrides, f"sample.truncation={truncation}")
    found = opened(run, at, with_device(overrides, device), blocked)
    folders, given = folders_of(given)
    said_of = (*given, *labelled(found, label))
    if folders:
        named = {"-n": count, "--latents": latents, "--save-latents": save_latents, "--wire": wires or None}
        others = [name for name, value in named.items() if value is not None]
        through(found, folders, out, given_values(found, said_of), seed, others)
        return
    values = file_latents(found, latents) if latents is not None else {}
    most = min((len(value) for value in values.values()), default=None)
    if most is not None and count is not None and count > most:
        raise click.BadParameter(f"{latents} has {most} rows, fewer than {count}", param_hint="-n")
    said = given_values(found, said_of)
    rows = count or most or rows_of_text(found, said) or 64
    asked, inner = {**values, **said}, wire_names(found, wires)
    if out is None:
        drawn = found.draw(rows, seed, asked, inner)
        _print(found, drawn)
    else:
        drawn = found.write(out, rows, seed, asked, inner)
        print(f"wrote: {out}")
    if save_latents is not None:
        samplefile.save_latents(found, save_latents, drawn)
        print(f"wrote: {save_latents}")


def _print(run: Run, drawn: Mapping[str, Tensor]) -> None:
    """Print samples whose view writes lines; click.BadParameter where it does not."""
    view = run.view(run.main)
    if not hasattr(view, "lines"):
        raise click.BadParameter("these samples cannot be printed; give it a file", param_hint="--out")
    print("\n".join(view.lines(drawn[run.main], run.fields.get(run.main), run.facts)))
