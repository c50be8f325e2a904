"""`ganframe bench`: speed, shares and memory of a spec; nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.small import RING


def test_what_is_measured(tmp_path: Path, here: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "small.toml").write_text(RING)
    assert here("bench", "small.toml", "--seconds", "0.2", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["steps"] > 0 and found["samples_per_second"] == pytest.approx(8 * found["steps_per_second"])
    assert set(found["shares"]) == {"data", "discriminator", "generator", "rest"}
    assert sum(found["shares"].values()) == pytest.approx(1, abs=0.05) and min(found["shares"].values()) >= 0
    assert found["peak_memory"] >= found["before"] > 1e7
    assert here("bench", "small.toml", "--seconds", "0.1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["device", "speed", "time", "peak memory"]
    assert [path.name for path in tmp_path.iterdir()] == ["small.toml"]
