"""Atomic writing and the line log."""

import errno
import json
import math
import os
import shutil
from pathlib import Path

import pytest

from ganframe import disk
from ganframe.errors import DiskFault


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_write_replaces_the_content_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a"
    disk.write(path, b"old")
    disk.write(path, [b"ne", bytearray(b"w"), memoryview(b"er"), b""])
    assert path.read_bytes() == b"newer"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_the_mode_follows_the_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        disk.write(tmp_path / "a", b"")
        disk.write_folder(tmp_path / "f", {"b": b""})
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666 & ~mask
    assert (tmp_path / "f" / "b").stat().st_mode & 0o777 == 0o666 & ~mask
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o777 & ~mask


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: whole(fd, data[:3]))
    disk.write(tmp_path / "a", [b"0123456789", b"abcd"])
    assert (tmp_path / "a").read_bytes() == b"0123456789abcd"


def full_disk_after(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let os.write take so many bytes, then say that the disk is full."""
    whole, left = os.write, [count]

    def write(fd: int, data: memoryview) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = whole(fd, data[: left[0]])
        left[0] -= taken
        return taken

    monkeypatch.setattr(os, "write", write)


def test_a_full_disk_keeps_the_old_file_and_names_the_real_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    disk.write(path, b"old")
    full_disk_after(2, monkeypatch)
    with pytest.raises(DiskFault) as caught:
        disk.write(path, b"newer")
    assert str(caught.value) == f"cannot write {path}: No space left on device"
    assert caught.value.status == 74
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_a_full_disk_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full_disk_after(5, monkeypatch)
    with pytest.raises(DiskFault, match="cannot write .*/f: No space"):
        disk.write_folder(tmp_path / "f", {"a": b"1234", "b": b"1234"})
    assert names(tmp_path) == []


def test_an_interrupted_write_cleans_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(fd: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        disk.write(tmp_path / "a", b"1")
    with pytest.raises(KeyboardInterrupt):
        disk.write_folder(tmp_path / "f", {"a": b"1"})
    assert names(tmp_path) == []


def test_a_missing_folder_is_one_line_about_the_path_meant(tmp_path: Path) -> None:
    with pytest.raises(DiskFault) as caught:
        disk.write(tmp_path / "no" / "a", b"")
    assert str(caught.value) == f"cannot write {tmp_path}/no/a: No such file or directory"


def test_what_is_no_plain_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(DiskFault, match="no plain file"):
            disk.write(tmp_path / name, b"")
    assert (tmp_path / "pipe").is_fifo()


def test_write_folder_does_not_touch_a_folder_that_is_there(tmp_path: Path) -> None:
    disk.write_folder(tmp_path / "f", {"a": b"1", "b": [b"2", b"3"]})
    assert (tmp_path / "f" / "b").read_bytes() == b"23"
    with pytest.raises(DiskFault):
        disk.write_folder(tmp_path / "f", {"a": b"9"})
    assert (tmp_path / "f" / "a").read_bytes() == b"1"
    assert names(tmp_path) == ["f"]


def test_folders_are_made_claimed_and_removed(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    disk.make_folder(deep)
    disk.make_folder(deep)
    assert disk.claim_folder(deep / "c") is True
    assert disk.claim_folder(deep / "c") is False
    (deep / "c" / "file").write_bytes(b"1")
    disk.remove_folder(deep / "c")
    assert names(deep) == []


def test_every_new_folder_is_made_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(disk, "_sync_folder", synced.append)
    disk.make_folder(tmp_path / "a" / "b")
    disk.claim_folder(tmp_path / "a" / "b" / "c")
    assert synced == [tmp_path, tmp_path / "a", tmp_path / "a" / "b"]


def test_make_folder_says_what_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskFault, match="cannot make .*/file/a: "):
        disk.make_folder(tmp_path / "file" / "a")


def test_sweep_removes_only_what_dead_writers_left(tmp_path: Path) -> None:
    dead = 2**22 + 1
    (tmp_path / f".tmp-{dead}-aa").write_bytes(b"1")
    (tmp_path / f".tmp-{os.getpid()}-bb").mkdir()
    (tmp_path / f".tmp-{os.getpid()}-bb" / "x").write_bytes(b"1")
    (tmp_path / ".tmp-junk").write_bytes(b"1")
    (tmp_path / f".tmp-{os.getppid()}-cc").write_bytes(b"1")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "y").write_bytes(b"1")
    (tmp_path / f".tmp-{dead}-dd").symlink_to(tmp_path / "kept")
    disk.sweep(tmp_path)
    assert names(tmp_path) == [f".tmp-{os.getppid()}-cc", "kept"]
    assert names(tmp_path / "kept") == ["y"]


def lines(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_log_appends_whole_lines_and_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    with disk.LineLog(path) as log:
        log.append({"step": 1, "loss": 0.1})
        assert log.offset == path.stat().st_size
    with disk.LineLog(path) as log:
        log.append({"step": 2, "name": "größe"})
        log.sync()
    assert lines(path) == [{"step": 1, "loss": 0.1}, {"step": 2, "name": "größe"}]


def test_what_is_not_finite_becomes_null(tmp_path: Path) -> None:
    with disk.LineLog(tmp_path / "m") as log:
        log.append({"a": math.nan, "b": -math.inf, "c": [1.0, math.inf], "d": {"e": math.nan}, "f": 3})
    assert lines(tmp_path / "m") == [{"a": None, "b": None, "c": [1.0, None], "d": {"e": None}, "f": 3}]


def test_truncate_goes_back_to_an_offset(tmp_path: Path) -> None:
    with disk.LineLog(tmp_path / "m") as log:
        log.append({"step": 1})
        offset = log.offset
        log.append({"step": 2})
        log.truncate(offset)
        log.append({"step": 3})
    assert lines(tmp_path / "m") == [{"step": 1}, {"step": 3}]


def test_truncate_drops_a_torn_line_and_never_lengthens(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_bytes(b'{"step": 1}\n{"st')
    with disk.LineLog(path) as log:
        log.truncate(10_000)
        assert path.read_bytes() == b'{"step": 1}\n'
        log.truncate(3)
        assert path.read_bytes() == b""


def test_a_full_disk_is_told_at_the_line_and_leaves_no_torn_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with disk.LineLog(tmp_path / "m") as log:
        log.append({"step": 1})
        full_disk_after(4, monkeypatch)
        with pytest.raises(DiskFault, match="No space left on device"):
            log.append({"step": 2})
    assert lines(tmp_path / "m") == [{"step": 1}]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_device_that_is_really_full() -> None:
    with disk.LineLog(Path("/dev/full")) as log, pytest.raises(DiskFault, match="/dev/full: No space left"):
        log.append({"step": 1})


def test_write_syncs_the_file_before_the_name_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: list[str] = []
    sync, replace = os.fsync, os.replace

    def logged_sync(fd: int) -> None:
        log.append("folder" if Path(f"/proc/self/fd/{fd}").is_dir() else "file")
        sync(fd)

    def logged_replace(old: object, new: object) -> None:
        log.append("name")
        replace(old, new)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "fsync", logged_sync)
    monkeypatch.setattr(os, "replace", logged_replace)
    disk.write(tmp_path / "a", b"1")
    assert log == ["file", "name", "folder"]


def test_a_removal_that_is_cut_short_leaves_no_half_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.write_folder(tmp_path / "f", {"a": b"1"})

    def interrupt(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", interrupt)
        with pytest.raises(KeyboardInterrupt):
            disk.remove_folder(tmp_path / "f")
    assert not (tmp_path / "f").exists()
    disk.sweep(tmp_path)
    assert names(tmp_path) == []
