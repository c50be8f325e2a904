"""Run folders: `runs/NAME/0001` and what may write into them."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

from ganframe import disk
from ganframe.errors import LockedFault, SpecError, did_you_mean

_MARKS = ("resolved.toml", "checkpoints")


def create(spec_name: str, out: Path | None, base: Path = Path("runs")) -> Path:
    """A new folder for a run: `out`, which must be new or empty, or the next number under `base/spec_name`."""
    if out is not None:
        with disk.fault("use", out):
            return _claim(out)
    parent = base / (spec_name.translate({ord(c): "-" for c in "/\\\0"}).lstrip(".") or "run")
    disk.make_folder(parent)
    with disk.fault("read", parent):
        number = max((int(run.name) for run in _numbered(parent)), default=0) + 1
    while not disk.claim_folder(path := parent / f"{number:04}"):
        number += 1
    return path


def newest_run(path: Path, base: Path = Path("runs")) -> Path:
    """The run that a path means: itself, or the newest of the numbered runs in it; `b` may stand for `runs/b`."""
    with disk.fault("read", path):
        for candidate in (path, base / path):
            if _is_run(candidate):
                return candidate
            if runs := [run for run in _numbered(candidate) if _is_run(run)]:
                return runs[-1]
        raise SpecError(_no_run(path, base))


def lock(path: Path) -> Lock:
    """Lock a run folder for training and clean up after writers that died; LockedFault if another holds it."""
    return Lock(path)


class Lock:
    """A lock on a run folder, held until `release`, the end of `with`, or the end of the process and its workers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with disk.fault("lock", path):
            self._fd = _acquire(path)
            try:
                os.ftruncate(self._fd, 0)
                os.pwrite(self._fd, f"{os.getpid()} {socket.gethostname()}\n".encode(), 0)
                for folder in (path, *(entry for entry in path.iterdir() if entry.is_dir())):
                    disk.sweep(folder)
            except BaseException:
                self.release()
                raise

    def release(self) -> None:
        """Let others train here; releasing twice is fine. The file stays: removing it would race."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _acquire(path: Path) -> int:
    """An open LOCK file that this process alone holds.

    flock, as a POSIX record lock would be lost when anything in this process opened and closed the file again.
    """
    fd = os.open(path / "LOCK", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _holder(os.pread(fd, 1000, 0).decode(errors="replace").split())
        os.close(fd)
        raise LockedFault(f"{path}: {holder}") from None
    except BaseException:
        os.close(fd)
        raise
    return fd


def _holder(text: list[str]) -> str:
    """Who holds a lock, from what it wrote: `PID HOST`."""
    if len(text) != 2 or not text[0].isdecimal():
        return "another process is training in this folder"
    process, host = text
    if host != socket.gethostname():
        return f"process {process} on {host} is training in this folder"
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return f"process {process} is gone, but a worker of it still holds this folder; it ends within seconds"
    except OSError:
        pass
    return f"process {process} is training in this folder"


def _claim(out: Path) -> Path:
    """`out` as an empty folder; SpecError if there is something in it."""
    if out.is_dir() and any(out.iterdir()):
        advice = f"`ganframe resume {out}` goes on with the run in it, or name" if _is_run(out) else "name"
        raise SpecError(f"{out}: this folder is not empty; {advice} a new one")
    if out.exists() and not out.is_dir():
        raise SpecError(f"{out}: this is a file; name a new folder")
    disk.make_folder(out)
    return out


def _no_run(path: Path, base: Path) -> str:
    """Why a path means no run, and what would."""
    if path.exists():
        owner = next((parent for parent in path.absolute().parents if _is_run(parent)), None)
        return f"{path}: not a run folder" + (f"; it belongs to the run {owner}" if owner else "")
    known = sorted(entry.name for entry in base.iterdir() if entry.is_dir()) if base.is_dir() else []
    here = f"; {base} has {', '.join(known)}" if known else ""
    beside = [str(mark.parent) for mark in path.parent.glob(f"*/{_MARKS[0]}")]
    return f"{path}: no such run{did_you_mean(str(path), [*known, *beside]) or here}"


def _is_run(path: Path) -> bool:
    return any((path / mark).exists() for mark in _MARKS)


def _numbered(path: Path) -> list[Path]:
    """The numbered folders in a path, by number."""
    if not path.is_dir():
        return []
    return sorted(
        (e for e in path.iterdir() if e.name.isascii() and e.name.isdecimal() and e.is_dir()), key=lambda e: int(e.name)
    )
