"""Several processes on this machine for one command, as torchrun starts them on many; the first one speaks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., object])
#: Seconds that the others have to end after one has failed.
GRACE = 10.0


def processes_option(command: _F) -> _F:
    """`--processes`, given as a number."""
    return click.option(
        "--processes", type=click.IntRange(min=1), default=1, show_default=True,
        help="How many processes share each batch.",
    )(command)


def launched(words: Sequence[str], processes: int) -> int:
    """The exit status of `ganframe WORDS` in so many processes: the first one's, or that of whichever failed."""
    with tempfile.TemporaryDirectory(prefix="ganframe-") as folder:
        around = {**os.environ, "WORLD_SIZE": str(processes), "GANFRAME_MEETING": str(Path(folder) / "meeting")}
        around.setdefault("GLOO_SOCKET_IFNAME", "lo")
        command = [sys.executable, "-m", "ganframe", *words]
        former = signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells all of them itself
        try:
            started = [
                subprocess.Popen(
                    command, env={**around, "RANK": str(n), "LOCAL_RANK": str(n)}, preexec_fn=_heed,
                    stderr=Path(folder, f"said-{n}").open("w") if n else None,  # noqa: SIM115 - the child's
                )
                for n in range(processes)
            ]  # fmt: skip

            def pass_on(number: int, _: object) -> None:
                for process in started:
                    process.send_signal(number)

            signal.signal(signal.SIGTERM, pass_on)
            signal.signal(signal.SIGHUP, pass_on)
            codes = _end(started)
            worst = next((n for n, code in enumerate(codes) if n and code and code != codes[0]), 0)
            if worst:
                lines = Path(folder, f"said-{worst}").read_text(errors="replace").strip().splitlines()
                print(f"process {worst}: {lines[-1] if lines else f'ended with {codes[worst]}'}", file=sys.stderr)
            code = codes[0] or next((code for code in codes if code), 0)
            return 128 - code if code < 0 else code
        finally:
            signal.signal(signal.SIGINT, former)


def arguments(command: str, subject: object, blocked: Sequence[str] = (), **options: object) -> list[str]:
    """A command line again: options that are None or false are left out, true ones are flags, tuples come repeated."""
    words = [command, str(subject)]
    for name, value in options.items():
        for entry in value if isinstance(value, tuple) else [] if value in (None, False) else [value]:
            words += [f"--{name}"] if entry is True else [f"--{name}", str(entry)]
    return [*words, *(word for name in blocked for word in ("-p", f"no:{name}"))]


def _heed() -> None:
    """Let a process that is about to start hear Ctrl-C, which its parent ignores; it ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _end(started: list[subprocess.Popen[bytes]]) -> list[int]:
    """The exit statuses of all; once one has failed, the others cannot go on and are ended."""
    while any(process.poll() is None for process in started) and not any(process.poll() for process in started):
        time.sleep(0.05)
    until = time.monotonic() + GRACE
    for process in started:
        try:
            process.wait(max(until - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return [process.returncode for process in started]
