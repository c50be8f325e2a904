"""Whether two run folders ended alike, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from ganframe import checkpoint


def last(folder: Path) -> checkpoint.Loaded:
    """The newest checkpoint."""
    found = checkpoint.newest(folder / "checkpoints")
    assert found is not None
    return checkpoint.load(found)


def lines(folder: Path) -> list[dict[str, Any]]:
    """The log without times."""
    told = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in told]


def same(one: Any, two: Any, path: str = "") -> None:
    """Assert that two trees are equal bit for bit."""
    assert type(one) is type(two), path
    if isinstance(one, dict):
        assert list(one) == list(two), path
        for key in one:
            same(one[key], two[key], f"{path}/{key}")
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(two), path
        for i, (a, b) in enumerate(zip(one, two, strict=True)):
            same(a, b, f"{path}/{i}")
    elif isinstance(one, torch.Tensor):
        assert one.dtype == two.dtype and torch.equal(one, two), path
    else:
        assert one == two or one != one, path


def equal(a: Path, b: Path) -> None:
    """Assert that two run folders end alike."""
    one, two = last(a), last(b)
    assert one.step == two.step and set(one.model) == set(two.model)
    same(dict(sorted(one.model.items())), dict(sorted(two.model.items())))
    states = [{**it.state, "seconds": 0.0, "metrics_offset": 0} for it in (one, two)]
    same(*states)
    assert lines(a) == lines(b)
