"""Atomic writing: after a crash or a power loss a path holds the old content or the new, never a torn one."""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from ganframe.errors import DiskFault

Buffer: TypeAlias = bytes | bytearray | memoryview
Parts: TypeAlias = Buffer | Sequence[Buffer]

TEMPORARY = ".tmp-"


@contextlib.contextmanager
def fault(verb: str, path: Path) -> Iterator[None]:
    """Turn an OSError into one line that names the path meant, not a temporary one."""
    try:
        yield
    except OSError as error:
        raise DiskFault(f"cannot {verb} {path.absolute()}: {error.strerror or error}") from error


def write(path: Path, data: Parts) -> None:
    """Write a whole file: temporary name beside it, fsync, rename, fsync of the folder."""
    with fault("write", path):
        if path.exists() and not path.is_file():
            raise FileExistsError(errno.EEXIST, "what is there is no plain file")
        temporary = _temporary(path)
        try:
            _fill(temporary, data)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def write_folder(path: Path, files: Mapping[str, Parts]) -> None:
    """Write a new folder with its files; it appears under its name complete and durable, or not at all."""
    with fault("write", path):
        temporary = _temporary(path)
        try:
            temporary.mkdir()
            for name, data in files.items():
                _fill(temporary / name, data)
            _sync_folder(temporary)
            temporary.rename(path)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        _sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder with its parents; each new name is durable, so that what is later written there can be found."""
    with fault("make", path):
        for folder in [*reversed(path.absolute().parents), path.absolute()]:
            if not folder.is_dir():
                folder.mkdir(exist_ok=True)
                _sync_folder(folder.parent)


def claim_folder(path: Path) -> bool:
    """Make a folder whose parent exists; False if the name is taken, also by a process that was faster."""
    with fault("make", path):
        try:
            path.mkdir()
        except FileExistsError:
            return False
        _sync_folder(path.parent)
        return True


def remove_folder(path: Path) -> None:
    """Remove a folder; it vanishes from its name at once, however long the deleting takes."""
    with fault("remove", path):
        temporary = _temporary(path)
        path.rename(temporary)
        shutil.rmtree(temporary)


def sweep(folder: Path) -> None:
    """Remove what writers that died have left in a folder. Call it under the run's lock, with no write in progress."""
    with fault("clean", folder):
        for path in sorted(folder.glob(f"{TEMPORARY}*")):
            if _writer_lives(path.name):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


class LineLog:
    """A file of one JSON object a line, to which whole lines are appended.

    A line goes to the system at once (a buffered file on a full disk loses lines without an exception).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with fault("open", path):
            self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)

    @property
    def offset(self) -> int:
        """Bytes in the file, which is where the next line begins."""
        with fault("read", self.path):
            return os.fstat(self._fd).st_size

    def append(self, obj: Mapping[str, Any]) -> None:
        """Append one object; numbers that are not finite become null."""
        line = json.dumps(_finite(obj), ensure_ascii=False, allow_nan=False).encode() + b"\n"
        start = self.offset
        with fault("write", self.path):
            try:
                _write_all(self._fd, line)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._fd, start)
                raise

    def truncate(self, offset: int) -> None:
        """Forget every line that begins at or after an offset, and a line that a crash has torn."""
        with fault("write", self.path):
            kept = self.path.read_bytes()[:offset]
            os.ftruncate(self._fd, kept.rfind(b"\n") + 1)

    def sync(self) -> None:
        """Make the lines so far durable."""
        with fault("write", self.path):
            os.fsync(self._fd)

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> LineLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _temporary(path: Path) -> Path:
    return path.with_name(f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(6)}")


def _writer_lives(name: str) -> bool:
    """True if a temporary name belongs to another process that is alive; in a container our own number recurs."""
    owner = name.removeprefix(TEMPORARY).partition("-")[0]
    if not owner.isdecimal() or int(owner) == os.getpid():
        return False
    try:
        os.kill(int(owner), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _fill(path: Path, data: Parts) -> None:
    """Create a file with mode 0666 less the umask, durably."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        for part in [data] if isinstance(data, bytes | bytearray | memoryview) else data:
            _write_all(fd, part)
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_all(fd: int, data: Buffer) -> None:
    rest = memoryview(data).cast("B")
    while rest:
        rest = rest[os.write(fd, rest) :]


def _sync_folder(path: Path) -> None:
    """fsync a folder's names; some network file systems cannot, and need not."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
            raise
    finally:
        os.close(fd)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return value
