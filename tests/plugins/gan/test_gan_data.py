"""Toy data: fixed rows by position, the distributions they claim, and points from files."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from ganframe_gan.data import GaussianMixture, Grid, Points, Ring

TOYS = {
    "ring": Ring(rows=4000),
    "grid": Grid(rows=4000),
    "line": GaussianMixture(rows=4000),
    "weighted": GaussianMixture(means=((0.0, 1.0), (2.0, -1.0), (5.0, 5.0)), weights=(1.0, 0.0, 3.0), rows=4000),
}
HASH = """
import hashlib, torch
from ganframe_gan.data import Ring
rows = Ring(rows=4000).open().batch(torch.arange(3999, -1, -7))
print(hashlib.sha256(rows["x"].numpy().tobytes() + rows["label"].numpy().tobytes()).hexdigest())
"""


def every(data):
    return data.batch(torch.arange(len(data)))


@pytest.mark.parametrize("name", TOYS)
def test_a_row_depends_on_its_position_alone(name: str) -> None:
    data, again = TOYS[name].open(), TOYS[name].open()
    rows = torch.tensor([3999, 0, 17, 17, 2000])
    batch = data.batch(rows, torch.Generator().manual_seed(5))
    for field, values in batch.items():
        assert torch.equal(values, every(again)[field][rows])
        assert values.shape[1:] == data.fields()[field].shape
    with pytest.raises(IndexError):
        data.batch(torch.tensor([4000]))


def test_another_process_gives_the_same_bits() -> None:
    rows = TOYS["ring"].open().batch(torch.arange(3999, -1, -7))
    here = hashlib.sha256(rows["x"].numpy().tobytes() + rows["label"].numpy().tobytes()).hexdigest()
    there = subprocess.run([sys.executable, "-c", HASH], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


def test_another_seed_gives_other_points() -> None:
    assert not torch.equal(every(Ring(rows=50).open())["x"], every(Ring(rows=50, seed=1).open())["x"])


@pytest.mark.parametrize("name", TOYS)
def test_labels_name_the_mode_a_point_came_from(name: str) -> None:
    data = TOYS[name].open()
    facts, rows = data.facts(), every(data)
    means, codes = torch.tensor(facts["means"]), rows["label"].argmax(1)
    count = torch.bincount(codes, minlength=facts["modes"]).double()
    assert data.fields()["label"].names == tuple(map(str, range(facts["modes"])))
    assert facts["frequencies"] == pytest.approx((count / len(data)).tolist())
    weights = torch.tensor(facts["weights"], dtype=torch.float64)
    assert ((count - 4000 * weights).abs() <= 5 * (4000 * weights * (1 - weights)).sqrt()).all()
    away = (rows["x"] - means[codes]) / facts["std"]
    assert away.mean(0).abs().max() < 5 / math.sqrt(4000)
    assert (away.var(0) - 1).abs().max() < 5 * math.sqrt(2 / 4000)


def test_ring_lies_on_its_circle() -> None:
    facts = Ring().open().facts()
    means = torch.tensor(facts["means"])
    assert (facts["modes"], facts["classes"], facts["dims"], facts["std"]) == (8, 8, 2, 0.02)
    assert torch.allclose(means.norm(dim=1), torch.tensor(2.0))
    assert torch.allclose(means[[0, 2]], torch.tensor([[2.0, 0.0], [0.0, 2.0]]), atol=1e-6)
    gaps = (means[1:] - means[:-1]).norm(dim=1)
    assert torch.allclose(gaps, gaps[:1].expand(7), atol=1e-5)


def test_grid_is_the_literatures_divided_by_two() -> None:
    data = Grid().open()
    facts = data.facts()
    assert facts["std"] == 0.025 and facts["modes"] == 25
    assert sorted(map(tuple, facts["means"])) == [(float(x), float(y)) for x in range(-2, 3) for y in range(-2, 3)]
    assert torch.equal(every(data)["x"], every(Grid(spacing=1.0, std=0.025, scale=1.0).open())["x"])


def test_mixture_by_default_is_two_modes_on_a_line() -> None:
    data = GaussianMixture().open()
    assert len(data) == 50_000 and data.facts()["means"] == [[-1.0], [1.0]] and data.facts()["std"] == 0.5
    x = every(data)["x"]
    assert float(x.mean()) == pytest.approx(0, abs=0.03) and float(x.var()) == pytest.approx(1.25, abs=0.03)
    assert data.fields()["x"].view == "points"


@pytest.mark.parametrize(
    ("options", "means"),
    [
        ({"modes": 3}, [[-1.0], [0.0], [1.0]]),
        ({"modes": 1, "dims": 3}, [[0.0, 0.0, 0.0]]),
        ({"dims": 2}, [[-1.0, -1.0], [1.0, 1.0]]),
        ({"means": (-4.0, 0.0, 4.0)}, [[-4.0], [0.0], [4.0]]),
        ({"means": ((0.0, 1.0),), "dims": 2, "modes": 1}, [[0.0, 1.0]]),
    ],
)
def test_centres_follow_the_options(options, means) -> None:
    assert GaussianMixture(rows=5, **options).open().facts()["means"] == means


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"means": (0.0, (1.0, 2.0))}, "'means' needs 1 number "),
        ({"means": ((0.0, 1.0),), "dims": 3}, "'means' needs 3 numbers"),
        ({"means": (0.0, 1.0), "modes": 3}, "'modes' is 3, but 'means' names 2"),
        ({"weights": (1.0,)}, "'weights' needs 2"),
        ({"weights": (0.0, 0.0)}, "sum above 0"),
    ],
)
def test_options_that_disagree_are_refused(options, message) -> None:
    with pytest.raises(ValueError, match=message):
        GaussianMixture(**options).open()


def test_points_from_csv_with_and_without_names(tmp_path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("a,kind,b\n1,dog,2.5\n\n-3,cat,1e2\n0,dog,0\n")
    data = Points(path=path, label="kind").open()
    assert every(data)["x"].tolist() == [[1.0, 2.5], [-3.0, 100.0], [0.0, 0.0]]
    assert data.fields()["label"].names == ("cat", "dog")
    assert every(data)["label"].tolist() == [[0, 1], [1, 0], [0, 1]]
    assert data.facts() == {"dims": 2, "classes": 2, "frequencies": [1 / 3, 2 / 3]}
    path.write_text("1,2\n3,4")
    bare = Points(path=path).open()
    assert every(bare)["x"].tolist() == [[1.0, 2.0], [3.0, 4.0]] and list(bare.fields()) == ["x"]


def test_points_from_npy(tmp_path) -> None:
    points = np.arange(6.0).reshape(3, 2)
    np.save(tmp_path / "p.npy", points)
    data = Points(path=tmp_path / "p.npy").open()
    assert every(data)["x"].tolist() == points.tolist() and data.fields()["x"].view == "points"


@pytest.mark.parametrize(
    ("text", "label", "message"),
    [
        ("1,2\n3\n", "", ":2: 1 columns, expected 2"),
        ("1,2\n3,x\n", "", ":2: 'x' is no finite number"),
        ("1,2\n3,inf\n", "", ":2: 'inf' is no finite number"),
        ("a,b\n", "", "holds no points"),
        ("", "", "holds no points"),
        ("a,b\n1,2\n", "c", "no column is called 'c'; columns: a, b"),
    ],
)
def test_a_bad_csv_is_named_with_its_line(tmp_path, text, label, message) -> None:
    path = tmp_path / "p.csv"
    path.write_text(text)
    with pytest.raises(ValueError) as caught:
        Points(path=path, label=label).open()
    assert str(path.absolute()) in str(caught.value) and message in str(caught.value)


@pytest.mark.parametrize(
    "array",
    [np.zeros(3), np.zeros((0, 2)), np.array([["a"]]), np.array([[1, None]], dtype=object), np.full((2, 2), np.nan)],
)
def test_a_bad_npy_is_refused(tmp_path, array) -> None:
    np.save(tmp_path / "p.npy", array, allow_pickle=array.dtype == object)
    with pytest.raises(ValueError, match=r"p\.npy"):
        Points(path=tmp_path / "p.npy").open()


def test_a_cut_off_npy_is_refused(tmp_path) -> None:
    np.save(tmp_path / "p.npy", np.zeros((9, 2)))
    whole = (tmp_path / "p.npy").read_bytes()
    (tmp_path / "p.npy").write_bytes(whole[:-5])
    with pytest.raises(ValueError, match=r"p\.npy"):
        Points(path=tmp_path / "p.npy").open()


def test_a_missing_file_is_named_by_its_absolute_path(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=str(tmp_path / "nowhere.csv")):
        Points(path=Path("nowhere.csv")).open()
