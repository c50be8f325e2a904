"""What the specs of tables reach: fixed before they were trained. Run with `--slow`."""

from __future__ import annotations

from pathlib import Path

import pytest

import ganframe

SPECS = Path(__file__).parents[2] / "specs"
QUIET = {f"hooks.{name}": False for name in ("progress", "samples", "watch", "report")}


def figures(name, folder, **overrides):
    """The last figures of a run of a shipped spec without hooks, on one thread."""
    spec = ganframe.read_spec(SPECS / f"{name}.toml", {**QUIET, "device.type": "cpu", "device.threads": 1, **overrides})
    return ganframe.train(spec, folder).figures


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [0, 1])
def test_rows_teach_what_real_rows_teach(tmp_path, seed):
    pytest.importorskip("sklearn")
    found = figures("table", tmp_path / "run", **{"run.seed": seed})
    assert found["tstr.distance"] <= 0.06
    assert found["alike.correlation"] <= 0.09
    assert found["records.copies"] <= 0 and found["records.ratio"] >= 0.8


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_rule_between_columns_is_kept(tmp_path):
    less = {"metrics.tstr": False, "metrics.records": False}
    kept = figures("rule-table", tmp_path / "with", **less)
    free = figures("rule-table", tmp_path / "without", **less, **{"losses.rules": False})
    assert kept["rules.broken"] <= free["rules.broken"] / 3
    assert kept["alike.columns"] >= free["alike.columns"] - 0.02
    assert kept["alike.correlation"] <= 1.1 * free["alike.correlation"]
    assert kept["rules.real"] == 0
