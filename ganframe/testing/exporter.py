"""Laws of exporters: they write the path they are given, and leave the run as it was."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from ganframe.testing import game
from ganframe.testing.case import Case, cases
from ganframe.testing.judge import require, same_bits

__all__ = ["LAWS", "cases", "subject"]


def subject(case: Case) -> Any:
    """The exporter."""
    return case.make()


def it_writes_the_path(exporter: Any) -> None:
    """`export(run, path)` writes a file or folder there, and changes nothing of the run."""
    with tempfile.TemporaryDirectory() as folder:
        run = game.run(game.watched(), game.registry("exporter", type(exporter)), Path(folder) / "game")
        before = {name: value.clone() for name, value in run.model.tensors().items()}
        path = Path(folder) / "exported"
        exporter.export(run, path)
        require(path.exists(), "it writes nothing at the path")
        require(same_bits(before, run.model.tensors()), "it changes the run's weights")


LAWS = (it_writes_the_path,)
