"""`ganframe resume`: go on with a run."""

from __future__ import annotations

import click

import ganframe
from ganframe.cli.launch import arguments, launched, processes_option
from ganframe.cli.options import at_option, device_option, plugins_option, run_argument, set_option, with_device


@click.command()
@run_argument
@click.option("--steps", type=click.IntRange(min=1), help="A new total, for a run that is to go on past its end.")
@at_option
@click.option("--exact", is_flag=True, help="Refuse to go on where the result could not be the same to the last bit.")
@set_option
@device_option
@processes_option
@plugins_option
def resume(
    run: str, steps: int | None, at: str, exact: bool, overrides: tuple[str, ...], device: str | None,
    processes: int, blocked: tuple[str, ...],
) -> int:
    """Continue RUN from its newest checkpoint, as if it had never stopped.

    RUN is a run folder; a folder of numbered runs means the newest, and `digits` means runs/digits.
    """
    from ganframe.cli.training import supervised

    if processes > 1:
        words = arguments("resume", run, blocked, steps=steps, at=at, exact=exact, set=overrides, device=device)
        return launched(words, processes)
    print(f"ganframe {ganframe.__version__}   resuming {run}", flush=True)
    return supervised("resume", run, steps, with_device(overrides, device), blocked=blocked, at=at, exact=exact)
