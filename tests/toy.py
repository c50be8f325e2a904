"""Small specs trained in memory, for tests of the engine."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ganframe import device
from ganframe.model import Model
from ganframe.plan import Plan, frequencies, plan
from ganframe.registry import Registry, discover
from ganframe.sample import Sampler
from ganframe.spec.read import read
from ganframe.trainer import Trainer

NO_HOOKS = """
[device]
threads = 1
[hooks]
progress = false
samples = false
watch = false
report = false
"""


@cache
def registry() -> Registry:
    """The installed plugins."""
    return discover()


def planned(folder: Path, text: str, overrides: Any = ()) -> Plan:
    """The plan of a spec given as text (without `format` and with no hooks)."""
    path = folder / "toy.toml"
    path.write_text(f"format = 1\n{text}\n{NO_HOOKS}", encoding="utf-8")
    return plan(read(path, overrides), registry())


def trainer(folder: Path, text: str, overrides: Any = ()) -> Trainer:
    """A trainer at step 0."""
    made = planned(folder, text, overrides)
    return Trainer(Model(made, device.choose(made.parts.device)))


def trained(folder: Path, text: str, steps: int, overrides: Any = ()) -> Trainer:
    """A trainer after some steps."""
    made = trainer(folder, text, overrides)
    for step in range(steps):
        made.step(step)
    return made


def sampler(made: Trainer) -> Sampler:
    """What draws from a trainer's networks."""
    parts = made.plan.parts
    return Sampler(made.model, parts.data, frequencies(parts.data, parts.fields))
