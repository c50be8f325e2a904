"""One of several processes: `python -m tests.scale.worker JOBS`, a JSON list of [spec, overrides, folder]; three steps each."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ganframe import api, group

STEPS = 3
QUIET = {f"hooks.{name}": False for name in ("progress", "samples", "watch", "report")}
PLAIN = {**QUIET, "device.type": "cpu", "device.threads": 1, "run.log_every": 1, "run.checkpoint_every": 1_000_000}


def job(spec: str, overrides: dict[str, Any], out: Path, *, resume: bool = False) -> None:
    """Three steps of a spec, or three more of a run."""
    seen: list[api.Run] = []
    begun: list[int] = []

    def begin(run: api.Run) -> None:
        seen.append(run)
        begun.append(run.step)

    until = {"begin": begin, "should_stop": lambda: "told to" if seen[0].step >= begun[0] + STEPS else ""}
    if resume:
        api.resume(out, **until)  # type: ignore[arg-type]
    else:
        api.train(api.read_spec(spec, PLAIN | overrides), out, **until)  # type: ignore[arg-type]


if __name__ == "__main__":
    for spec, overrides, out in json.loads(sys.argv[1]):
        job(spec, overrides, Path(out), resume=not spec)
    group.leave()
