"""Two processes that share each batch are the same experiment as one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from ganframe import checkpoint
from tests.alike import last, lines
from tests.cli.small import ENVIRONMENT, RING, SPEC, command
from tests.scale.worker import job

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "specs" / "small"
#: Small variants, with what must be said of both sides for their numbers to be equal, and of the one process alone.
#: Noise in layers is drawn for each part of a batch, so that two processes equal one that cuts its batches in two.
GAMES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "sngan-cifar10": ({"device.sync_batch_norm": True}, {}),
    "wgan-gp": ({"device.sync_batch_norm": True}, {}),
    "stylegan2": ({}, {"run.accumulate": 2}),
    "cyclegan": ({}, {}),
    "dcgan": ({"device.sync_batch_norm": True}, {}),
}


def together(jobs: list[Any], folder: Path, processes: int = 2) -> None:
    """Do jobs in several processes at once."""
    around = {**ENVIRONMENT, "WORLD_SIZE": str(processes), "GANFRAME_MEETING": str(folder / "meeting"), "GLOO_SOCKET_IFNAME": "lo"}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.scale.worker", json.dumps(jobs)], cwd=ROOT, stderr=subprocess.PIPE, text=True,
            env={**around, "RANK": str(n), "LOCAL_RANK": str(n)},
        )
        for n in range(processes)
    ]  # fmt: skip
    said = [process.communicate(timeout=200)[1] for process in started]
    assert [process.returncode for process in started] == [0] * processes, said


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three steps of every game in two processes."""
    folder = tmp_path_factory.mktemp("two")
    together([[str(SMALL / f"{name}.toml"), both, str(folder / name)] for name, (both, _) in GAMES.items()], folder)
    return folder


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", GAMES)
def test_two_processes_have_the_losses_of_one(name: str, two: Path, tmp_path: Path) -> None:
    both, alone = GAMES[name]
    job(str(SMALL / f"{name}.toml"), both | alone, tmp_path / "one")
    first, *later = zip(lines(two / name), lines(tmp_path / "one"), strict=True)
    nearest = 0.02 if name == "cyclegan" else 1e-3  # its unpaired rows are drawn anew for each share of a batch
    for pair, near in ((first, nearest), *((pair, 0.05) for pair in later)):
        for loss, value in pair[1].items():
            assert pair[0][loss] == pytest.approx(value, rel=near, abs=near), loss
    ours, theirs = last(two / name), last(tmp_path / "one")
    assert ours.model.keys() == theirs.model.keys()
    assert ours.state["position"] == theirs.state["position"]


@pytest.mark.timeout(300)
def test_a_run_goes_on_in_another_number_of_processes(two: Path, tmp_path: Path) -> None:
    spec = str(SMALL / "cyclegan.toml")
    job(spec, {}, tmp_path / "one")
    together([["", {}, str(tmp_path / "one")]], tmp_path)
    job("", {}, two / "cyclegan", resume=True)
    assert last(tmp_path / "one").step == last(two / "cyclegan").step == 6
    one, other = lines(tmp_path / "one")[-1], lines(two / "cyclegan")[-1]
    assert one == pytest.approx(other, rel=0.1, abs=0.05)


def started(folder: Path, text: str, *more: str) -> subprocess.Popen[str]:
    (folder / "spec.toml").write_text(text)
    return subprocess.Popen(
        command("run", "spec.toml", "--out", "run", "--processes", "2", *more), cwd=folder, env=ENVIRONMENT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def until_saved(folder: Path) -> None:
    end = time.monotonic() + 100
    while not checkpoint.valid(folder / "run" / "checkpoints") and time.monotonic() < end:
        time.sleep(0.1)


LONG = RING.replace("steps = 5", "steps = 1_000_000\ncheckpoint_every = 20")


@pytest.mark.timeout(200)
def test_a_signal_stops_all_with_one_checkpoint(tmp_path: Path) -> None:
    process = started(tmp_path, LONG)
    until_saved(tmp_path)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 143, err
    assert out.count("checkpoint: ") == 1
    assert last(tmp_path / "run").step > 0


@pytest.mark.timeout(200)
def test_a_killed_process_leaves_a_run_that_goes_on(tmp_path: Path) -> None:
    process = started(tmp_path, LONG)
    until_saved(tmp_path)
    children = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(process.pid)], capture_output=True, text=True, check=True)
    found = [int(line.split()[0]) for line in children.stdout.splitlines() if "ganframe" in line]
    os.kill(found[1], signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    assert "another process of this run ended" in err and "Traceback" not in err
    step = last(tmp_path / "run").step
    job("", {}, tmp_path / "run", resume=True)
    assert last(tmp_path / "run").step == step + 3


@pytest.mark.timeout(200)
def test_one_process_speaks_measures_and_saves(tmp_path: Path) -> None:
    out, err = started(tmp_path, SPEC).communicate(timeout=150)
    assert out.count("networks: generator") == 1 and out.count("done: step 30/30") == 1, out + err
    (tmp_path / "again").mkdir()
    sampled = subprocess.run(
        command("sample", "run", "-n", "4", "--out", "a.npy"), cwd=tmp_path, env=ENVIRONMENT, capture_output=True, check=False
    )
    assert sampled.returncode == 0
    assert [line["step"] for line in lines(tmp_path / "run")] == [10, 20, 30]


def test_a_batch_that_cannot_be_shared(tmp_path: Path) -> None:
    process = started(tmp_path, RING, "--set", "run.batch_size=9")
    _, err = process.communicate(timeout=100)
    assert process.returncode == 2
    assert "run.batch_size: batch_size 9 cannot be cut into 2 equal parts, 1 for each of 2 processes" in err
    assert not (tmp_path / "run").exists()


def test_synchronized_batch_norm_is_that_of_the_whole_batch() -> None:
    from ganframe.group import Group
    from ganframe.syncnorm import Synchronized, synchronize

    plain, synced = torch.nn.BatchNorm2d(3), torch.nn.BatchNorm2d(3)
    synchronize(synced, Group())
    assert isinstance(synced, Synchronized) and list(synced.state_dict()) == list(plain.state_dict())
    x = torch.randn(4, 3, 2, 2)
    assert torch.equal(plain(x), synced(x))
