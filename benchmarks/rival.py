"""A competitor in a process of its own."""

from __future__ import annotations

import os
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks import peers
from benchmarks.gate import Gate
from benchmarks.workloads import WORKLOADS


def main(name: str, work: str, folder: Path, core: int | None, pipe: Connection) -> None:
    """Run `ganframe`, `expert`, `tutorial`, a peer, or ganframe as the checkout at the path `name` has it."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    if name in peers.PACKAGES:
        _silence()
        peers.compete(name, folder, Gate(name, pipe))
        return
    if name == "record" or name not in ("expert", "tutorial"):
        if name.startswith("/"):
            sys.path[:0] = [name, f"{name}/plugins"]
        _ours(name, work, folder, pipe)
        return
    import torch

    from benchmarks.hand.start import Start

    torch.set_num_threads(1)
    torch.manual_seed(0)
    loop = WORKLOADS[work].rival(name)(Start(folder / "start.safetensors"))
    gate = Gate(name, pipe)
    gate.wait()
    while True:
        losses = loop.step()
        if gate.passed(lambda: losses):  # noqa: B023
            return


def _ours(name: str, work: str, folder: Path, pipe: Connection) -> None:
    from ganframe.environment import prepare_environment

    prepare_environment()
    _silence()
    from benchmarks import ours

    if name == "record":
        ours.record(WORKLOADS[work], folder)
    else:
        ours.compete(WORKLOADS[work], folder, Gate(Path(name).name, pipe))


def _silence() -> None:
    """Nobody reads what a run prints on its way."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
