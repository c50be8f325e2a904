"""What `run` and `resume` share: training that a signal stops in good order, and the lines at its end."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from ganframe import signals
from ganframe.cli.engine import registry_without, warn_of_plugins
from ganframe.cli.outcome import print_outcome
from ganframe.cli.outlet import Outlet
from ganframe.environment import rank

if TYPE_CHECKING:
    from ganframe.run import Run


def supervised(function: str, *args: Any, blocked: tuple[str, ...], **more: Any) -> int:
    """Call `ganframe.api.train` or `resume`, print where everything is, and return the exit status."""
    registry = registry_without(blocked)
    from ganframe import api, group

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Outlet):
            stream.lossy = True

    def begin(run: Run) -> None:
        warn_of_plugins(registry)
        for notice in run.notices:
            print(notice)
        for warning in (*run.spec.warnings, *run.warnings):
            print(f"warning: {warning}", file=sys.stderr)

    with signals.catch(_announce if rank() == 0 else lambda reason: None) as stop:
        try:
            run = getattr(api, function)(*args, registry=registry, should_stop=lambda: stop.reason, begin=begin, **more)
        finally:
            group.leave()
    print_outcome(run)
    return signals.status(run.about["reason"])


def _announce(reason: str) -> None:
    # By the file descriptor: the signal may have come in the middle of a print.
    os.write(2, f"\n{reason}: stopping after this step with a checkpoint; once more to stop at once\n".encode())
