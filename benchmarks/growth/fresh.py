"""What only a fresh process shows: memory by the size of the data, and start-up by the number of plugins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.growth import cases

ITEMS = (1_000, 10_000, 100_000, 1_000_000)
PLUGINS = (0, 25, 50, 100)
#: Numbers in a row of the data: float32, 1 KiB.
ROW = 256
STEPS = 300

_TRAIN = """
import json, sys, time
from ganframe import device
from ganframe.model import Model
from ganframe.plan import plan
from ganframe.registry import discover
from ganframe.spec.read import read
from ganframe.trainer import Trainer
registry = discover()
began = time.process_time()
made = plan(read(sys.argv[1]), registry)
opened = time.process_time() - began
trainer = Trainer(Model(made, device.choose(made.parts.device)))
for step in range(20):
    trainer.step(step)
began = time.process_time()
for step in range(20, {steps}):
    trainer.step(step)
took = time.process_time() - began
status = dict(line.split(":") for line in open("/proc/self/status"))
kib = {{name: int(status[name].split()[0]) for name in ("VmRSS", "RssAnon")}}
print(json.dumps({{"open": 1e3 * opened, "step": 1e3 * took / ({steps} - 20), "memory": kib["VmRSS"] / 1024,
                  "own": kib["RssAnon"] / 1024}}))
"""
_FIND = """
import json, time
import torch
from ganframe.hookspecs import KINDS
from ganframe.registry import discover
began = time.process_time()
registry = discover()
for kind in KINDS:
    registry.kind(kind)
assert len([name for name in registry.kind("curve") if name.startswith("Grown")]) == {count}, registry.broken
print(json.dumps(1e3 * (time.process_time() - began)))
"""
_PLUGIN = '''
"""A plugin."""
import ganframe
from ganframe import component

@component
class Grown{n}:
    """A curve of zeros."""

    def at(self, now):
        return 0.0

@ganframe.plugin
def ganframe_curves():
    return [Grown{n}]
'''


def data(items: int, folder: Path) -> dict[str, float]:
    """Opening, a step, and resident memory (MiB) after so many steps over a mapped file of so many rows."""
    path = folder / "x.npy"
    rows = np.lib.format.open_memmap(path, "w+", np.float32, (items, ROW))  # zeros that take no room on the disk
    rows.flush()
    del rows
    table = f'type = "Arrays"\npath = "{path}"\ncache = 0'
    spec = folder / "grown.toml"
    spec.write_text(cases.spec(data=table, out=ROW), encoding="utf-8")
    found: dict[str, float] = _told(_TRAIN.format(steps=STEPS), [str(spec)])
    path.unlink()
    return found


def plugins(count: int, folder: Path) -> float:
    """Milliseconds to find so many more plugins, and everything that all offer; torch is imported already."""
    for n in range(count):
        (folder / f"grown_{n}.py").write_text(_PLUGIN.format(n=n), encoding="utf-8")
        about = folder / f"grown_{n}-1.0.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: grown-{n}\nVersion: 1.0\n", encoding="utf-8")
        (about / "entry_points.txt").write_text(f"[ganframe.v1]\ngrown{n} = grown_{n}\n", encoding="utf-8")
    found: float = _told(_FIND.format(count=count), [], str(folder))
    return found


def _told(code: str, arguments: list[str], path: str = "") -> Any:
    more = os.pathsep.join(part for part in (path, os.environ.get("PYTHONPATH", "")) if part)
    given = {**os.environ, "PYTHONPATH": more, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=given, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
