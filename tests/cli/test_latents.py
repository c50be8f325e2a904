"""Latents from the command line: truncated, saved, given, mixed, crossed, followed along directions, found for rows."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file, save_file

from ganframe import open_run

Trained = tuple[Path, subprocess.CompletedProcess[str]]
Here = Callable[..., int]


@pytest.fixture
def run(trained: Trained, here: Here, monkeypatch: pytest.MonkeyPatch) -> Here:
    """`ganframe` beside a trained run."""
    monkeypatch.chdir(trained[0])
    return here


def test_latents_saved_and_given(run: Here, tmp_path: Path) -> None:
    kept, picture, again = tmp_path / "kept.safetensors", tmp_path / "a.png", tmp_path / "b.png"
    assert run("sample", "small", "-n", "6", "--seed", "2", "--save-latents", str(kept), "--out", str(picture)) == 0
    assert load_file(kept).keys() == {"z", "label"}
    assert run("sample", "small", "--latents", str(kept), "--out", str(again)) == 0
    assert picture.read_bytes() == again.read_bytes()
    one = tmp_path / "z.npy"
    np.save(one, load_file(kept)["z"])
    asked = ["-n", "6", "--given", f"label={kept}", "--out", str(tmp_path / "c.png")]
    assert run("sample", "small", "--given", f"z={one}", *asked) == 0
    assert picture.read_bytes() == (tmp_path / "c.png").read_bytes()


def test_a_mixture_of_classes(run: Here, tmp_path: Path) -> None:
    out = tmp_path / "a.safetensors"
    assert run("sample", "small", "-n", "2", "--label", "3:0.75+8:0.25", "--out", str(out)) == 0
    label = load_file(out)["label"]
    assert label[:, 3].tolist() == [0.75, 0.75] and label[:, 8].tolist() == [0.25, 0.25]


def test_truncation_is_an_option_of_sample(run: Here, tmp_path: Path) -> None:
    whole, near, told = (tmp_path / f"{name}.safetensors" for name in ("whole", "near", "told"))
    for out, more in ((whole, []), (near, ["--truncation", "0.5"]), (told, ["--set", "sample.truncation=0.5"])):
        assert run("sample", "small", "-n", "4", *more, "--out", str(out)) == 0
    assert np.allclose(load_file(near)["z"], load_file(whole)["z"] / 2)
    assert near.read_bytes() == told.read_bytes()


def test_directions_as_a_picture_and_a_file(run: Here, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for by in ("sefa", "pca"):
        picture, file = tmp_path / f"{by}.png", tmp_path / f"{by}.safetensors"
        assert run("directions", "small", "--by", by, "-k", "3", "--save", str(file), "--out", str(picture)) == 0
        assert capsys.readouterr().out.startswith(f"directions of z by {by}: strengths ")
        found = load_file(file)
        assert found["z"].shape == (3, 4) and found["strengths"].shape == found["spreads"].shape == (3,)
        assert np.allclose(np.linalg.norm(found["z"], axis=1), 1, atol=1e-5)
        width, height = Image.open(picture).size
        assert width / 7 == height / 3
    ways = open_run("runs/small").directions("sefa", 3)
    assert np.allclose(ways.vectors.numpy(), load_file(tmp_path / "sefa.safetensors")["z"], atol=1e-5)
    out = tmp_path / "walk.safetensors"
    assert run("directions", "small", "-k", "1", "--steps", "3", "--reach", "2", "--seed", "5", "--out", str(out)) == 0
    sample = open_run("runs/small").draw(1, 5)
    assert np.allclose(load_file(out)["z"][1], sample["z"][0].numpy(), atol=1e-6)


def test_projection_of_files_and_rows(run: Here, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened = open_run("runs/small")
    opened.write("target.png", 1, seed=9, given={"label": 4})
    asked = ["--steps", "60", "--label", "4"]
    assert run("project", "small", "target.png", *asked, "--out", str(tmp_path / "found")) == 0
    assert "for the nearest of the samples drawn first" in capsys.readouterr().out
    folder = tmp_path / "found"
    assert {file.name for file in folder.iterdir()} == {"latents.safetensors", "target.png", "beside.png", "errors.csv"}
    (row,) = csv.DictReader((folder / "errors.csv").open())
    assert row["name"] == "target" and float(row["error"]) < 0.3 * float(row["nearest_sample"])
    assert run("project", "small", "--rows", "0,3", "--steps", "5", "--out", str(tmp_path / "rows")) == 0
    latents = load_file(tmp_path / "rows" / "latents.safetensors")
    assert latents["z"].shape == (2, 4) and np.allclose(latents["label"].sum(1), 1, atol=1e-5)
    assert (tmp_path / "rows" / "row-3.png").is_file()
    way = ["--latents", str(tmp_path / "rows" / "latents.safetensors"), "--steps", "3"]
    assert run("interpolate", "small", *way, "--out", str(tmp_path / "way.safetensors")) == 0
    between = load_file(tmp_path / "way.safetensors")
    assert np.allclose(between["label"][1], latents["label"].mean(0), atol=1e-6)
    twice = opened.project(opened.data.batch(torch.tensor([0, 3]), torch.Generator())["x"], steps=5)
    assert np.array_equal(twice.latents["z"].numpy(), latents["z"])


def test_crossed_samples_with_their_sources(run: Here, tmp_path: Path) -> None:
    picture, arrays = tmp_path / "a.png", tmp_path / "a.safetensors"
    asked = ["--wire", "z", "--layers", "2:", "-n", "3", "--label", "1"]
    for out in (picture, arrays):
        assert run("mix", "small", *asked, "--out", str(out)) == 0
    width, height = Image.open(picture).size
    assert width == height
    rows, columns = (open_run("runs/small").draw(3, seed)["z"].numpy() for seed in (0, 1))
    z = load_file(arrays)["z"].reshape(3, 3, 4)
    assert np.array_equal(z[2, 0], [*rows[2, :2], *columns[0, 2:]])
    mixed = open_run("runs/small").mix(0, 1, "z", (2, 4), 3, given={"label": 1})
    assert np.array_equal(mixed["x"].numpy(), load_file(arrays)["x"])
    kept = tmp_path / "two.safetensors"
    save_file({"z": np.eye(4, dtype=np.float32)[:2]}, kept)
    assert run("mix", "small", "--wire", "z", "--layers", "1", "--columns", str(kept), "--out", str(arrays)) == 0
    assert load_file(arrays)["x"].shape[0] == 8


@pytest.mark.parametrize(("args", "said"), [
    (["sample", "--given", "z=3"], "'z' has no classes; it takes 4 numbers, as in z=[0.5, …], or a file"),
    (["sample", "--given", "z=none.npy"], "none.npy: "),
    (["sample", "--wire", "generator.h"], "'generator.h' is no latent and no field; there are x, label, z"),
    (["sample", "--label", "3+12"], "'label' has no class '12'"),
    (["sample", "--save-latents", "no/place.safetensors"], "there is no folder 'no'"),
    (["sample", "--truncation", "-1"], "-1.0 is not in the range"),
    (["mix", "--wire", "z", "--layers", "x"], "'x' must be FIRST:END"),
    (["mix", "--wire", "z", "--layers", "2:9"], "'z' has 4 layers; it cannot be crossed from 2 to 9"),
    (["directions", "--of", "label2"], "nothing is called 'label2'"),
])  # fmt: skip
def test_what_cannot_be_done(run: Here, args: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(args[0], "small", *args[1:], "--out", "never.png") == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not Path("never.png").exists()


@pytest.mark.parametrize(("args", "said"), [
    ([], "name either files or --rows"),
    (["--rows", "5000"], "the data has rows 0 to 1796"),
    (["--rows", "1,b"], "'1,b' must be numbers of rows"),
    (["small.toml"], "small.toml: "),
    (["--rows", "1", "--given", "q=1"], "'q' is no latent and no field"),
])  # fmt: skip
def test_what_cannot_be_found(run: Here, args: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("project", "small", *args, "--out", "never") == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not Path("never").exists()
