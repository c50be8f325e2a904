"""`python -m benchmarks.quality`: train every recipe at equal core-seconds, then write docs/quality.md and .png."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.quality import page, trial  # noqa: E402
from benchmarks.quality.contest import TASKS, Entry, Task  # noqa: E402

ENTRIES = [(task, entry) for task in TASKS for entry in task.entries]
CACHE = Path.home() / ".cache" / "ganframe" / "quality.jsonl"


def main() -> None:
    options = parser().parse_args()
    rows = list(read(options.results))
    done = {(row["task"], row["entry"], row["seed"]) for row in rows}
    options.results.parent.mkdir(parents=True, exist_ok=True)
    for seed in range(options.seeds):
        for task, entry in ENTRIES:
            if not options.page and (task.name, entry.key, seed) not in done:
                rows.append(one(task, entry, seed, options.results))
    page.write(rows, options.docs)


def one(task: Task, entry: Entry, seed: int, results: Path) -> dict[str, Any]:
    """Train one recipe with one seed, and keep what it reached."""
    steps = round(task.seconds * trial.pace(task, entry)) if entry.ours else 10_000_000
    found = trial.train(task, entry, seed, steps, tuple(share * task.seconds for share in task.looks))
    row = {"task": task.name, "entry": entry.key, "seed": seed, "found": found}
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    print(task.name, entry.key, seed, json.dumps(found[-1]), flush=True)
    return row


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The results so far."""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        yield json.loads(line)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks.quality", description="Quality at equal core-seconds.")
    made.add_argument("--seeds", type=int, default=5, help="seeds 0 to N - 1 (5)")
    made.add_argument("--page", action="store_true", help="train nothing, write the page from what is there")
    made.add_argument("--results", type=Path, default=CACHE, help=f"results so far, a line each ({CACHE})")
    made.add_argument("--docs", type=Path, default=Path("docs"), help="folder of the page")
    return made


if __name__ == "__main__":
    main()
