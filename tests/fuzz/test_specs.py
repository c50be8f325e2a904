"""Three hundred specs of the grammar; as many as one likes by `python -m tests.fuzz`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz import trials
from tests.fuzz.damage import damaged
from tests.fuzz.grammar import Tree, text, trees

SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck))


@given(trees())
@settings(SLOW, max_examples=60)
def test_a_whole_spec_trains(tmp_path_factory: pytest.TempPathFactory, tree: Tree) -> None:
    trials.trained(tmp_path_factory.getbasetemp() / "whole.toml", text(tree))


@given(damaged)
@settings(SLOW, max_examples=240)
def test_a_damaged_spec_is_understood_or_refused_in_its_place(
    tmp_path_factory: pytest.TempPathFactory, told: str
) -> None:
    trials.checked(tmp_path_factory.getbasetemp() / "damaged.toml", told)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@given(damaged)
@settings(SLOW, max_examples=10_000)
def test_ten_thousand_damaged_specs(tmp_path_factory: pytest.TempPathFactory, told: str) -> None:
    trials.checked(tmp_path_factory.getbasetemp() / "damaged.toml", told)


def test_a_hang_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object) -> int:
        while True:
            pass

    monkeypatch.setattr(trials, "run_guarded", endless)
    monkeypatch.setattr(trials, "SECONDS", 0.05)
    with pytest.raises(trials.Fault, match="took more"):
        trials.checked(tmp_path / "x.toml", "")
