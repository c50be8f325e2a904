"""`ganframe run`: train what a spec describes."""

from __future__ import annotations

from pathlib import Path

import click

import ganframe
from ganframe.cli.launch import arguments, launched, processes_option
from ganframe.cli.options import device_option, plugins_option, set_option, spec_argument, with_device
from ganframe.cli.specs import origin
from ganframe.environment import restarted


@click.command()
@spec_argument
@click.option("--out", type=click.Path(path_type=Path), help="A new or empty folder; else runs/<spec name>/<number>.")
@set_option
@device_option
@processes_option
@plugins_option
def run(
    spec: Path, out: Path | None, overrides: tuple[str, ...], device: str | None, processes: int,
    blocked: tuple[str, ...],
) -> int:
    """Train the GAN that SPEC describes: a TOML file, or the name of a spec that comes with ganframe.

    Ctrl-C writes a checkpoint and stops; `ganframe resume` goes on from it, bit for bit.
    """
    from ganframe.cli.training import supervised
    from ganframe.spec.read import read

    read_spec = read(spec, with_device(overrides, device))
    if processes > 1:
        words = arguments("run", spec, blocked, out=out, set=overrides, device=device)
        return launched(words, processes)
    if restarted():
        return supervised("resume", out or Path("runs", read_spec.name), blocked=blocked)
    print(f"ganframe {ganframe.__version__}   spec {read_spec.name} ({origin(spec)})", flush=True)
    return supervised("train", read_spec, out, blocked=blocked)
