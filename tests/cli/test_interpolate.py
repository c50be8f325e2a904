"""`interpolate`: the ends are what `sample` draws, and the way between them is a line or an arc."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.numpy import load_file, save_file

from ganframe.mixing import arc, mixed

Trained = tuple[Path, subprocess.CompletedProcess[str]]
Here = Callable[..., int]


@pytest.fixture
def run(trained: Trained, here: Here, monkeypatch: pytest.MonkeyPatch) -> Here:
    """`ganframe` beside a trained run."""
    monkeypatch.chdir(trained[0])
    return here


def drawn(run: Here, out: Path, *args: str) -> dict[str, np.ndarray]:
    assert run("interpolate", "small", "--out", str(out), *args) == 0
    return load_file(out)


def sampled(run: Here, out: Path, *args: str) -> dict[str, np.ndarray]:
    assert run("sample", "small", "--out", str(out), *args) == 0
    return load_file(out)


@pytest.mark.parametrize("way", ["--sphere", "--straight"])
def test_the_ends_are_the_samples_of_the_two_seeds(run: Here, tmp_path: Path, way: str) -> None:
    asked = ["--from", "3", "--to", "5", "-n", "4", "--steps", "6", "--label", "2", way]
    made = drawn(run, tmp_path / "a.safetensors", *asked)
    assert made["x"].shape == (24, 1, 8, 8) and made["z"].shape == (24, 4)
    for at, seed in ((0, "3"), (5, "5")):
        ends = sampled(run, tmp_path / "b.safetensors", "-n", "4", "--seed", seed, "--label", "2")
        for name in ("x", "z", "label"):
            assert np.array_equal(made[name][at::6], ends[name])


def test_without_numbers_it_is_one_pair_of_seeds_0_and_1(run: Here, tmp_path: Path) -> None:
    assert run("interpolate", "small", "--label", "1", "--out", str(tmp_path / "a.npy")) == 0
    made = np.load(tmp_path / "a.npy")
    assert made.shape == (9, 1, 8, 8)
    for at, seed in ((0, "0"), (8, "1")):
        ends = sampled(run, tmp_path / "b.safetensors", "-n", "1", "--seed", seed, "--label", "1")
        assert np.array_equal(made[at], ends["x"][0])


def test_a_line_and_an_arc(run: Here, tmp_path: Path) -> None:
    line = drawn(run, tmp_path / "a.safetensors", "-n", "5", "--steps", "3", "--straight")["z"].reshape(5, 3, 4)
    assert np.allclose(line[:, 1], (line[:, 0] + line[:, 2]) / 2, atol=1e-6)
    way = drawn(run, tmp_path / "b.safetensors", "-n", "5", "--steps", "3")["z"].reshape(5, 3, 4)
    assert np.array_equal(way[:, [0, 2]], line[:, [0, 2]])
    between = [np.linalg.norm(z, axis=1) for z in (way[:, 1], line[:, 1])]
    assert (between[0] > between[1]).all()


def test_a_class_stays_unless_the_end_has_another(run: Here, tmp_path: Path) -> None:
    plain = drawn(run, tmp_path / "a.safetensors", "-n", "3", "--steps", "4")["label"].reshape(3, 4, 10)
    assert (plain == plain[:, :1]).all() and set(np.unique(plain)) == {0.0, 1.0}
    both = drawn(run, tmp_path / "b.safetensors", "-n", "3", "--steps", "5", "--label", "3", "--to-label", "8")["label"]
    share = np.linspace(0, 1, 5, dtype=np.float32)
    assert np.allclose(both.reshape(3, 5, 10)[:, :, 8], share) and np.allclose(both.reshape(3, 5, 10)[:, :, 3], 1 - share)
    every = drawn(run, tmp_path / "c.safetensors", "-n", "12", "--steps", "2", "--label", "all")["label"]
    assert every.argmax(1).reshape(12, 2).tolist() == [[k % 10] * 2 for k in range(12)]


def test_the_rows_of_a_file_in_turn(run: Here, tmp_path: Path) -> None:
    file = tmp_path / "kept.safetensors"
    keys = sampled(run, file, "-n", "4", "--seed", "9")
    made = drawn(run, tmp_path / "a.safetensors", "--latents", str(file), "--steps", "3")
    assert made["x"].shape == (9, 1, 8, 8)
    for first, last in ((0, 0), (2, 1), (3, 1), (5, 2), (8, 3)):
        for name in ("z", "label"):
            assert np.array_equal(made[name][first], keys[name][last])
        assert np.allclose(made["x"][first], keys["x"][last], atol=1e-5)
    assert len(drawn(run, tmp_path / "b.safetensors", "--latents", str(file), "-n", "2", "--steps", "3")["x"]) == 6


def test_latents_alone_in_a_file(run: Here, tmp_path: Path) -> None:
    save_file({"z": 2 * np.eye(4, dtype=np.float32)[:2]}, tmp_path / "z.safetensors")
    asked = ["--latents", str(tmp_path / "z.safetensors"), "--steps", "3", "--label", "4"]
    made = drawn(run, tmp_path / "a.safetensors", *asked)
    assert np.allclose(made["z"][1], [2**0.5, 2**0.5, 0, 0], atol=1e-6)
    assert made["label"].argmax(1).tolist() == [4] * 3


def test_a_row_a_pair_in_a_picture_and_all_pairs_in_a_film(run: Here, tmp_path: Path) -> None:
    picture, film, turn = tmp_path / "a.png", tmp_path / "a.gif", tmp_path / "b.gif"
    assert run("interpolate", "small", "-n", "2", "--steps", "5", "--out", str(picture)) == 0
    assert run("interpolate", "small", "-n", "4", "--steps", "5", "--out", str(film)) == 0
    width, height = Image.open(picture).size
    assert width / 5 == height / 2
    frames = Image.open(film)
    assert frames.format == "GIF" and frames.n_frames == 5 and frames.info["loop"] == 0
    assert frames.size == (2 * width / 5, 2 * height / 2)
    keys = str(tmp_path / "k.safetensors")
    assert run("sample", "small", "-n", "3", "--out", keys) == 0
    assert run("interpolate", "small", "--latents", keys, "--steps", "3", "--out", str(turn)) == 0
    assert Image.open(turn).size == (width / 5, height / 2)
    assert 3 < Image.open(turn).n_frames <= 6  # equal neighbours are one frame, shown longer


@pytest.mark.parametrize(("args", "said"), [
    (["--out", "a.gi"], "cannot write samples as '.gi'; there is .png, .jpg, .jpeg, .npy, .safetensors, .gif"),
    (["--out", "no/place/a.png"], "there is no folder 'no/place'"),
    (["--label", "12"], "'label' has no class '12'"),
    (["--label", "1", "--to-label", "x"], "'label' has no class 'x'"),
    (["--steps", "1"], "1 is not in the range x>=2"),
    (["--given", "zz=1"], "'zz' is no latent and no field"),
    (["--set", "run.seed=1"], "a trained run takes sample.* and device.* only"),
    (["--latents", "one.safetensors"], "one.safetensors has 1 rows, fewer than 2"),
    (["--latents", "one.safetensors", "--from", "1"], "it comes instead of --from and --to"),
])  # fmt: skip
def test_what_cannot_be_drawn(run: Here, args: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    save_file({"z": np.zeros((1, 4), np.float32)}, "one.safetensors")
    before = set(Path().iterdir())
    out = [] if "--out" in args else ["--out", "a.png"]
    assert run("interpolate", "small", *args, *out) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert set(Path().iterdir()) == before


rows = st.integers(2, 6).flatmap(lambda size: st.tuples(*[
    st.lists(st.floats(-3, 3, width=32), min_size=size, max_size=size).map(lambda row: torch.tensor([row])) for _ in "ab"
]))  # fmt: skip


@given(rows, st.floats(0, 1))
def test_an_arc_begins_ends_and_turns_evenly(pair: tuple[torch.Tensor, torch.Tensor], share: float) -> None:
    a, b = pair
    assert torch.equal(arc(a, b, 0.0), a) and torch.equal(arc(a, b, 1.0), b)
    one, two = a / a.norm().clamp(min=1e-3), b / b.norm().clamp(min=1e-3)
    angle = torch.acos((one.double() @ two.double().T).clamp(-1, 1))
    if min(a.norm(), b.norm()) < 0.1 or not 0.1 < angle < 3.0:
        return
    way = arc(one, two, share)
    assert abs(way.norm() - 1) < 1e-4
    assert abs(torch.acos((way.double() @ one.double().T).clamp(-1, 1)) - share * angle) < 2e-3


def test_no_arc_leads_to_where_one_looks_already() -> None:
    a, b = torch.tensor([[2.0], [1.0], [0.0]]), torch.tensor([[-2.0], [3.0], [1.0]])
    assert torch.allclose(arc(a, b, 0.25), torch.tensor([[1.0], [1.5], [0.25]]))


def test_whole_numbers_are_not_mixed() -> None:
    a, b = torch.tensor([[1, 2]]), torch.tensor([[3, 4]])
    assert torch.equal(mixed(a, b, 0.9, True, True), a)
