"""Checkpoints: whole or absent, the newest valid one counts, and a killed run loses nothing acknowledged."""

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from ganframe import checkpoint, disk, seal
from ganframe.errors import DiskFault, SpecError, TrainingFault

ABOUT = {"spec": "format = 1\n", "plugins": {"gan": "1.0"}, "lr": 2e-4}


def model(value: float = 1.0) -> dict[str, torch.Tensor]:
    return {
        "discriminator.Linear_0.weight": torch.full((2, 3), value),
        "generator.BatchNorm1d_0.num_batches_tracked": torch.tensor(3),
        "generator.Linear_0.weight": torch.full((3, 2), value, dtype=torch.bfloat16),
    }


def save(folder: Path, step: int, value: float | None = None, **state: Any) -> Path:
    return checkpoint.save(folder, step, model(float(step) if value is None else value), state, ABOUT)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def damage(path: Path, file: str = checkpoint.MODEL) -> None:
    data = bytearray((path / file).read_bytes())
    data[-1] ^= 1
    (path / file).write_bytes(data)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    tree = {"step": 500, "optimizers": {"g": {"m": torch.ones(2)}}, "ema": (0.1, None), 3: [True]}
    path = checkpoint.save(tmp_path / "checkpoints", 500, model(), tree, ABOUT)
    assert path == tmp_path / "checkpoints" / "step-00000500"
    assert names(path) == ["model.safetensors", "state.safetensors"]
    loaded = checkpoint.load(path)
    assert loaded.step == 500
    assert loaded.about == ABOUT
    assert all(torch.equal(loaded.model[name], tensor) for name, tensor in model().items())
    assert torch.equal(loaded.state["optimizers"]["g"].pop("m"), torch.ones(2))
    assert loaded.state == {"step": 500, "optimizers": {"g": {}}, "ema": (0.1, None), 3: [True]}
    alone = checkpoint.load_model(path)
    assert (alone.step, alone.about, alone.state, alone.model.keys()) == (500, ABOUT, {}, loaded.model.keys())


def test_the_model_is_plain_safetensors(tmp_path: Path) -> None:
    loaded = safetensors.torch.load_file(save(tmp_path, 1) / checkpoint.MODEL)
    assert loaded.keys() == model().keys()
    assert loaded["generator.Linear_0.weight"].dtype == torch.bfloat16


def test_equal_runs_give_equal_bytes(tmp_path: Path) -> None:
    a, b = save(tmp_path / "a", 1, x=[1.5]), save(tmp_path / "b", 1, x=[1.5])
    assert all((a / name).read_bytes() == (b / name).read_bytes() for name in names(a))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_a_model_that_is_not_finite_is_not_written(tmp_path: Path, bad: float) -> None:
    save(tmp_path, 1)
    with pytest.raises(TrainingFault, match="^step 2: discriminator.Linear_0.weight, generator.Linear_0.weight not"):
        save(tmp_path, 2, bad)
    assert names(tmp_path) == ["step-00000001"]


def test_the_newest_is_by_number_also_beyond_eight_digits(tmp_path: Path) -> None:
    assert checkpoint.newest(tmp_path) is None
    assert checkpoint.newest(tmp_path / "none") is None
    paths = [save(tmp_path, step) for step in (1, 99_999_999, 100_000_000)]
    (tmp_path / ".tmp-1-aa").mkdir()
    (tmp_path / "step-1").mkdir()
    assert checkpoint.newest(tmp_path) == paths[-1]
    assert checkpoint.valid(tmp_path) == paths


@pytest.mark.parametrize("file", [checkpoint.MODEL, checkpoint.STATE])
def test_a_broken_one_is_passed_over(tmp_path: Path, file: str) -> None:
    paths = [save(tmp_path, step) for step in (1, 2, 3)]
    damage(paths[2], file)
    (paths[1] / file).unlink()
    assert checkpoint.newest(tmp_path) == paths[0]
    assert checkpoint.valid(tmp_path) == paths[:1]
    for path in paths[1:]:
        with pytest.raises(seal.BrokenFile, match=f"{path}.*(missing|damaged)"):
            checkpoint.load(path)


def test_files_of_two_checkpoints_are_no_checkpoint(tmp_path: Path) -> None:
    a, b = save(tmp_path / "a", 1, 1.0), save(tmp_path / "b", 1, 2.0)
    (a / checkpoint.STATE).write_bytes((b / checkpoint.STATE).read_bytes())
    assert checkpoint.newest(tmp_path / "a") is None
    with pytest.raises(seal.BrokenFile, match="not of one checkpoint"):
        checkpoint.load(a)


def test_a_sealed_file_of_another_purpose_is_no_checkpoint(tmp_path: Path) -> None:
    path = save(tmp_path, 1)
    disk.write(path / checkpoint.MODEL, seal.pack(model(), {}))
    assert checkpoint.newest(tmp_path) is None
    for load in (checkpoint.load, checkpoint.load_model):
        with pytest.raises(seal.BrokenFile, match="not a checkpoint"):
            load(path)


def test_a_newer_format_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(checkpoint, "FORMAT", checkpoint.FORMAT + 1)
        path = save(tmp_path, 1)
    for load in (checkpoint.load, checkpoint.load_model, lambda path: checkpoint.newest(path.parent)):
        with pytest.raises(SpecError, match="written by a newer ganframe"):
            load(path)


