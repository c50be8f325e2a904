"""Running `ganframe` as a user does, and a small trained run to ask about."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ganframe.cli import cli
from ganframe.cli.errors import run_guarded
from tests.cli.small import ENVIRONMENT, SPEC, command


@pytest.fixture
def child(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `ganframe ARGS` in a process of its own, in the test's folder."""

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*args), cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=100
        )

    return run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run `ganframe ARGS` in this process, in the test's folder; gives the exit status."""
    monkeypatch.chdir(tmp_path)
    return lambda *args: run_guarded(lambda: cli.main(args=list(args), standalone_mode=False))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A finished run of SPEC as a user made it: the folder it was made in, and what the process said."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "small.toml").write_text(SPEC)
    done = subprocess.run(
        command("run", "small.toml"), cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return folder, done
