"""A model of power loss: what a disk may hold after any prefix of a checkpoint's system calls.

The calls of the real code are recorded. Until a file is synced its content may be empty, half, zeros or whole; until a
folder is synced any subset of the changes to its names may have reached the disk (the model of ALICE, OSDI 2014).
Every such disk is laid out and the newest checkpoint is looked for on it.
"""

import contextlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
import torch

from ganframe import checkpoint


@attrs.define(eq=False)
class File:
    """A file: what the program sees, and what a sync has made sure of."""

    content: bytes = b""
    durable: bytes | None = None

    def variants(self) -> list[bytes]:
        if self.durable == self.content:
            return [self.content]
        half = self.content[: len(self.content) // 2]
        return list(dict.fromkeys([b"", half, bytes(len(self.content)), self.content]))


@attrs.define(eq=False)
class Folder:
    """A folder: its names now, the names a sync has made sure of, and the changes since then."""

    names: dict[str, Any] = attrs.field(factory=dict)
    durable: dict[str, Any] = attrs.field(factory=dict)
    pending: list[Callable[[dict[str, Any]], object]] = attrs.field(factory=list)

    def change(self, change: Callable[[dict[str, Any]], object]) -> None:
        change(self.names)
        self.pending.append(change)

    def sync(self) -> None:
        self.durable, self.pending = dict(self.names), []

    def variants(self) -> Iterator[dict[str, Any]]:
        for kept in itertools.product([False, True], repeat=len(self.pending)):
            names = dict(self.durable)
            for change in itertools.compress(self.pending, kept):
                change(names)
            yield names


def layouts(node: File | Folder) -> Iterator[Any]:
    """Every content that may be found under a node after the power is gone."""
    if isinstance(node, File):
        yield from node.variants()
        return
    for names in node.variants():
        for contents in itertools.product(*(list(layouts(child)) for child in names.values())):
            yield dict(zip(names, contents, strict=True))


class Recorder:
    """Stands between the code under test and the system calls; after each it shows the disk to `examine`."""

    def __init__(self, root: Path, examine: Callable[[Folder], None], *, drop: str = "") -> None:
        self.root, self.disk, self.examine, self.drop = root, Folder(), examine, drop
        self.open_files: dict[int, File | Folder] = {}
        self.real = {name: getattr(os, name) for name in ("open", "write", "fsync", "mkdir", "rename", "replace")}

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in self.real:
            patch.setattr(os, name, getattr(self, name))

    def find(self, path: Path) -> tuple[Folder, str]:
        *parents, name = Path(path).relative_to(self.root).parts
        folder = self.disk
        for parent in parents:
            folder = folder.names[parent]
        return folder, name

    def open(self, path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        fd: int = self.real["open"](path, flags, mode, **more)
        if isinstance(path, Path) and path.is_relative_to(self.root):
            if path == self.root:
                self.open_files[fd] = self.disk
                return fd
            folder, name = self.find(path)
            if flags & os.O_CREAT and name not in folder.names:
                file = File()
                folder.change(lambda names: names.update({name: file}))
                self.examine(self.disk)
            self.open_files[fd] = folder.names[name]
        return fd

    def write(self, fd: int, data: Any) -> int:
        count: int = self.real["write"](fd, data)
        file = self.open_files[fd]
        assert isinstance(file, File)
        file.content += bytes(data[:count])
        self.examine(self.disk)
        return count

    def fsync(self, fd: int) -> None:
        node = self.open_files[fd]
        if type(node).__name__.lower() not in self.drop.split():
            if isinstance(node, File):
                node.durable = node.content
            else:
                node.sync()
        self.examine(self.disk)

    def mkdir(self, path: Any, mode: int = 0o777) -> None:
        self.real["mkdir"](path, mode)
        (folder, name), new = self.find(path), Folder()
        folder.change(lambda names: names.update({name: new}))
        self.examine(self.disk)

    def rename(self, old: Any, new: Any) -> None:
        self.real["rename"](old, new)
        (folder, was), (other, name) = self.find(old), self.find(new)
        assert folder is other
        node = folder.names[was]
        folder.change(lambda names: (names.pop(was, None), names.update({name: node})))
        self.examine(self.disk)

    replace = rename


def lay_out(layout: dict[str, Any], path: Path) -> None:
    path.mkdir()
    for name, content in layout.items():
        if isinstance(content, dict):
            lay_out(content, path / name)
        else:
            (path / name).write_bytes(content)


@attrs.define
class Findings:
    """What was met in all disks that were laid out."""

    disks: int = 0
    broken: int = 0
    none: int = 0
    lost: int = 0


class Enough(Exception):
    """A negative control has shown what it was to show."""


def trial(
    tmp_path: Path, patch: pytest.MonkeyPatch, steps: int, keep: int, *, drop: str = "",
    enough: Callable[[Findings], bool] = lambda found: False,
) -> Findings:  # fmt: skip
    """Save `steps` checkpoints, the last one twice, and count what may be found after a power loss at every moment."""
    found, seen, safe = Findings(), set(), [(0, 0)]
    root, crashed = tmp_path / "run", tmp_path / "crashed"
    root.mkdir()

    def look(layout: dict[str, Any]) -> None:
        key = (repr(layout), safe[0])
        if key in seen:
            return
        seen.add(key)
        with pytest.MonkeyPatch.context() as calm:
            for name, real in recorder.real.items():
                calm.setattr(os, name, real)
            lay_out(layout, crashed)
            folder = crashed / "checkpoints"
            newest = checkpoint.newest(folder)
            loaded = checkpoint.load(newest) if newest else None
            found.disks += 1
            found.broken += len(list(folder.glob("step-*"))) - len(checkpoint.valid(folder))
            found.none += loaded is None and safe[0] > (0, 0)
            found.lost += loaded is not None and (loaded.step, loaded.state["figure"]) < safe[0]
            shutil.rmtree(crashed)
        if enough(found):
            raise Enough

    def examine(disk: Folder) -> None:
        for layout in layouts(disk):
            look(layout)

    recorder = Recorder(root, examine, drop=drop)
    with patch.context() as patched, contextlib.suppress(Enough):
        recorder.install(patched)
        for step, figure in [*((step, 0) for step in range(1, steps + 1)), (steps, 1)]:
            model = {"g.x": torch.tensor([float(step)])}
            checkpoint.save(root / "checkpoints", step, model, {"figure": figure}, {})
            safe[0] = (step, figure)
            checkpoint.prune(root / "checkpoints", keep)
        examine(recorder.disk)
    return found


@pytest.mark.parametrize("keep", [1, 2])
def test_nothing_acknowledged_is_lost_and_nothing_torn_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: int
) -> None:
    found = trial(tmp_path, monkeypatch, steps=3, keep=keep)
    assert found.disks > 50
    assert attrs.astuple(found)[1:] == (0, 0, 0)


def test_without_syncing_files_the_model_finds_torn_checkpoints_and_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = trial(tmp_path, monkeypatch, 1, 1, drop="file", enough=lambda found: found.broken > 0 < found.none)
    assert found.broken > 0
    assert found.none > 0


def test_without_syncing_folders_the_model_finds_lost_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = trial(tmp_path, monkeypatch, 1, 1, drop="folder", enough=lambda found: found.none > 0)
    assert found.none > 0
