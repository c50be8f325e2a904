"""Batches read ahead are those that would have been read, in the same order, and say what went wrong in their turn."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ganframe import ahead
from ganframe.errors import SpecError, TrainingFault
from ganframe.feed import Feed
from tests.cli.pictures import pictures
from tests.toy import registry

CPU = torch.device("cpu")


class Numbers:
    """Rows that are their numbers, with what the stream says, and the threads that read them."""

    def __init__(self, read_ahead: bool, bad: int = -1) -> None:
        self.read_ahead, self.bad = read_ahead, bad
        self.threads: set[str] = set()

    def __len__(self) -> int:
        return 10

    def batch(self, indices: Tensor, rng: torch.Generator) -> dict[str, Tensor]:
        self.threads.add(threading.current_thread().name)
        if self.bad in indices.tolist():
            raise OSError(f"row {self.bad} is damaged")
        return {"x": indices.double() + torch.rand(len(indices), generator=rng)}


def feed(data: object) -> Feed:
    return Feed(data, registry().get("sampler", "Shuffled")(), 3, CPU)


def test_read_ahead_changes_no_batch() -> None:
    plain, threaded = (feed(Numbers(flag)) for flag in (False, True))
    for rows in (4, 4, 4, 7, 7, 3, 3, 25):
        assert torch.equal(plain.next(rows)["x"], threaded.next(rows)["x"])
    plain.position = threaded.position = 8  # as a resumed run does, or one that goes back
    for rows in (4, 4):
        assert torch.equal(plain.next(rows)["x"], threaded.next(rows)["x"])
    assert plain.data.threads == {"MainThread"}
    assert all(name.startswith("ganframe-data") for name in threaded.data.threads)


def test_a_fault_is_told_in_the_batch_it_belongs_to() -> None:
    order = feed(Numbers(False)).next(10)["x"].long().tolist()
    threaded = feed(Numbers(True, bad=order[5]))
    threaded.next(4)
    with pytest.raises(SpecError, match="data: row . is damaged"):
        threaded.next(4)


def test_a_file_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "PATIENCE", 0.1)
    hangs = threading.Event()
    slow = ahead.Ahead(lambda position, rows: lambda: {"x": torch.zeros(hangs.wait(5))}, 1)
    with pytest.raises(TrainingFault, match="no batch came from the data"):
        slow.next(0, 4)
    hangs.set()


@pytest.mark.parametrize(("cache", "reads"), [(0, True), (64, False)])
def test_pictures_from_files_are_read_ahead(tmp_path: Path, cache: int, reads: bool) -> None:
    pictures(tmp_path / "p", 12, 8, 8)
    data = registry().get("dataset", "ImageFolder")(path=tmp_path / "p", cache=cache).open()
    assert data.read_ahead is reads
    one, two = feed(data), feed(data)
    two._ahead = None
    for rows in (5, 5, 5):
        assert torch.equal(one.next(rows)["x"], two.next(rows)["x"])
