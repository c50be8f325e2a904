"""Kills of real runs: ten here, as many as one likes by `python -m tests.crash`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ganframe import api
from tests.alike import equal
from tests.cli.small import ENVIRONMENT
from tests.crash.kills import SPEC
from tests.crash.omissions import OMISSIONS

ROOT = Path(__file__).parent.parent.parent


def crash(*args: str) -> subprocess.CompletedProcess[str]:
    """`python -m tests.crash ARGS`, from its first to its last line."""
    command = [sys.executable, "-m", "tests.crash", *args]
    return subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)


@pytest.mark.timeout(400)
def test_ten_kills() -> None:
    done = crash("--trials", "10")
    assert done.returncode == 0 and "0 failures" in done.stdout, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_kills() -> None:
    done = crash("--trials", "200", "--seed", "1")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kills_notice_what_is_forgotten() -> None:
    done = crash("--trials", "10", "--omit", "average")
    assert done.returncode == 1 and "differs from the undisturbed run" in done.stdout, done.stdout + done.stderr


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The undisturbed run."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "spec.toml").write_text(SPEC)
    api.train(api.read_spec(folder / "spec.toml", QUIET), folder / "run")
    return folder


#: The hooks only look: they are left out, and the run is long enough for every kind of state.
QUIET = {f"hooks.{name}": False for name in ("progress", "samples", "watch", "report")} | {"run.steps": 16}


@pytest.mark.parametrize("omitted", ["", *OMISSIONS])
def test_a_piece_of_state_that_is_forgotten_shows(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, omitted: str
) -> None:
    from ganframe import checkpoint

    monkeypatch.setattr(checkpoint, "load", checkpoint.load)  # to be put back afterwards
    seen: list[api.Run] = []
    stop = {"begin": seen.append, "should_stop": lambda: "told to" if seen[0].step >= 11 else ""}
    api.train(api.read_spec(whole / "spec.toml", QUIET), tmp_path / "run", **stop)  # type: ignore[arg-type]
    if omitted:
        OMISSIONS[omitted]()
        api.resume(tmp_path / "run")
        monkeypatch.undo()
        with pytest.raises(AssertionError):
            equal(tmp_path / "run", whole / "run")
    else:
        api.resume(tmp_path / "run")
        equal(tmp_path / "run", whole / "run")
