"""`ganframe evaluate`: the figures of a trained run."""

from __future__ import annotations

import json

import click

from ganframe.cli.options import at_option, device_option, plugins_option, run_argument, set_option


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
    from ganframe import api
    from ganframe.cli.engine import registry_without
    from ganframe.cli.training import with_device
