"""A hook that raises: one fault that names it, a run that can go on, and never in place of another fault."""

from __future__ import annotations

import pytest
from ganframe_gan.hooks import Watch

import ganframe
from ganframe import loop
from ganframe.errors import PluginFault, TrainingFault
from tests.engine.test_faults import write


def test_it_is_named_and_the_checkpoint_stays(tmp_path, monkeypatch):
    write(tmp_path, None)
    monkeypatch.setattr(Watch, "on_step", lambda self, run, step: 1 / (7 - run.step), raising=False)
    spec = ganframe.read_spec(tmp_path / "toy.toml", {"hooks.watch": {"type": "Watch", "every": 1}})
    with pytest.raises(PluginFault, match=r"hook 'Watch' \(ganframe .*\) failed at step 7: ZeroDivisionError"):
        ganframe.train(spec, tmp_path / "run")
    assert ganframe.open_run(tmp_path / "run").step == 4


def test_the_end_of_a_faulty_run_is_told_without_hiding_the_fault(tmp_path, monkeypatch):
    write(tmp_path, 8 * 6)
    monkeypatch.setattr(Watch, "on_stop", lambda self, run, reason: 1 / 0, raising=False)
    spec = ganframe.read_spec(tmp_path / "toy.toml", {"hooks.watch": "Watch"})
    with pytest.raises(TrainingFault, match="step 6"):
        ganframe.train(spec, tmp_path / "run")


def test_an_opened_run_knows_its_figures(tmp_path):
    write(tmp_path, None)
    spec = ganframe.read_spec(tmp_path / "toy.toml", {"metrics.near": "FrechetDistance"})
    run = ganframe.train(spec, tmp_path / "run")
    assert run.figures == ganframe.open_run(tmp_path / "run").figures != {}
    assert loop.ROLLBACKS == 3
