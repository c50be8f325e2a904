"""The command line that the processes get."""

from __future__ import annotations

from pathlib import Path

from ganframe.cli.launch import arguments


def test_a_command_line_is_written_again() -> None:
    words = arguments("resume", Path("runs/a"), ("b",), steps=None, at="best", exact=True, set=("x=1", "y=2"), device=None)
    assert words == ["resume", "runs/a", "--at", "best", "--exact", "--set", "x=1", "--set", "y=2", "-p", "no:b"]
    assert arguments("run", "digits", out=None, exact=False, set=()) == ["run", "digits"]
