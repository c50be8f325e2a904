"""`ganframe sample`: samples of a trained run as a file."""

from __future__ import annotations

from pathlib import Path

import click

from ganframe.cli.options import at_option, device_option, plugins_option, run_argument, set_option, with_device


@click.command()
@run_argument
@click.option("-n", "count", type=click.IntRange(min=1), help="How many; else 64, or as many as --latents has.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the latents.")
@click.option("--label", help="A class, by index or name; `all` takes every class in turn. Short for --given label=...")
@click.option(
    "--given", multiple=True, metavar="NAME=VALUE",
    help="A latent or field: a class, a number, an array such as [0.1, 0.2], or a file that its view reads.",
)
@click.option(
    "--latents", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A .safetensors file with tensors (N, ...) by the latents' names, such as `sample` writes.",
)
@at_option
@set_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file; its ending says the format.")
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

    for text in overrides:
        if text.partition(".")[0] not in ("sample", "device"):
            raise click.BadParameter(f"'{text}': a trained run takes sample.* and device.* only", param_hint="--set")
    if not out.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder '{out.parent}'", param_hint="--out")
    found = opened(run, at, with_device(overrides, device), blocked)
    values = file_latents(found, latents) if latents is not None else {}
    rows = min((len(value) for value in values.values()), default=64)
    if values and count is not None and count > rows:
        raise click.BadParameter(f"{latents} has {rows} rows, fewer than {count}", param_hint="-n")
    texts = (*given, *([f"label={label}"] if label is not None else []))
    found.write(out, count or rows, seed, {**values, **given_values(found, texts)})
    print(f"wrote: {out}")
