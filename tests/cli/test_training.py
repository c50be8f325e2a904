"""`run` and `resume` as a user sees them."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cli.small import ENVIRONMENT, RING, SPEC, command

Trained = tuple[Path, subprocess.CompletedProcess[str]]
LAST = ("run", "picture", "report", "metrics", "checkpoint")


def last_lines(output: str) -> dict[str, str]:
    """The `name: value` lines at the end; `next` holds the last command."""
    lines = output.splitlines()
    return dict(line.split(": ", 1) for line in lines[-len(LAST) - 2 :])


def test_the_first_lines_say_what_is_trained(trained: Trained) -> None:
    lines = trained[1].stdout.splitlines()
    assert lines[0] == "ganframe 0.1.0   spec small (small.toml)"
    assert lines[1] == "device: cpu (1 thread)"
    assert lines[2] == "data: Digits, 1,797 rows, x 1x8x8, label 10"
    assert lines[3] == "networks: generator 960 parameters, discriminator 609 parameters"
    assert lines[4] == "run folder: runs/small/0001"


def test_the_last_lines_say_where_everything_is(trained: Trained) -> None:
    folder, done = trained
    lines = done.stdout.splitlines()[-7:]
    assert [line.split(": ")[0] for line in lines] == [*LAST, "next", "next"]
    said = last_lines(done.stdout)
    assert said["run"] == "runs/small/0001"
    assert said["checkpoint"] == "runs/small/0001/checkpoints/step-00000030"
    assert all((folder / said[name]).exists() for name in LAST)
    assert done.stderr == ""


def test_figures_are_printed_with_their_protocol(trained: Trained) -> None:
    lines = [line for line in trained[1].stdout.splitlines() if line.startswith("step 20   diversity ")]
    assert len(lines) == 1 and "(n 64" in lines[0] and "split train" in lines[0]


def test_pictures_at_the_start_along_the_way_and_at_the_end(trained: Trained) -> None:
    samples = trained[0] / "runs/small/0001/samples"
    names = [f"step-{step:08}.png" for step in (0, 20, 30)]
    assert sorted(path.name for path in samples.iterdir()) == ["README", *names]
    sizes = {Image.open(samples / name).size for name in names}
    assert len(sizes) == 1 and sizes.pop()[0] % 10 == 0  # ten columns


def test_the_next_commands_work_as_printed(trained: Trained, tmp_path: Path) -> None:
    folder, done = trained
    sample, resume = [line.removeprefix("next: ") for line in done.stdout.splitlines()[-2:]]
    assert shlex.split(resume) == ["ganframe", "resume", "runs/small/0001", "--steps", "60"]
    words = shlex.split(sample)
    assert words[:3] == ["ganframe", "sample", "runs/small/0001"]
    words[-1] = str(tmp_path / words[-1])
    assert subprocess.run(command(*words[1:]), cwd=folder, env=ENVIRONMENT, timeout=100).returncode == 0
    assert Image.open(words[-1]).format == "PNG"


def grid_command(run: Path) -> str:
    """The command that stands beside a run's pictures."""
    lines = (run / "samples" / "README").read_text().splitlines()
    return next(line for line in lines if line.startswith("ganframe sample "))


@pytest.mark.parametrize("at", [30, 20])
def test_the_grid_is_what_its_command_gives(
    trained: Trained, at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: Callable[..., int]
) -> None:
    monkeypatch.chdir(trained[0])
    line = grid_command(Path("runs/small/0001"))
    out = tmp_path / "again.png"
    words = [*shlex.split(line)[1:-1], str(out), *(["--at", str(at)] if at < 30 else [])]
    assert here(*words) == 0
    assert out.read_bytes() == Path(f"runs/small/0001/samples/step-{at:08}.png").read_bytes()


