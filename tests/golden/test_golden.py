"""Run folders of earlier versions open for ever: `format-1` was written by ganframe 0.1.0."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ganframe import checkpoint, open_run
from ganframe.api import resume

FOLDERS = sorted(path for path in Path(__file__).parent.glob("format-*"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_run_of_an_earlier_version(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(folder / "run", run)
    kept = load_file(folder / "samples.safetensors")
    found = open_run(run).draw(4, seed=7)
    assert found.keys() == kept.keys()
    assert all(torch.allclose(found[name], value, atol=1e-5) for name, value in kept.items())
    assert open_run(run, at="best").step in (3, 6) and open_run(run, at=3).step == 3


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_it_goes_on(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(folder / "run", run)
    before = checkpoint.load(run / "checkpoints" / "step-00000006")
    gone = resume(run, 9)
    assert gone.step == 9 and gone.images == 72
    after = checkpoint.load(run / "checkpoints" / "step-00000009")
    assert after.model.keys() == before.model.keys()
    assert after.state["owners"].keys() == before.state["owners"].keys()
    assert (run / "metrics.jsonl").read_text().startswith((folder / "run" / "metrics.jsonl").read_text())
