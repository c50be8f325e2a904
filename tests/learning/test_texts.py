"""What the sequence-to-sequence specs reach on pairs that they were not trained on, writing freely."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ganframe

SPECS = Path(__file__).parents[2] / "specs"
QUIET = {f"hooks.{name}": False for name in ("progress", "samples", "watch", "report")}


def exact(name: str, folder: Path, *, whole: bool = True, **overrides: object) -> list[float]:
    """The share of held-out pairs that come out right at each evaluation of a shipped spec, up to the first or all."""
    spec = ganframe.read_spec(SPECS / f"{name}.toml", {**QUIET, "device.threads": 1, **overrides})
    seen: list[ganframe.Run] = []

    def stop() -> str:
        return "seen" if not whole and seen and seen[0].figures else ""

    ganframe.train(spec, folder, begin=seen.append, should_stop=stop)
    rows = map(json.loads, (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
    return [row["match.exact"] for row in rows if "match.exact" in row]


def test_dates_are_on_their_way(tmp_path: Path) -> None:
    assert exact("seq2seq", tmp_path / "run", whole=False, **{"metrics.match.samples": 200})[0] > 0.3


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_dates_are_translated(tmp_path: Path) -> None:
    assert exact("seq2seq", tmp_path / "run")[-1] >= 0.95
    run = ganframe.open_run(tmp_path / "run")
    for source in ("3 May 2021", "May 3, 2021", "3rd of May, 2021", "03.05.2021", "5/3/2021"):
        text = run.view("x").lines(run.sample(1, source=source), run.fields["x"], run.facts)
        assert text == ["2021-05-03"]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("task", ["sort", "reverse"])
def test_digits_are_sorted_and_reversed(tmp_path: Path, task: str) -> None:
    assert exact("seq2seq-digits", tmp_path / "run", **{"data.task": task})[-1] >= 0.95
