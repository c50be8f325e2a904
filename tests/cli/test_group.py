"""The command group: what it lists, how fast, and what it says to a wrong word."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from ganframe.cli import cli
from ganframe.cli.group import LazyGroup

HEAVY = ("torch", "numpy", "PIL", "rich", "tree_sitter", "jinja2")


def modules_after(*args: str) -> set[str]:
    """Top-level modules imported by `python -X importtime -m ganframe ARGS`."""
    command = [sys.executable, "-X", "importtime", "-m", "ganframe", *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-500:]
    lines = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {name.partition(".")[0] for name in lines}


@pytest.mark.parametrize("args", [
    ("--help",), ("--version",), ("run", "--help"), ("sample", "--help"), ("plugins", "--help"),
])  # fmt: skip
def test_help_imports_nothing_heavy(args: tuple[str, ...]) -> None:
    loaded = modules_after(*args)
    assert "click" in loaded
    assert not loaded & set(HEAVY)


def test_every_listed_command_is_there() -> None:
    assert isinstance(cli, LazyGroup)
    for name in cli.list_commands(None):  # type: ignore[arg-type]
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None and command.name == name
        assert command.help, name


def test_wrong_command_names_the_near_one(child: Callable[..., Any]) -> None:
    done = child("smaple")
    assert done.returncode == 2
    assert "No such command 'smaple'; did you mean 'sample'?" in done.stderr


def test_wrong_option_names_the_near_one(child: Callable[..., Any]) -> None:
    done = child("run", "x.toml", "--deivce", "cpu")
    assert done.returncode == 2
    assert "--deivce" in done.stderr and "--device" in done.stderr
    assert "Traceback" not in done.stderr


def test_version(child: Callable[..., Any]) -> None:
    import ganframe as package

    assert child("--version").stdout == f"ganframe {package.__version__}\n"
