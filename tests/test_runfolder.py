"""Run folders: numbered without races, locked by one process, found by a short name."""

import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ganframe import runfolder
from ganframe.errors import DiskFault, LockedFault, SpecError


def run_in(path: Path) -> Path:
    (path / "checkpoints").mkdir(parents=True)
    return path


def test_runs_are_numbered_in_their_specs_folder(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    assert runfolder.create("digits", None, base) == base / "digits" / "0001"
    assert runfolder.create("digits", None, base) == base / "digits" / "0002"
    (base / "digits" / "0041").mkdir()
    (base / "digits" / "notes").mkdir()
    assert runfolder.create("digits", None, base) == base / "digits" / "0042"
    (base / "digits" / "9999").mkdir()
    assert runfolder.create("digits", None, base) == base / "digits" / "10000"
    assert runfolder.create("other", None, base) == base / "other" / "0001"


@pytest.mark.parametrize(
    ("name", "folder"), [("../evil", "-evil"), ("a/b", "a-b"), ("..", "run"), ("", "run"), ("my gan", "my gan")]
)
def test_a_specs_name_never_leaves_the_base(tmp_path: Path, name: str, folder: str) -> None:
    assert runfolder.create(name, None, tmp_path) == tmp_path / folder / "0001"


def _create(base: Path) -> Path:
    return runfolder.create("x", None, base)


def test_processes_that_start_together_get_folders_of_their_own(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        made = pool.map(_create, [tmp_path] * 40, chunksize=1)
    assert sorted(made) == [tmp_path / "x" / f"{i:04}" for i in range(1, 41)]


def test_out_is_made_with_its_parents_or_used_if_empty(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    assert runfolder.create("x", out) == out
    assert out.is_dir()
    assert runfolder.create("x", out) == out


def test_out_must_not_hold_anything(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SpecError, match="not empty; name a new one") as caught:
        runfolder.create("x", tmp_path)
    assert caught.value.status == 2
    with pytest.raises(SpecError, match="this is a file"):
        runfolder.create("x", tmp_path / "file")
    out = run_in(tmp_path / "old")
    with pytest.raises(SpecError, match=f"`ganframe resume {out}` goes on with the run in it"):
        runfolder.create("x", out)


def test_a_folder_that_cannot_be_made_is_a_disk_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for create in (
        lambda: runfolder.create("x", tmp_path / "file" / "a"),
        lambda: runfolder.create("x", None, tmp_path / "file"),
        lambda: runfolder.create("x" * 300, None, tmp_path),
    ):
        with pytest.raises(DiskFault, match=f"cannot .*{tmp_path}"):
            create()


def in_child(act: Callable[[], object]) -> int:
    """Exit status of a forked child: that of the GanframeError it met, 0 if none."""
    child = os.fork()
    if child == 0:
        status = 99
        try:
            act()
            status = 0
        except (LockedFault, DiskFault) as error:
            status = error.status
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with runfolder.lock(tmp_path):
        assert in_child(lambda: runfolder.lock(tmp_path)) == 75
        with pytest.raises(LockedFault, match=f"^{tmp_path}: process {os.getpid()} is training in this folder$"):
            runfolder.lock(tmp_path)
    assert in_child(lambda: runfolder.lock(tmp_path)) == 0


def test_opening_the_lock_file_again_does_not_lose_the_lock(tmp_path: Path) -> None:
    with runfolder.lock(tmp_path):
        (tmp_path / "LOCK").read_text()
        assert in_child(lambda: runfolder.lock(tmp_path)) == 75


def test_release_may_be_repeated(tmp_path: Path) -> None:
    lock = runfolder.lock(tmp_path)
    lock.release()
    lock.release()
    runfolder.lock(tmp_path).release()


def test_a_killed_holder_leaves_the_folder_free(tmp_path: Path) -> None:
    read, said = os.pipe()
    child = os.fork()
    if child == 0:
        held = runfolder.lock(tmp_path)
        os.write(said, b"1")
        time.sleep(60)
        held.release()
        os._exit(0)
    os.read(read, 1)
    with pytest.raises(LockedFault, match=f"process {child} is training"):
        runfolder.lock(tmp_path)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    runfolder.lock(tmp_path).release()


def test_a_worker_that_outlives_the_trainer_is_told_apart(tmp_path: Path) -> None:
    read, said = os.pipe()
    trainer = os.fork()
    if trainer == 0:
        held = runfolder.lock(tmp_path)
        worker = os.fork()
        if worker == 0:
            time.sleep(60)
            held.release()
            os._exit(0)
        os.write(said, worker.to_bytes(8, "little"))
        os._exit(0)
    worker = int.from_bytes(os.read(read, 8), "little")
    os.waitpid(trainer, 0)
    try:
        with pytest.raises(LockedFault, match=f"process {trainer} is gone, but a worker of it still holds"):
            runfolder.lock(tmp_path)
    finally:
        os.kill(worker, signal.SIGKILL)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"12 elsewhere\n", "process 12 on elsewhere is training in this folder"),
        (b"", "another process is training in this folder"),
        (b"\xff rubbish \0", "another process is training in this folder"),
        (f"1 {socket.gethostname()}".encode(), "process 1 is training in this folder"),
    ],
)
def test_the_holder_is_named_as_far_as_it_is_known(tmp_path: Path, text: bytes, message: str) -> None:
    with runfolder.lock(tmp_path):
        (tmp_path / "LOCK").write_bytes(text)
        with pytest.raises(LockedFault, match=f"{message}$"):
            runfolder.lock(tmp_path)


def test_the_lock_cleans_up_after_dead_writers(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "checkpoints", tmp_path / "samples"):
        (folder / f".tmp-{2**22 + 1}-aa").mkdir(parents=True)
    (tmp_path / "checkpoints" / "step-00000001").mkdir()
    runfolder.lock(tmp_path).release()
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert found == ["LOCK", "checkpoints", "checkpoints/step-00000001", "samples"]


def test_a_folder_that_is_not_there_cannot_be_locked(tmp_path: Path) -> None:
    with pytest.raises(DiskFault, match=f"cannot lock {tmp_path}/no: No such file"):
        runfolder.lock(tmp_path / "no")


def test_a_run_is_found_by_itself_by_its_specs_folder_and_by_its_name(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    for number in ("0002", "9999", "10000"):
        run_in(base / "b" / number)
    (base / "b" / "10001").mkdir()
    newest = base / "b" / "10000"
    assert runfolder.newest_run(base / "b" / "0002") == base / "b" / "0002"
    assert runfolder.newest_run(base / "b") == newest
    assert runfolder.newest_run(Path("b"), base) == newest
    assert runfolder.newest_run(Path("b/0002"), base) == base / "b" / "0002"


def test_what_is_no_run_says_what_is(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    run = run_in(base / "digits" / "0001")
    run_in(base / "ring" / "0001")
    for path, message in [
        (Path("digit"), "digit: no such run; did you mean 'digits'?"),
        (Path("zzz"), f"zzz: no such run; {base} has digits, ring"),
        (run / "checkpoints", f"{run}/checkpoints: not a run folder; it belongs to the run {run}"),
        (tmp_path, f"{tmp_path}: not a run folder"),
    ]:
        with pytest.raises(SpecError) as caught:
            runfolder.newest_run(path, base)
        assert str(caught.value) == message
    with pytest.raises(SpecError, match="^x: no such run$"):
        runfolder.newest_run(Path("x"), tmp_path / "none")
