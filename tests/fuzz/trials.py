"""One spec tried: `ganframe check` gives 0, or 2 with located errors, in time and memory; a valid one trains a step."""

from __future__ import annotations

import contextlib
import io
import re
import resource
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path

from ganframe.cli import cli
from ganframe.cli.errors import run_guarded
from ganframe.spec.read import read
from tests.toy import registry

#: Seconds of this process's own time that a spec may take, and bytes that it may have used.
SECONDS, MEMORY = 5.0, 1 << 30
LOCATED = re.compile(r".+\.toml(:\d+:\d+)?: ")


class Fault(AssertionError):
    """What must not happen did."""


@contextlib.contextmanager
def in_time() -> Iterator[None]:
    """Raise Fault in what takes longer than it may."""

    def late(*_: object) -> None:
        raise Fault(f"took more than {SECONDS} s")

    former = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, former)


def checked(path: Path, text: str) -> int:
    """The exit status of `ganframe check` of this text; Fault where it does what it may not."""
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    out, err = io.StringIO(), io.StringIO()
    before = used()
    with in_time(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("error")
        status = run_guarded(lambda: cli.main(args=["check", str(path)], standalone_mode=False))
    told = err.getvalue()
    if status not in (0, 2) or "Traceback" in told:
        raise Fault(f"status {status}: {told}")
    if status == 2 and not LOCATED.match(told):
        raise Fault(f"no place in: {told}")
    if used() > max(MEMORY, before + MEMORY // 2):  # a process that had much already may not take as much again
        raise Fault("took more than 1 GiB")
    return status


def used() -> int:
    """The most bytes that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def trained(path: Path, text: str) -> None:
    """Take one step of a valid spec."""
    from ganframe import device
    from ganframe.model import Model
    from ganframe.plan import plan
    from ganframe.trainer import Trainer

    path.write_text(text, encoding="utf-8")
    made = plan(read(path), registry())
    Trainer(Model(made, device.choose(made.parts.device))).step(0)
