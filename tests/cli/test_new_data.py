"""`new --data`: specs that suit what is there, say why, pass `check` and train."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli

from ganframe import open_run
from ganframe.cli import recipe
from tests.cli.pictures import mnist, pictures

Here = Callable[..., int]
Printed = pytest.CaptureFixture[str]
#: One step of few rows, on one thread and without pictures.
SHORT = ["run.steps=1", "run.batch_size=4", "device.threads=1", "sample.batch_size=4", "hooks.samples=false"]


def written(here: Here, data: str, file: str = "mine.toml") -> dict[str, Any]:
    """The spec for some data, after `check`."""
    assert here("new", file, "--data", data) == 0
    assert here("check", file) == 0
    return tomli.loads(Path(file).read_text())


def trained(here: Here, file: str = "mine.toml") -> Any:
    """A run of one step."""
    assert here("run", file, "--out", "out", *[word for text in SHORT for word in ("--set", text)]) == 0
    return open_run("out")


def test_small_grey_pictures(tmp_path: Path, here: Here, capsys: Printed) -> None:
    pictures(tmp_path / "grey", 20, 8, 8)
    spec = written(here, "grey")
    assert capsys.readouterr().err == ""
    types = [line if isinstance(line, str) else line["type"] for line in spec["networks"]["generator"]["layers"]]
    assert types == ["Linear", "LeakyReLU", "Linear", "LeakyReLU", "Linear", "Tanh", "Unflatten"]
    assert spec["data"] == {"type": "ImageFolder", "path": "grey", "size": 8, "channels": 1}
    assert "augment" not in spec["networks"]["discriminator"]
    assert trained(here).sample(2).shape == (2, 1, 8, 8)


def test_coloured_pictures_with_classes(tmp_path: Path, here: Here, capsys: Printed) -> None:
    for name, count in (("cats", 8), ("dogs", 2)):
        pictures(tmp_path / "pets" / name, count, 32, 32, 3)
    spec = written(here, "pets")
    networks = spec["networks"]
    assert networks["generator"]["inputs"] == ["z", "label"] and networks["discriminator"]["inputs"] == ["x", "label"]
    assert networks["discriminator"]["layers"][-1]["type"] == "Projection"
    assert networks["discriminator"]["augment"] == "DiffAugment"
    comments = [line for line in Path("mine.toml").read_text().splitlines() if line.startswith("# ")]
    assert comments[0] == "# For ImageFolder, 10 rows of 3x32x32, 2 classes (cats 8, dogs 2)."
    assert any(line.startswith("# Residual convolutions from 4x4 up to 32x32 and back down") for line in comments)
    assert any(line.startswith("# 10 rows are few") for line in comments)
    assert any('`sampler = "Balanced"`' in line for line in comments)
    assert trained(here).sample(2, label="dogs").shape == (2, 3, 32, 32)


def test_larger_coloured_pictures(tmp_path: Path, here: Here) -> None:
    pictures(tmp_path / "big", 6, 64, 64, 3)
    spec = written(here, "big")
    ups = [line["for"]["width"] for line in spec["networks"]["generator"]["layers"] if isinstance(line, dict) and "for" in line]
    assert ups == [[128, 128, 64, 32]]
    assert spec["run"]["batch_size"] == 32 and spec["losses"]["r1"]["weight"] == 1.0
    assert trained(here).sample(1).shape == (1, 3, 64, 64)


@pytest.mark.parametrize(("size", "wanted"), [
    ((28, 28), 28), ((25, 25), 24), ((100, 80), [96, 80]), ((218, 178), 128), ((700, 1000), [128, 160]), ((64, 48), [64, 48]),
])  # fmt: skip
def test_sizes_that_halve_well(tmp_path: Path, here: Here, size: tuple[int, int], wanted: object) -> None:
    pictures(tmp_path / "p", 2, *size)
    spec = written(here, "p")
    assert spec["data"]["size"] == wanted
    changed = wanted not in (size[0], list(size))
    assert ("# `size` was chosen" in Path("mine.toml").read_text()) == changed


def test_points_and_arrays_that_do_not_halve(tmp_path: Path, here: Here) -> None:
    np.savez(tmp_path / "p.npz", x=np.random.default_rng(0).normal(size=(50, 3)) * 100, label=np.arange(50) % 2)
    spec = written(here, "p.npz")
    assert spec["latents"]["z"]["size"] == 3 and spec["networks"]["generator"]["inputs"] == ["z", "label"]
    assert "# Values reach " in Path("mine.toml").read_text()
    assert trained(here).sample(2, label=1).shape == (2, 3)
    np.save(tmp_path / "odd.npy", np.zeros((5, 25, 25), np.uint8))
    spec = written(here, "odd.npy", "odd.toml")
    assert spec["networks"]["generator"]["layers"][-1]["unflattened_size"] == [1, 25, 25]


def test_a_folder_elsewhere(tmp_path: Path, here: Here, capsys: Printed) -> None:
    mnist(tmp_path / "mnist")
    (tmp_path / "specs").mkdir()
    spec = written(here, "mnist", "specs/mine.toml")
    assert spec["data"]["images"] == "../mnist/train-images-idx3-ubyte.gz"
    spec = written(here, str(tmp_path / "mnist"), "specs/absolute.toml")
    assert spec["data"]["images"] == str(tmp_path / "mnist" / "train-images-idx3-ubyte.gz")
    capsys.readouterr()
    assert here("check", "specs/mine.toml", "specs/absolute.toml", "--json") == 0
    one, two = map(json.loads, capsys.readouterr().out.splitlines())
    assert one == two


def test_more_rows_bear_more() -> None:
    few, some, many = (recipe.convolutions((3, 32, 32), rows) for rows in (500, 5_000, 50_000))
    assert few["steps"] < some["steps"] < many["steps"]
    assert few["augment"] and some["augment"] and not many["augment"]
    assert few["up"] == some["up"] == [128, 64, 32] and many["up"] == [256, 128, 64]


@pytest.mark.parametrize(("args", "said"), [
    (["--data", "none"], "Path 'none' does not exist"),
    (["--data", "empty"], "no data set knows what empty is"),
    (["--data", "series.npy"], "no recipe for 'x', float32 25x7"),
    (["--data", "whole.npy"], "no recipe for 'x', int64 3"),
    (["--data", "empty", "--template", "digits"], "it comes instead of --template"),
])  # fmt: skip
def test_what_has_no_recipe(tmp_path: Path, args: list[str], said: str, here: Here, capsys: Printed) -> None:
    (tmp_path / "empty").mkdir()
    np.save(tmp_path / "series.npy", np.ones((9, 25, 7), np.float32))
    np.save(tmp_path / "whole.npy", np.ones((9, 3), np.int64))
    assert here("new", "mine.toml", *args) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "mine.toml").exists()
