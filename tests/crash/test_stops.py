"""Every small variant of the zoo, stopped after any of its first steps and resumed, against six steps in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ganframe import api
from tests.alike import equal

SMALL = {path.stem: path for path in sorted((Path(__file__).parents[2] / "specs" / "small").glob("*.toml"))}
STEPS = 6
#: All hooks at every step, or none.
HOOKS = ("progress", "samples", "watch", "report")
ON = {f"hooks.{name}.every": 1 for name in ("samples", "watch")} | {"run.log_every": 1}
OFF = {f"hooks.{name}": False for name in HOOKS}
PLAIN = {"device.type": "cpu", "device.threads": 1, "run.checkpoint_every": 1_000_000}


def until(step: int) -> dict[str, Any]:
    """What stops a run after a step: arguments of `train` and `resume`."""
    seen: list[api.Run] = []
    return {"begin": seen.append, "should_stop": lambda: "told to" if seen[0].step >= step else ""}


def stopped(name: str, folder: Path, hooks: dict[str, Any], stops: tuple[int, ...]) -> None:
    """Six steps in one go, and with each of the stops."""
    spec = api.read_spec(SMALL[name], PLAIN | hooks)
    api.train(spec, folder / "whole", **until(STEPS))
    for stop in stops:
        run = folder / f"stopped-{stop}"
        api.train(spec, run, **until(stop))
        api.resume(run, **until(STEPS))
        equal(run, folder / "whole")


@pytest.mark.parametrize("name", SMALL)
def test_a_stop_changes_nothing(name: str, tmp_path: Path) -> None:
    stopped(name, tmp_path, OFF, (1 + len(name) % (STEPS - 1),))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("hooks", [ON, OFF], ids=["hooks", "bare"])
@pytest.mark.parametrize("name", SMALL)
def test_no_stop_changes_anything(name: str, hooks: dict[str, Any], tmp_path: Path) -> None:
    stopped(name, tmp_path, hooks, tuple(range(1, STEPS)))
