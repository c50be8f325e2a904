"""How long commands take from nothing (W7), beside `import torch` and a script by hand that makes one step."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.rounds import Quartiles
from benchmarks.workloads import WORKLOADS

#: What each command is measured by.
UNIT = "import torch"
_GANFRAME = "from ganframe.cli import main; main({!r})"
_HAND = """
import torch
from torch.nn import functional as F
from benchmarks.hand.mlp import generator, discriminator
g, d = generator(), discriminator()
og, od = (torch.optim.Adam(net.parameters(), lr=2e-4, fused=True) for net in (g, d))
fake = g(torch.randn(64, 100))
(F.softplus(-d(torch.randn(64, 1))).mean() + F.softplus(d(fake.detach())).mean()).backward()
od.step()
F.softplus(-d(fake)).mean().backward()
og.step()
"""


def measure(rounds: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Seconds of each command, a fresh process each: on the wall clock, and of processor time."""
    spec = str(WORKLOADS["W1"].spec_path)
    with tempfile.TemporaryDirectory() as folder:
        out = [str(Path(folder) / str(n)) for n in range(rounds)]
        commands: dict[str, Callable[[int], str]] = {
            "--help": lambda n: _GANFRAME.format(["--help"]),
            "check W1": lambda n: _GANFRAME.format(["check", spec]),
            "run W1, 1 step": lambda n: _GANFRAME.format(["run", spec, "--set", "run.steps=1", "--out", out[n]]),
            UNIT: lambda n: "import torch",
            "by hand, 1 step": lambda n: _HAND,
        }
        wall: dict[str, list[float]] = {name: [] for name in commands}
        cpu: dict[str, list[float]] = {name: [] for name in commands}
        order, rng = list(commands), random.Random(0)
        for n in range(rounds):
            rng.shuffle(order)
            for name in order:
                took = _seconds(commands[name](n))
                wall[name].append(took[0])
                cpu[name].append(took[1])
    return wall, cpu


def _seconds(code: str) -> tuple[float, float]:
    began, before = time.perf_counter(), _spent()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return time.perf_counter() - began, _spent() - before


def _spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def slowness(seconds: dict[str, list[float]]) -> dict[str, Quartiles]:
    """How many times as long as `import torch` each command took, round by round."""
    return {
        name: Quartiles.of([own / unit for own, unit in zip(values, seconds[UNIT], strict=True)])
        for name, values in seconds.items()
    }