def test_points_lie_over_real_ones_in_training_and_after(
    tmp_path: Path, here: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ring.toml").write_text(RING)
    assert here("run", "ring.toml") == 0
    line = grid_command(tmp_path / "runs/ring/0001")
    assert " -n 2000 --seed 0 --out samples.png" in line
    assert here(*shlex.split(line)[1:]) == 0
    again = (tmp_path / "samples.png").read_bytes()
    assert again == (tmp_path / "runs/ring/0001/samples/step-00000005.png").read_bytes()
    assert again != (tmp_path / "runs/ring/0001/samples/step-00000000.png").read_bytes()
    assert "r1 " in capsys.readouterr().out


def test_out_must_be_new_or_empty(tmp_path: Path, here: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "small.toml").write_text(SPEC)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()
    assert here("run", "small", "--out", "full", "--set", "run.steps=1") == 2
    assert "full: this folder is not empty" in capsys.readouterr().err
    assert here("run", "small", "--out", "new/place", "--set", "run.steps=1") == 0
    assert last_lines(capsys.readouterr().out)["run"] == "new/place"


def test_every_error_is_told_before_anything_runs(
    tmp_path: Path, here: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = SPEC.replace("out_features = 64", "out_feature = 64").replace("steps = 30", 'steps = "30"')
    (tmp_path / "wrong.toml").write_text(wrong)
    assert here("run", "wrong.toml") == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("wrong.toml:3:9: run.steps: ")
    assert any(line.startswith("wrong.toml:21:22: ") and "did you mean 'out_features'" in line for line in lines)
    assert lines[-1] == f"{len(lines) - 1} errors, nothing was run"
    assert not (tmp_path / "runs").exists()


def test_resume_goes_on_to_a_new_total(
    tmp_path: Path, here: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "small.toml").write_text(SPEC)
    assert here("run", "small", "--set", "run.steps=10", "--set", "metrics.diversity=false") == 0
    capsys.readouterr()
    assert here("resume", "small", "--steps", "20") == 0
    output = capsys.readouterr().out
    assert "run folder: runs/small/0001, from step 10" in output
    assert last_lines(output)["checkpoint"].endswith("step-00000020")
    steps = [json.loads(line)["step"] for line in (tmp_path / "runs/small/0001/metrics.jsonl").read_text().splitlines()]
    assert steps == [10, 20]
    assert here("resume", "small", "--steps", "5") == 2
    assert here("resume", "tall") == 2
    assert "tall: no such run; did you mean 'small'?" in capsys.readouterr().err


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_stops_with_a_checkpoint(tmp_path: Path, number: signal.Signals, status: int) -> None:
    process = endless(tmp_path)
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert f"{number.name}: stopping after this step" in errors
    said = last_lines_of_a_stopped_run(output)
    step = int(said["checkpoint"].rpartition("-")[2])
    assert step > 0
    assert f"{number.name}: step {step}/1000000" in output
    assert said["next"] == "ganframe resume runs/small/0001"
    report = (tmp_path / said["report"]).read_text()
    assert f"{number.name}: step {step} of 1000000" in report
    rows = [json.loads(line) for line in (tmp_path / said["metrics"]).read_text().splitlines()]
    assert rows[-1]["step"] <= step


def last_lines_of_a_stopped_run(output: str) -> dict[str, str]:
    return {**last_lines(output), "next": output.splitlines()[-1].removeprefix("next: ")}


STARTED: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """End what a test that failed has left running."""
    yield
    while STARTED:
        STARTED.pop().kill()


def endless(folder: Path, **popen: Any) -> subprocess.Popen[str]:
    """A run that would not end, after its first lines of metrics."""
    (folder / "small.toml").write_text(SPEC)
    words = command("run", "small", "--set", "run.steps=1_000_000", "--set", "metrics.diversity=false")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **popen}
    process = subprocess.Popen(
        words, cwd=folder, env=ENVIRONMENT, text=True, **pipes,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # which nohup may have had ignored
    )  # fmt: skip
    STARTED.append(process)
    metrics, end = folder / "runs/small/0001/metrics.jsonl", time.monotonic() + 60
    while not (metrics.exists() and metrics.stat().st_size) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()
    return process


def test_resume_from_a_chosen_checkpoint(
    tmp_path: Path, here: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "small.toml").write_text(RING)
    run = tmp_path / "runs/small/0001"
    assert here("run", "small.toml", "--set", "run.checkpoint_every=1", "--set", "run.keep_every=2") == 0
    assert sorted(p.name[-1] for p in (run / "checkpoints").iterdir()) == ["2", "4", "5"]
    whole = (run / "checkpoints/step-00000005/model.safetensors").read_bytes()
    capsys.readouterr()
    assert here("resume", "small", "--checkpoint", "2") == 0
    assert "going on from step 2; step-00000004, step-00000005 removed" in capsys.readouterr().err
    assert (run / "checkpoints/step-00000005/model.safetensors").read_bytes() == whole
    assert here("resume", "small", "--checkpoint", "3") == 2
    assert "no valid checkpoint of step 3" in capsys.readouterr().err


def test_exact_refuses_what_could_differ(
    tmp_path: Path, here: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "small.toml").write_text(RING)
    assert here("run", "small.toml") == 0
    assert here("resume", "small", "--steps", "6", "--set", "device.threads=2", "--exact") == 2
    assert "--exact: resume would be valid but not bit-exact: threads 1 -> 2" in capsys.readouterr().err
    assert here("resume", "small", "--steps", "6", "--exact") == 0
    assert here("resume", "small", "--steps", "7", "--set", "device.threads=2") == 0
    assert "valid but not bit-exact" in capsys.readouterr().err


def test_a_reader_that_never_reads_does_not_stop_the_run(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SPEC)
    settings = (
        "run.steps=400", "run.checkpoint_every=400", "hooks.progress.seconds=0.0", "hooks.samples=false",
        "metrics.diversity=false",
    )  # fmt: skip
    words = [word for setting in settings for word in ("--set", setting)]
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 16_384)
    process = subprocess.Popen(command("run", "small", *words), cwd=tmp_path, env=ENVIRONMENT, stdout=write)
    os.close(write)
    assert process.wait(90) == 0
    kept = b""
    while part := os.read(read, 100_000):
        kept += part
    os.close(read)
    assert kept.startswith(b"ganframe 0.1.0   spec small")
    assert b"step 399/400" not in kept  # or the pipe was never full, and nothing was tried
    assert (tmp_path / "runs/small/0001/checkpoints/step-00000400").is_dir()


def test_a_reader_that_has_gone_does_not_stop_the_run(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SPEC)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command("run", "small", "--set", "hooks.progress.seconds=0.0"), cwd=tmp_path, env=ENVIRONMENT, stdout=write,
        stderr=subprocess.PIPE, timeout=60,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "runs/small/0001/checkpoints/step-00000030").is_dir()
