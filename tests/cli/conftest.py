"""Running `ganframe` as a user does, and inside this process where only its text matters."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Result = subprocess.CompletedProcess[str]


@pytest.fixture
def ganframe(tmp_path: Path) -> Callable[..., Result]:
    """Run `python -m ganframe ARGS` in an empty folder; gives exit status, output and errors."""

    def run(*args: str, **options: object) -> Result:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "NO_COLOR": "1", "COLUMNS": "100"}
        command = [sys.executable, "-m", "ganframe", *args]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100, **options
        )

    return run
