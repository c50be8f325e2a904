"""A disk that gives out under a real run: one line, status 74, and what was acknowledged is still there."""

from __future__ import annotations

import resource
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from ganframe import checkpoint
from tests.cli.small import ENVIRONMENT, RING, command

LONG = RING.replace("steps = 5", "steps = 100_000\ncheckpoint_every = 1\nlog_every = 1") + "[hooks]\nreport = false\n"


def started(folder: Path, text: str, limit: int = resource.RLIM_INFINITY) -> subprocess.Popen[str]:
    """A run in `folder/run` whose files cannot grow beyond a limit of bytes."""
    (folder / "spec.toml").write_text(text)
    return subprocess.Popen(
        command("run", "spec.toml", "--out", "run"), cwd=folder, env=ENVIRONMENT, text=True, stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> str:
    """The one line that a run ended with."""
    said = process.communicate(timeout=100)[1].strip().splitlines()
    assert process.returncode == 74, said
    assert len(said) == 1, said
    return said[0]


@pytest.mark.parametrize("limit", [4_000, 24_000])
def test_a_file_that_may_not_grow(tmp_path: Path, limit: int) -> None:
    line = ended(started(tmp_path, LONG, limit))
    assert "File too large" in line and ".tmp" not in line
    checkpoints = tmp_path / "run" / "checkpoints"
    kept = checkpoint.valid(checkpoints) if checkpoints.exists() else []
    assert len(kept) == (2 if limit > 20_000 else 0), "the log alone reached the larger limit"
    assert not list((tmp_path / "run").rglob(".tmp-*"))


def test_a_folder_that_vanishes(tmp_path: Path) -> None:
    process = started(tmp_path, LONG)
    until = time.monotonic() + 60
    while not checkpoint.valid(tmp_path / "run" / "checkpoints") and time.monotonic() < until:
        time.sleep(0.05)
    (tmp_path / "run").rename(tmp_path / "gone")
    shutil.rmtree(tmp_path / "gone")
    assert "run" in ended(process)
