"""`ganframe interpolate`: what lies between samples of a trained run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganframe.cli.options import (
    at_option,
    device_option,
    given_option,
    latents_option,
    out_option,
    plugins_option,
    run_argument,
    sampling_only,
    set_option,
    wire_option,
    with_device,
)

if TYPE_CHECKING:
    from torch import Tensor

    from ganframe.run import Run

_SEED = click.IntRange(min=0)


@click.command()
@run_argument
@click.option("--from", "start", type=_SEED, help="Seed of the samples at the beginning, as of `sample`; else 0.")
@click.option("--to", "end", type=_SEED, help="Seed of the samples at the end; else 1.")
@latents_option
@click.option("-n", "count", type=click.IntRange(min=1), help="Pairs, each a row; else 1, or all of --latents.")
@click.option("--steps", type=click.IntRange(min=2), help="Samples a pair, its two among them; else 9, in a film 30.")
@click.option(
    "--sphere/--straight", default=True, show_default=True,
    help="Along an arc, which keeps the length that normal latents have, or along a line. Classes mix along a line.",
)
@click.option("--label", help="A class, by index or name; `all`: each row another. Else that of each row's beginning.")
@click.option("--to-label", metavar="LABEL", help="The class at the end, for a mixture of two.")
@wire_option
@given_option
@at_option
@set_option
@out_option
@device_option
@plugins_option
def interpolate(
    run: str, start: int | None, end: int | None, latents: Path | None, count: int | None, steps: int | None,
    sphere: bool, label: str | None, to_label: str | None, wires: tuple[str, ...], given: tuple[str, ...], at: str,
    overrides: tuple[str, ...], out: Path, device: str | None, blocked: tuple[str, ...],
) -> None:
    """Draw what lies between samples of RUN, from those of one seed to those of another, into a file.

    With --latents, such as `sample` and `project` save: from each row of the file to the next. A `.png` has a row a
    pair; a `.gif` goes the way of all pairs at once, with --latents of one after the other; `.npy` and `.safetensors`
    hold the samples pair after pair.
    """
    if latents is not None and (start, end) != (None, None):
        raise click.BadParameter("it comes instead of --from and --to", param_hint="--latents")
    sampling_only(overrides)
    from ganframe import mixing
    from ganframe.cli import film
    from ganframe.cli.engine import opened
    from ganframe.cli.given import file_latents, given_values, labelled, wire_names
    from ganframe.given import shapes

    found = opened(run, at, with_device(overrides, device), blocked)
    as_film = out.suffix == film.SUFFIX and film.can_show(found)
    _check_suffix(found, out, as_film)
    base = given_values(found, (*given, *labelled(found, label)))
    goal = {**base, **given_values(found, labelled(found, to_label, "--to-label"))}
    kept = file_latents(found, latents) if latents is not None else {}
    rows = _rows(kept, latents, count)
    from_file = [{name: value[i : i + rows] for name, value in kept.items()} for i in (0, 1)]
    seeds = (start or 0, end if end is not None else 1) if latents is None else (0, 0)
    sampler, inner = found.sampler(), {*wire_names(found, wires), *(kept.keys() - shapes(found.plan).keys())}
    first, last = (
        mixing.ends(sampler, seed, mixing.whole(sampler, rows), {**values, **asked}, inner)
        for seed, values, asked in zip(seeds, from_file, (base, goal), strict=True)
    )
    said = {*kept, *(["label"] if to_label is not None else [])}
    steps = steps or (30 if as_film else 9)
    drawn = mixing.between(sampler, first, last, rows, steps, sphere=sphere, seed=seeds[0], said=said)
    if as_film:
        film.write(found, out, _ways(drawn[found.main], rows, in_turn=latents is not None))
    else:
        from ganframe import samplefile

        samplefile.save(found, out, drawn, steps)
    print(f"wrote: {out}")


def _check_suffix(run: Run, out: Path, as_film: bool) -> None:
    from ganframe import samplefile
    from ganframe.cli import film

    known = samplefile.suffixes(run)
    if not as_film and out.suffix not in known:
        there = ", ".join([*known, *([film.SUFFIX] if film.can_show(run) else [])])
        raise click.BadParameter(f"{out}: cannot write samples as '{out.suffix}'; there is {there}", param_hint="--out")


def _rows(kept: dict[str, Tensor], latents: Path | None, count: int | None) -> int:
    """How many pairs there are to be: in a file, every row with the next."""
    if latents is None:
        return count or 1
    there = min((len(value) for value in kept.values()), default=0)
    if there < 2 or (count or 1) > there - 1:
        wanted = (count or 1) + 1
        raise click.BadParameter(f"{latents} has {there} rows, fewer than {wanted}", param_hint="--latents")
    return count or there - 1


def _ways(values: Tensor, rows: int, *, in_turn: bool) -> Tensor:
    """Samples (rows * steps, ...) as (ways, frames, ...)."""
    return values.reshape(1 if in_turn else rows, -1, *values.shape[1:])
