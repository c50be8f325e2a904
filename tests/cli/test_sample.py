"""`sample` and `evaluate` on a trained run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from ganframe import open_run

Trained = tuple[Path, subprocess.CompletedProcess[str]]
Here = Callable[..., int]


@pytest.fixture
def run(trained: Trained, here: Here, monkeypatch: pytest.MonkeyPatch) -> Here:
    """`ganframe` beside a trained run."""
    monkeypatch.chdir(trained[0])
    return here


def array(run: Here, out: Path, *args: str) -> np.ndarray:
    assert run("sample", "runs/small", "--out", str(out), *args) == 0
    return np.load(out) if out.suffix == ".npy" else load_file(out)["x"]


def test_the_first_ten_of_a_hundred(run: Here, tmp_path: Path) -> None:
    ten = array(run, tmp_path / "ten.npy", "-n", "10", "--seed", "7")
    hundred = array(run, tmp_path / "hundred.safetensors", "-n", "100", "--seed", "7")
    assert ten.shape == (10, 1, 8, 8) and hundred.shape == (100, 1, 8, 8)
    assert np.array_equal(ten, hundred[:10])
    assert not np.array_equal(ten, array(run, tmp_path / "other.npy", "-n", "10", "--seed", "8"))
    assert np.abs(ten).max() <= 1


def test_the_same_from_python(run: Here, tmp_path: Path) -> None:
    told = array(run, tmp_path / "a.npy", "-n", "5", "--label", "3")
    assert np.array_equal(told, open_run("runs/small/0001").sample(5, seed=0, label=3).numpy())


def test_labels_by_index_name_and_all(run: Here, tmp_path: Path) -> None:
    for label, classes in (("3", [3] * 12), ("all", [*range(10), 0, 1])):
        out = tmp_path / f"{label}.safetensors"
        assert run("sample", "small", "-n", "12", "--label", label, "--out", str(out)) == 0
        assert load_file(out)["label"].argmax(1).tolist() == classes
    given, out = tmp_path / "given.safetensors", tmp_path / "3.safetensors"
    assert run("sample", "small", "-n", "12", "--given", "label=3", "--out", str(given)) == 0
    assert given.read_bytes() == out.read_bytes()


def test_latents_from_a_file_give_their_samples_again(run: Here, tmp_path: Path) -> None:
    first, again, edited = (tmp_path / f"{name}.safetensors" for name in ("first", "again", "edited"))
    assert run("sample", "small", "-n", "6", "--seed", "3", "--out", str(first)) == 0
    assert run("sample", "small", "--latents", str(first), "--seed", "9", "--out", str(again)) == 0
    assert np.array_equal(load_file(first)["x"], load_file(again)["x"])
    save_file({"z": np.zeros((2, 4), np.float32)}, edited)
    zeros = array(run, tmp_path / "zeros.npy", "--latents", str(edited), "--label", "0")
    assert zeros.shape[0] == 2 and np.array_equal(zeros[0], zeros[1])
    given = array(run, tmp_path / "given.npy", "-n", "2", "--given", "z=[0, 0, 0, 0]", "--label", "0")
    assert np.array_equal(zeros, given)


def test_files_have_the_usual_rights_and_no_torn_ones_stay(run: Here, tmp_path: Path) -> None:
    for suffix in (".png", ".npy", ".safetensors"):
        out = tmp_path / f"a{suffix}"
        assert run("sample", "small", "-n", "3", "--out", str(out)) == 0
        assert out.stat().st_mode & 0o444 == 0o444
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(("args", "said"), [
    (["--label", "12"], "'label' has no class '12'; there are 0, 1, 2"),
    (["--given", "labl=1"], "'labl' is no latent and no field; there are x, label, z; did you mean 'label'?"),
    (["--given", "z"], "'z' must be NAME=VALUE"),
    (["--given", "z=[1, 2]"], "'z' takes numbers of shape (4,), not (2,)"),
    (["--given", "z=[1, 'a']"], "neither a number nor an array of numbers"),
    (["--out", "a.gif"], "a.gif: cannot write samples as '.gif'; there is .png, .jpg, .jpeg, .npy, .safetensors"),
    (["--out", "no/place/a.png"], "there is no folder 'no/place'"),
    (["--set", "run.seed=1"], "'run.seed=1': a trained run takes sample.* and device.* only"),
    (["--set", "sample.emma=false"], "did you mean 'ema'?"),
    (["--at", "29"], "has no valid checkpoint of step 29"),
    (["--at", "newest"], "'newest' must be latest, best or a step"),
    (["--latents", "runs/small/0001/metrics.jsonl"], "metrics.jsonl: "),
])  # fmt: skip
def test_what_cannot_be_drawn(run: Here, args: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = set(Path().iterdir())
    out = [] if "--out" in args else ["--out", "a.png"]
    assert run("sample", "runs/small", "-n", "2", *args, *out) == 2
    assert said in capsys.readouterr().err
    assert set(Path().iterdir()) == before


@pytest.mark.parametrize(("name", "shape", "args", "said"), [
    ("y", (3, 4), [], "'y' is no latent and no field"),
    ("z", (3, 5), [], "'z' has rows of shape (5,), not (4,)"),
    ("z", (3, 4), ["-n", "4"], "has 3 rows, fewer than 4"),
])  # fmt: skip
def test_latents_that_do_not_fit(
    run: Here, tmp_path: Path, name: str, shape: tuple[int, ...], args: list[str], said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    save_file({name: np.zeros(shape, np.float32)}, tmp_path / "l.safetensors")
    out = str(tmp_path / "a.npy")
    assert run("sample", "small", "--latents", str(tmp_path / "l.safetensors"), *args, "--out", out) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_sample_options_are_overridden(run: Here, tmp_path: Path) -> None:
    averaged = array(run, tmp_path / "a.npy", "-n", "4")
    plain = array(run, tmp_path / "b.npy", "-n", "4", "--set", "sample.ema=false")
    assert averaged.shape == plain.shape and not np.array_equal(averaged, plain)


def test_evaluate_gives_the_figures_of_the_run(run: Here, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", "small", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    rows = [json.loads(line) for line in Path("runs/small/0001/metrics.jsonl").read_text().splitlines()]
    assert told["step"] == 30 == rows[-1]["step"]
    assert told["figures"] == {name: value for name, value in rows[-1].items() if name.startswith("diversity.")}
    assert told["protocols"]["diversity"]["split"] == "train"
    assert run("evaluate", "small", "--at", "20") == 0
    assert capsys.readouterr().out.startswith("step 20   diversity ")


def test_pictures_cannot_be_printed(run: Here, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("sample", "runs/small", "-n", "2") == 2
    assert "these samples cannot be printed; give it a file" in capsys.readouterr().err
