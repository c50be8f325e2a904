"""The last lines of a run: samples that are pictures are called so, others not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ganframe.cli.outcome import print_outcome


@pytest.mark.parametrize(
    ("files", "line"),
    [
        (["step-1.png", "step-2.png"], "picture: {}/step-2.png"),
        (["step-1.txt", "step-2.txt"], "samples: {}/step-2.txt"),
        (["step-2.png", "step-2.wav"], "picture: {}/step-2.png"),
        (["README"], None),
    ],
)
def test_pictures_are_called_pictures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: list[str], line: str | None
) -> None:
    samples = tmp_path / "samples"
    samples.mkdir()
    for name in files:
        (samples / name).touch()
    run: Any = SimpleNamespace(path=tmp_path, commands=list)
    print_outcome(run)
    assert capsys.readouterr().out.splitlines()[1:] == ([line.format(samples)] if line else [])
