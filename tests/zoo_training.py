"""Training of the small variants: what each must reach, and the record of what it reached."""

from __future__ import annotations

import datetime
import json
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomli
import torch

from ganframe import train
from ganframe.spec.model import Spec
from ganframe.spec.read import read
from tests.pages import ROOT

FOLDER = ROOT / "tests" / "zoo"
REACHED = FOLDER / "reached.toml"
SMALL = {path.stem: path for path in sorted((ROOT / "specs" / "small").glob("*.toml"))}
#: Core-seconds that a small variant may take.
LIMIT = 60.0
#: Of each small variant: bounds on its figures at the first evaluation and at its end.
GOALS: dict[str, dict[str, dict[str, float]]] = tomli.loads((FOLDER / "goals.toml").read_text(encoding="utf-8"))
#: Endings of the figures whose bounds are lower ones; of all others, and of losses, they are upper ones.
HIGHER = (".bleu4", "accuracy", "auc", "high_quality", "modes", "sure", "distinct", "valid", "coverage")
HEAD = """\
# What each small variant reached, written by `python -m tests.zoo --train [NAME...]`: its figures after the last step,
# the core-seconds of the whole run, figures included, on one thread, the number of steps, the day and the PyTorch.
"""


def quiet(path: Path, overrides: Any = ()) -> Spec:
    """A spec without its hooks."""
    spec = read(path, overrides)
    spec.hooks.clear()
    spec.removed_hooks = ("progress", "samples", "watch", "report")
    return spec


def single(path: Path) -> Spec:
    """A spec without its hooks, on one thread of the CPU."""
    return quiet(path, {"device.type": "cpu", "device.threads": 1})


def missed(row: Mapping[str, float], bounds: Mapping[str, float]) -> list[str]:
    """The figures of a row of metrics.jsonl that are on the wrong side of their bound."""
    wrong = {name: row[name] < bound if name.endswith(HIGHER) else row[name] > bound for name, bound in bounds.items()}
    return [f"{name} {row[name]:.3f}, not {bounds[name]}" for name, bad in wrong.items() if bad]


def figures(folder: Path, wanted: Iterable[str]) -> list[dict[str, float]]:
    """The lines of a run's log that hold all wanted figures."""
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row.keys() >= set(wanted)]


def reached() -> dict[str, dict[str, Any]]:
    """The record, by the names of the variants."""
    return tomli.loads(REACHED.read_text(encoding="utf-8")) if REACHED.exists() else {}


def record(names: Iterable[str], keep: Path | None = None) -> list[str]:
    """Train these variants one after the other and record each; what missed its goal is told, and recorded too.

    `keep`: a folder in which the runs are left, each under its name.
    """
    told = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            found = trained(name, (keep or Path(folder)) / name)
        _write(reached() | {name: found})
        wrong = missed(found["figures"], GOALS[name]["last"])
        print(f"{name}: {found['figures']} in {found['seconds']} s", *wrong, flush=True)
        told += [f"{name}: {fault}" for fault in wrong]
    return told


def trained(name: str, folder: Path) -> dict[str, Any]:
    """One variant trained to its end in a new folder: its figures, core-seconds, steps, today and the PyTorch."""
    wanted = GOALS[name]["last"]
    begin = time.process_time()
    run = train(single(SMALL[name]), folder)
    seconds = time.process_time() - begin
    last = figures(folder, wanted)[-1]
    return {
        "figures": {figure: float(f"{last[figure]:.4g}") for figure in wanted},
        "seconds": round(seconds, 1),
        "steps": run.step,
        "date": datetime.date.today(),
        "torch": torch.__version__.partition("+")[0],
    }


def _write(records: Mapping[str, Mapping[str, Any]]) -> None:
    entries = []
    for name, found in sorted(records.items()):
        inside = ", ".join(f'"{figure}" = {value}' for figure, value in found["figures"].items())
        lines = [f"{key} = {json.dumps(found[key])}" for key in ("seconds", "steps")]
        lines += [f"date = {found['date'].isoformat()}", f"torch = {json.dumps(found['torch'])}"]
        entries.append("\n".join([f"\n[{name}]", f"figures = {{ {inside} }}", *lines]))
    REACHED.write_text(HEAD + "\n".join(entries) + "\n", encoding="utf-8")
