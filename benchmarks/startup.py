"""How long commands take from nothing (W7), beside a script by hand that makes the same networks and one step."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.rounds import Quartiles
from benchmarks.workloads import WORKLOADS

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


def report(rounds: int) -> None:
    """Print the seconds of each command."""
    spec = str(WORKLOADS["W1"].spec_path)
    with tempfile.TemporaryDirectory() as folder:
        out = [str(Path(folder) / str(n)) for n in range(rounds)]
        commands = {
            "--help": lambda n: _GANFRAME.format(["--help"]),
            "check W1": lambda n: _GANFRAME.format(["check", spec]),
            "run W1, 1 step": lambda n: _GANFRAME.format(["run", spec, "--set", "run.steps=1", "--out", out[n]]),
            "import torch": lambda n: "import torch",
            "by hand, 1 step": lambda n: _HAND,
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        order, rng = list(commands), random.Random(0)
        for n in range(rounds):
            rng.shuffle(order)
            for name in order:
                began = time.perf_counter()
                subprocess.run([sys.executable, "-c", commands[name](n)], check=True, capture_output=True)
                seconds[name].append(time.perf_counter() - began)
    for name, values in seconds.items():
        print(f"W7   {name:18} {Quartiles.of(values)} s", flush=True)