def test_a_checkpoint_of_the_same_step_is_replaced(tmp_path: Path) -> None:
    save(tmp_path, 1, figure=1)
    path = save(tmp_path, 1, 7.0, figure=2)
    assert checkpoint.load(path).state == {"figure": 2}
    assert checkpoint.load(path).model["generator.Linear_0.weight"][0, 0] == 7
    assert names(tmp_path) == ["step-00000001"]


def test_the_replaced_one_counts_until_its_successor_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, 1, figure=1)

    def full(path: Path, files: object) -> None:
        raise DiskFault("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(disk, "write_folder", full)
        with pytest.raises(DiskFault):
            save(tmp_path, 1, figure=2)
    aside = tmp_path / "step-00000001~"
    assert checkpoint.newest(tmp_path) == aside
    assert checkpoint.load(aside).state == {"figure": 1}
    path = save(tmp_path, 1, figure=3)
    assert checkpoint.newest(tmp_path) == path
    assert checkpoint.valid(tmp_path) == [aside, path]
    save(tmp_path, 1, figure=4)
    assert names(tmp_path) == ["step-00000001"]


def test_another_future_begins_by_forgetting_the_old_one(tmp_path: Path) -> None:
    paths = [save(tmp_path, step) for step in (1, 2, 3)]
    damage(paths[2])
    checkpoint.forget(tmp_path, 1)
    assert names(tmp_path) == ["step-00000001"]
    checkpoint.forget(tmp_path / "none", 1)


def test_a_broken_checkpoint_of_a_step_is_replaced(tmp_path: Path) -> None:
    path = save(tmp_path, 1)
    damage(path)
    assert save(tmp_path, 1) == path
    assert checkpoint.newest(tmp_path) == path
    assert names(tmp_path) == ["step-00000001"]


def test_a_full_disk_removes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path, 1)

    def full(fd: int, data: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(DiskFault, match="cannot write .*/step-00000002: No space left on device"):
        save(tmp_path, 2)
    assert names(tmp_path) == ["step-00000001"]
    assert checkpoint.newest(tmp_path) == path


def test_prune_keeps_the_newest_and_the_protected(tmp_path: Path) -> None:
    paths = [save(tmp_path, step) for step in (1, 2, 3, 4, 5)]
    checkpoint.prune(tmp_path, 2, {paths[0]})
    assert names(tmp_path) == ["step-00000001", "step-00000004", "step-00000005"]
    checkpoint.prune(tmp_path, 1)
    assert names(tmp_path) == ["step-00000005"]
    checkpoint.prune(tmp_path, 1)
    assert names(tmp_path) == ["step-00000005"]


def test_some_are_kept_for_ever(tmp_path: Path) -> None:
    for step in range(1, 8):
        save(tmp_path, step)
        checkpoint.prune(tmp_path, 1, every=3)
    assert names(tmp_path) == ["step-00000003", "step-00000006", "step-00000007"]


def test_a_broken_one_does_not_count_as_kept(tmp_path: Path) -> None:
    paths = [save(tmp_path, step) for step in (1, 2, 3)]
    damage(paths[2])
    checkpoint.prune(tmp_path, 1)
    assert names(tmp_path) == ["step-00000002"]


def test_nothing_is_removed_because_it_could_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for step in (1, 2):
        save(tmp_path, step)

    def fail(self: Path) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", fail)
    for act in (lambda: checkpoint.prune(tmp_path, 1), lambda: checkpoint.newest(tmp_path)):
        with pytest.raises(DiskFault, match="Input/output error"):
            act()
    assert names(tmp_path) == ["step-00000001", "step-00000002"]


def test_describe_is_one_line(tmp_path: Path) -> None:
    path = save(tmp_path, 500)
    assert checkpoint.describe(path) == (
        "step 500, 0.0 MB: discriminator 1 tensors (6 numbers), generator 2 tensors (7 numbers)"
    )
    damage(path)
    assert checkpoint.describe(path).startswith("step-00000500: broken (")


def _write_until_killed(folder: Path, said: int) -> None:
    """Save checkpoint after checkpoint, and say each step when it is safe."""
    last = checkpoint.newest(folder)
    step = checkpoint.load(last).step if last else 0
    payload = torch.ones(100_000)
    while True:
        step += 1
        checkpoint.save(folder, step, {"generator.x": payload * step}, {"step": step}, {})
        checkpoint.prune(folder, 1)
        os.write(said, step.to_bytes(8, "little"))


def test_a_killed_run_never_loses_what_was_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(0)
    last = 0
    for _ in range(8):
        read, said = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                _write_until_killed(tmp_path, said)
            finally:
                os._exit(1)
        os.close(said)
        os.read(read, 8)
        time.sleep(chance.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        while chunk := os.read(read, 8):
            last = int.from_bytes(chunk, "little")
        os.close(read)
        newest = checkpoint.newest(tmp_path)
        assert newest is not None
        loaded = checkpoint.load(newest)
        assert loaded.step >= last
        assert loaded.state == {"step": loaded.step}
        assert torch.equal(loaded.model["generator.x"], torch.ones(100_000) * loaded.step)
        last = max(last, loaded.step)
    disk.sweep(tmp_path)
    assert not [name for name in names(tmp_path) if name.startswith(disk.TEMPORARY)]
