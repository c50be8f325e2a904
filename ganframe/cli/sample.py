"""`ganframe sample`: samples of a trained run as a file."""

from __future__ import annotations

from pathlib import Path

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
    with_device,
)


@click.command()
@run_argument
@click.option("-n", "count", type=click.IntRange(min=1), help="How many; else 64, or as many as --latents has.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the latents.")
@click.option("--label", help="A class, by index or name; `all` takes every class in turn. Short for --given label=...")
@given_option
@latents_option
@at_option
@set_option
@out_option
@device_option
@plugins_option
def sample(
    run: str, count: int | None, seed: int, label: str | None, given: tuple[str, ...], latents: Path | None, at: str,
    overrides: tuple[str, ...], out: Path, device: str | None, blocked: tuple[str, ...],
) -> None:
    """Draw samples from RUN into a file.

    `.npy` and `.safetensors` hold them in model range; other endings are the modality's: a `.png` shows several
    samples in one picture. The first ten of `-n 100` are those of `-n 10`. `--set` overrides [sample] and [device].
    """
    from ganframe.cli.engine import opened
    from ganframe.cli.given import file_latents, given_values

    sampling_only(overrides)
    found = opened(run, at, with_device(overrides, device), blocked)
    values = file_latents(found, latents) if latents is not None else {}
    rows = min((len(value) for value in values.values()), default=64)
    if values and count is not None and count > rows:
        raise click.BadParameter(f"{latents} has {rows} rows, fewer than {count}", param_hint="-n")
    texts = (*given, *([f"label={label}"] if label is not None else []))
    found.write(out, count or rows, seed, {**values, **given_values(found, texts)})
    print(f"wrote: {out}")
