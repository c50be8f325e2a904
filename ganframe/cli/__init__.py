"""The command line: one file per command, imported when it is called. Beside hooks, only this folder prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

import ganframe
from ganframe.cli.errors import run_guarded
from ganframe.cli.group import LazyGroup
from ganframe.cli.outlet import Outlet
from ganframe.environment import rank

_COMMANDS = (
    "new", "data", "check", "bench", "run", "resume", "sample", "interpolate", "mix", "directions", "project",
    "evaluate", "diagnose", "show", "schema", "import", "plugins",
)  # fmt: skip


@click.group(cls=LazyGroup, commands_in="ganframe.cli", lazy=_COMMANDS, context_settings={"max_content_width": 100})
@click.version_option(ganframe.__version__, message="ganframe %(version)s")
def cli() -> None:
    """Train GANs that are written down as TOML.

    Start with `ganframe run digits`, then `ganframe new my.toml`.
    """


def main(args: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit status."""
    sys.stdout, sys.stderr = Outlet(sys.stdout), Outlet(sys.stderr)
    if rank() > 0:
        sys.stdout = Outlet(Path(os.devnull).open("w"))  # noqa: SIM115 - of several processes, the first one speaks
    status = run_guarded(lambda: cli.main(args=args, prog_name="ganframe", standalone_mode=False))
    sys.exit(status)
