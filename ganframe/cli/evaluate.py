"""`ganframe evaluate`: the figures of a trained run."""

from __future__ import annotations

import json

import click

from ganframe.cli.options import at_option, device_option, plugins_option, run_argument, set_option, with_device


@click.command()
@run_argument
@at_option
@click.option("--json", "as_json", is_flag=True, help='One JSON object: {"step", "figures", "protocols"}.')
@set_option
@device_option
@plugins_option
def evaluate(
    run: str, at: str, as_json: bool, overrides: tuple[str, ...], device: str | None, blocked: tuple[str, ...]
) -> None:
    """Compute the metrics of RUN's spec at a checkpoint, and print each figure with how it was taken."""
    from ganframe.cli.engine import opened

    found = opened(run, at, with_device(overrides, device), blocked)
    figures = found.evaluate()
    if as_json:
        print(json.dumps({"step": found.step, "figures": figures, "protocols": found.protocols}))
        return
    if not figures:
        print(f"step {found.step}: the spec has no [metrics.NAME]")
    for name, value in figures.items():
        protocol = ", ".join(f"{key} {said}" for key, said in found.protocols[name.partition(".")[0]].items())
        print(f"step {found.step}   {called(name)} {value:.6g}   ({protocol})")


def called(name: str) -> str:
    """A figure's name as tables show it: `fd.distance`, but `modes` where figure and metric are called alike."""
    metric, _, figure = name.partition(".")
    return metric if metric == figure else name
