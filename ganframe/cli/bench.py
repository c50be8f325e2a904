"""`ganframe bench`: how fast a spec trains here, and where the time goes."""

from __future__ import annotations

import json
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from ganframe.cli.options import device_option, plugins_option, set_option, spec_argument, with_device

if TYPE_CHECKING:
    from ganframe.trainer import Trainer

#: Steps that are taken before the clock starts: they make optimizer states, and compile what is to be compiled.
WARM_UP = 3


@click.command()
@spec_argument
@click.option("--seconds", type=click.FloatRange(min=0.1), default=10.0, show_default=True, help="How long to train.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@set_option
@device_option
@plugins_option
def bench(
    spec: Path, seconds: float, as_json: bool, overrides: tuple[str, ...], device: str | None, blocked: tuple[str, ...]
) -> None:
    """Train SPEC for some seconds without a run folder, hooks or metrics, and print its speed and peak memory."""
    from ganframe.cli.check import planned
    from ganframe.cli.engine import registry_without

    registry = registry_without(blocked)
    made = planned(spec, with_device(overrides, device), registry)
    from ganframe import device as devices
    from ganframe.model import Model
    from ganframe.trainer import Trainer

    found = measured(Trainer(Model(made, devices.choose(made.parts.device))), seconds)
    if as_json:
        print(json.dumps(found))
        return
    print(f"device: {found['device']}")
    print(f"speed: {found['samples_per_second']:,.1f} samples/s, {found['steps_per_second']:,.2f} steps/s")
    print("time: " + ", ".join(f"{name} {share:.1%}" for name, share in found["shares"].items()))
    peak, before = found["peak_memory"] / 1e6, found["before"] / 1e6
    print(f"peak memory: {peak:,.0f} MB, of which {before:,.0f} MB before training")


def measured(trainer: Trainer, seconds: float) -> dict[str, Any]:
    """Steps for so many seconds: speeds, shares of the time, bytes of memory at the peak."""
    here = trainer.device
    before = here.peak_memory()
    for step in range(WARM_UP):
        trainer.step(step)
    here.synchronize()
    trainer.spent.update(dict.fromkeys(trainer.spent, 0.0))
    images, began, step = trainer.feed.position, perf_counter(), WARM_UP
    while perf_counter() - began < seconds:
        trainer.step(step)
        step += 1
    here.synchronize()
    took = perf_counter() - began
    turns, rest = dict(trainer.spent), max(took - sum(trainer.spent.values()), 0.0)
    return {
        "device": here.name, "steps": step - WARM_UP, "seconds": took, "steps_per_second": (step - WARM_UP) / took,
        "samples_per_second": (trainer.feed.position - images) / took,
        "shares": {name: spent / took for name, spent in {**turns, "rest": rest}.items()},
        "before": before, "peak_memory": here.peak_memory(),
    }  # fmt: skip
