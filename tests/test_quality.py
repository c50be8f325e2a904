"""benchmarks/quality: its specs are specs, a recipe stops when its time is up, and the page tells what there is."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

import ganframe
from benchmarks.quality import page, trial
from benchmarks.quality.contest import TASKS, USUAL
from ganframe.plan import plan
from tests.toy import registry

ENTRIES = [(task, entry) for task in TASKS for entry in task.entries]


@pytest.mark.parametrize(("task", "entry"), ENTRIES, ids=lambda part: getattr(part, "key", getattr(part, "name", "")))
def test_a_recipe_is_a_spec_that_is_judged_as_the_others(task, entry) -> None:
    changes = trial.overrides(task, entry, 3, 100)
    made = plan(ganframe.read_spec(entry.spec, changes), registry())
    assert {*task.metrics} <= {watcher.name for watcher in made.parts.metrics} and made.parts.hooks == []
    assert made.parts.run.seed == 3 and entry.ours == (USUAL not in entry.spec.parents)
    figures = {f"{w.name}.{figure}" for w in made.parts.metrics for figure in w.component.better}
    assert {*task.shown.values()} - {"modes.spread"} <= figures


def test_a_trial_ends_at_its_steps_or_its_time() -> None:
    ring = next(task for task in TASKS if task.name == "ring")
    small = attrs.evolve(ring, metrics={"modes": {"type": "Modes", "samples": 500}})
    (last,) = trial.train(small, ring.entries[0], 0, 6, (60.0,))
    assert last["steps"] == 6 and "modes.high_quality" in last
    looks = trial.train(small, ring.entries[1], 0, 10**6, (0.05, 0.15))
    assert looks[0]["seconds"] >= 0.05 and looks[-1]["seconds"] >= 0.15 and looks[-1]["steps"] < 10**6


def test_the_page(tmp_path: Path) -> None:
    rows = []
    for task, entry in ENTRIES:
        for seed in range(2):
            look = {"steps": 10, **dict.fromkeys(task.shown.values(), 0.5 + seed)}
            found = [{"seconds": share * task.seconds, **look} for share in task.looks]
            rows.append({"task": task.name, "entry": entry.key, "seed": seed, "found": found})
    page.write(rows[1:], tmp_path)
    text = (tmp_path / "quality.md").read_text(encoding="utf-8")
    assert "There are 1 seeds of each recipe, and 2 of some: the five were not finished." in text
    assert re.search(r"\| \*\*ganframe `ring`\*\* \| 1 \| 1 \(0.5\) \| 1 \(0.5\) \| 1 \|", text)
    assert "1 (1.5)" in text and max(map(len, text.splitlines())) <= 200
    assert (tmp_path / "quality.png").stat().st_size < 80_000
    page.write(rows, tmp_path)
    assert "There are 2 seeds of each recipe; 5 are meant." in (tmp_path / "quality.md").read_text(encoding="utf-8")
