"""Real `ganframe run` processes, killed at random moments and resumed until they are done."""

from __future__ import annotations

import math
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import attrs

from ganframe import checkpoint
from tests.alike import equal

#: State of every kind: batch norm, dropout, spectral norm's vectors, averages, adaptive augmentation, a pool of older
#: pictures, moving averages of logits, a lazy penalty, a schedule, a metric, and several turns a step.
SPEC = """format = 1
[run]
steps = 45
batch_size = 16
discriminator_steps = 2
log_every = 2
checkpoint_every = 1
keep_best = "fd.distance"
[device]
type = "cpu"
threads = 1
[data]
type = "Digits"
[latents.z]
type = "Normal"
size = 8
[networks.generator]
inputs = ["z", "label"]
ema = 0.9
optimizer = { type = "Adam", lr = 1e-3 }
schedule = { type = "StepLR", step_size = 7, gamma = 0.9 }
layers = [
  { type = "Concat", from = ["@z", "@label"] }, { type = "Linear", out_features = 64 }, "BatchNorm1d", "ReLU",
  { type = "Dropout", p = 0.2 }, { type = "Linear", out_features = 64 }, "Tanh",
  { type = "Unflatten", dim = 1, unflattened_size = [1, 8, 8] },
]
[networks.discriminator]
inputs = ["x", "label"]
optimizer = { type = "RMSprop", lr = 1e-3 }
augment = { type = "ADA", images = 200 }
defaults.Linear.parametrize = "SpectralNorm"
layers = ["Flatten", { type = "Linear", out_features = 32 }, "ReLU", { type = "Dropout" }, { type = "Projection", label = "@label" }]
[losses.game]
type = "Hinge"
[losses.r1]
type = "R1"
every = 4
[losses.pool]
type = "ImagePool"
size = 32
[losses.lecam]
type = "LeCam"
[metrics.fd]
type = "FrechetDistance"
samples = 64
every = 10
"""

#: After so many attempts a run is left alone: on a machine that became slower it may never get on between two kills.
ATTEMPTS = 60


@attrs.define
class Tally:
    """What was tried and what was found wrong; `seconds` is how long a whole run takes."""

    seconds: float = 0.0
    runs: int = 0
    kills: int = 0
    before: int = 0
    torn: int = 0
    failures: list[str] = attrs.field(factory=list)

    def __str__(self) -> str:
        told = f"{self.kills} kills in {self.runs} runs ({self.before} before the first checkpoint, {self.torn} in a write)"
        return f"{told}: {len(self.failures)} failures"


def child(folder: Path, *args: str, prepare: Callable[[], object] = lambda: None) -> int:
    """Start `ganframe ARGS` in a process of its own, with torch imported already; gives its number."""
    pid = os.fork()
    if pid:
        return pid
    status = 70
    try:
        os.chdir(folder)
        out = os.open("output", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(out, 1)
        os.dup2(out, 2)
        prepare()
        from ganframe.cli import cli
        from ganframe.cli.errors import run_guarded

        status = run_guarded(lambda: cli.main(args=list(args), standalone_mode=False))
    finally:
        os._exit(status)


def undisturbed(folder: Path) -> float:
    """A whole run in `folder/run`; gives how long it took, in seconds. RuntimeError if it fails."""
    folder.mkdir(parents=True)
    (folder / "spec.toml").write_text(SPEC)
    began = time.monotonic()
    _, status = os.waitpid(child(folder, "run", "spec.toml", "--out", "run"), 0)
    if status:
        raise RuntimeError((folder / "output").read_text())
    return time.monotonic() - began


def trial(folder: Path, whole: Path, chance: random.Random, tally: Tally, prepare: Callable[[], object]) -> None:
    """One run, killed until it is done, against the undisturbed one; what differs goes into the tally."""
    folder.mkdir(parents=True)
    (folder / "spec.toml").write_text(SPEC)
    run, reached = folder / "run", 0
    tally.runs += 1
    for attempt in range(ATTEMPTS + 1):
        again = (run / "resolved.toml").exists()
        if not again and run.exists():
            shutil.rmtree(run)  # killed before the folder was a run
        args = ("resume", "run") if again else ("run", "spec.toml", "--out", "run")
        began = time.monotonic()
        pid = child(folder, *args, prepare=prepare if again else lambda: None)
        after = chance.uniform(0, 1.1 * tally.seconds) if attempt < ATTEMPTS else math.inf
        if _killed(pid, after, tally, folder):
            reached = _look(run, reached, tally)
            continue
        if not again:  # a busy machine may have been slower when the first run was timed
            tally.seconds = min(tally.seconds, time.monotonic() - began)
        break
    if tally.failures:
        return
    try:
        equal(run, whole / "run")
    except AssertionError as error:
        where = (str(error).splitlines() or ["its last step"])[0]
        tally.failures.append(f"{folder}: {where} differs from the undisturbed run")


def _killed(pid: int, after: float, tally: Tally, folder: Path) -> bool:
    """Kill a process after some seconds; False if it had ended by then."""
    until = time.monotonic() + after
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            if status:
                tally.failures.append(f"{folder}: status {os.waitstatus_to_exitcode(status)}: {_said(folder)}")
            return False
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(status)
    tally.kills += killed
    return killed


def _said(folder: Path) -> str:
    return ((folder / "output").read_text().strip().splitlines() or ["nothing said"])[-1]


def _look(run: Path, reached: int, tally: Tally) -> int:
    """The newest valid step after a kill, which may not be lower than before."""
    tally.torn += any(run.rglob(".tmp-*"))
    found = checkpoint.newest(run / "checkpoints")
    step = int(found.name.removeprefix("step-").rstrip("~")) if found is not None else 0
    tally.before += step == 0
    if step < reached:
        tally.failures.append(f"{run}: step {reached} was there before the kill, {step} is the newest after it")
    return step
