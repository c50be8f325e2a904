"""`ganframe directions`: along which directions of the latent space samples change most."""

from __future__ import annotations

from pathlib import Path

import click

from ganframe.cli.options import (
    OUT,
    at_option,
    device_option,
    given_option,
    latents_option,
    plugins_option,
    run_argument,
    sampling_only,
    set_option,
    with_device,
)


@click.command()
@run_argument
@click.option(
    "--by", type=click.Choice(["sefa", "pca"]), default="sefa", show_default=True,
    help="From the weights of the layers that first take the latent, or from principal components of rows.",
)
@click.option("--of", "name", default="", metavar="NAME", help="A latent or inner value; else the mapped latent.")
@click.option("--layer", default="", metavar="NAME", help="pca: whose components are led back to a latent.")
@click.option("-k", "count", type=click.IntRange(min=1), default=5, show_default=True, help="How many.")
@click.option("--steps", type=click.IntRange(min=2), default=7, show_default=True, help="Samples along each direction.")
@click.option(
    "--reach", type=click.FloatRange(min=0, min_open=True), default=3.0, show_default=True,
    help="How far to either side, in standard deviations of the rows along the direction.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the sample in the middle.")
@click.option("--label", help="The class of the sample in the middle, by index or name.")
@latents_option
@given_option
@click.option("--save", type=OUT, help="Write the directions, their strengths and spreads as a .safetensors file.")
@click.option("--out", type=OUT, help="Write samples along the directions, a row each; the ending says the format.")
@at_option
@set_option
@device_option
@plugins_option
def directions(
    run: str, by: str, name: str, layer: str, count: int, steps: int, reach: float, seed: int, label: str | None,
    latents: Path | None, given: tuple[str, ...], save: Path | None, out: Path | None, at: str,
    overrides: tuple[str, ...], device: str | None, blocked: tuple[str, ...],
) -> None:
    """Find the directions of RUN's latent space along which samples change most, and draw samples along them.

    `sefa` takes the singular vectors of the weights that first read the latent (arXiv:2007.06600), `pca` the principal
    components of rows (GANSpace, arXiv:2004.02546).
    """
    sampling_only(overrides)
    from ganframe import samplefile
    from ganframe.cli.engine import opened
    from ganframe.cli.given import file_latents, given_values, labelled

    if save is not None:
        samplefile.check_arrays(save)
    found = opened(run, at, with_device(overrides, device), blocked)
    if out is not None:
        samplefile.check(found, out)
    asked = given_values(found, (*given, *labelled(found, label)))
    ways = found.directions(by, count, name, layer, asked)
    print(f"directions of {ways.name} by {by}: strengths {', '.join(f'{s:.3g}' for s in ways.strengths.tolist())}")
    if save is not None:
        samplefile.save_arrays(save, ways.tensors())
        print(f"wrote: {save}")
    if out is not None:
        middle = {**(file_latents(found, latents) if latents is not None else {}), **asked}
        drawn = found.walk(ways, reach, steps, seed, middle)
        samplefile.save(found, out, drawn, steps)
        print(f"wrote: {out}")
