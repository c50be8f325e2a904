"""Films through the whole of ganframe: a run, its pictures, GIF files, `data check` and `new`."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

import ganframe
from ganframe.cli import cli
from tests.toy import trained

SPEC = """
format = 1
[run]
steps = 2
batch_size = 8
[device]
threads = 1
[data]
type = "Moving"
frames = 4
[latents.z]
type = "Normal"
size = 4
[networks.generator]
inputs = ["z", "label"]
optimizer = "Adam"
layers = [
  { type = "Concat", from = ["@z", "@label"] }, { type = "Linear", out_features = 576 },
  "Tanh", { type = "Unflatten", dim = 1, unflattened_size = [1, 4, 12, 12] },
]
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = ["Flatten", { type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
"""


def cat(*words):
    """A command that must end well, and what it printed."""
    done = CliRunner().invoke(cli, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run on moving shapes."""
    folder = tmp_path_factory.mktemp("films")
    (folder / "films.toml").write_text(SPEC)
    ganframe.train(ganframe.read_spec(folder / "films.toml"), folder / "run")
    return folder / "run"


def test_a_run_shows_film_strips(run) -> None:
    with Image.open(run / "samples" / "step-00000002.png") as sheet:
        assert sheet.format == "PNG" and sheet.width > sheet.height


def test_samples_are_films(run, tmp_path) -> None:
    cat("sample", run, "-n", 8, "--label", "all", "--out", tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as film:
        assert film.n_frames == 4 and film.width == 4 * 60 + 3 * 6 and film.height == 2 * 60 + 6
    cat("sample", run, "-n", 3, "--seed", 5, "--out", tmp_path / "each")
    assert sorted(p.name for p in (tmp_path / "each").iterdir()) == ["0000.gif", "0001.gif", "0002.gif"]
    opened = ganframe.open_run(run)
    one = opened.view("x").read(tmp_path / "each" / "0001.gif", opened.fields["x"], opened.facts)
    assert (one - opened.sample(3, seed=5)[1:2]).abs().max() <= 1 / 127


def test_an_interpolation_has_a_row_a_pair(run, tmp_path) -> None:
    cat("interpolate", run, "-n", 2, "--steps", 5, "--out", tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as film:
        assert film.n_frames == 4 and film.size == (5 * 60 + 4 * 6, 2 * 60 + 6)


def test_frames_let_a_network_for_pictures_judge_films(tmp_path) -> None:
    body = SPEC.partition("[run]")[2].replace("[device]\nthreads = 1\n", "")
    judge = 'layers = ["Frames", "Flatten"'
    made = trained(tmp_path, "[run]" + body.replace('layers = ["Flatten"', judge), 2)
    assert made.networks["discriminator"](torch.zeros(3, 1, 4, 12, 12)).shape == (12, 1)
    assert all(np.isfinite(value) for value in made.values().values())


@pytest.mark.parametrize("size", [(9, 8, 12), (5, 24, 20), (16, 33, 16)])
def test_new_writes_a_spec_for_films(tmp_path, size, monkeypatch) -> None:
    frames, height, width = size
    for name in ("left/a", "left/b", "right/a"):
        (tmp_path / "films" / name).mkdir(parents=True)
        for t in range(frames):
            Image.fromarray(np.full((height, width), 10 * t, np.uint8)).save(tmp_path / "films" / name / f"{t}.png")
    monkeypatch.chdir(tmp_path)
    assert 'type = "VideoFolder"' in cat("data", "check", "films")
    cat("new", "mine.toml", "--data", "films")
    spec = ganframe.read_spec("mine.toml", {"run.batch_size": 2})
    networks = ganframe.build(spec)
    made = networks["generator"](torch.zeros(2, 64), torch.eye(2))
    assert tuple(made.shape) == (2, 1, *size)
    assert networks["discriminator"](made, torch.eye(2)).shape == (2, 1)
