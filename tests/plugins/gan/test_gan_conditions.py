"""Conditions that are no single class: numbers and several labels at once, from the data to a sample."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

import ganframe

SPEC = """
format = 1
run = { steps = 300, batch_size = 64, seed = 0 }
device = { type = "cpu", threads = 1 }
data = { type = "Arrays", path = "turned.npz" }
latents.z = { type = "Normal", size = 2 }
losses.adversarial = { type = "NonSaturating" }
losses.r1 = { type = "R1", weight = 0.1 }
hooks = { progress = false, samples = false, watch = false, report = false }
[networks.generator]
inputs = ["z", "angle", "marks"]
optimizer = { type = "Adam", lr = 3e-3, betas = [0.0, 0.99] }
layers = [
  { type = "Concat", from = ["@z", "@angle", "@marks"] }, { type = "Linear", out_features = 32 }, "ReLU",
  { type = "Linear", out_features = 32 }, "ReLU", { type = "Linear", out_features = 2 },
]
[networks.discriminator]
inputs = ["x", "angle", "marks"]
optimizer = { type = "Adam", lr = 3e-3, betas = [0.0, 0.99] }
layers = [
  { type = "Concat", from = ["@x", "@angle", "@marks"] }, { type = "Linear", out_features = 32 }, "ReLU",
  { type = "Linear", out_features = 32 }, "ReLU", { type = "Linear", out_features = 1 },
]
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Points on the unit circle at `angle`, moved by (3, 0) and (0, 3) where the first and second mark is on."""
    folder, rng = tmp_path_factory.mktemp("turned"), np.random.default_rng(0)
    angle, marks = rng.uniform(-1, 1, 2000), rng.integers(0, 2, (2000, 3)).astype(np.float32)
    at = np.stack([np.cos(angle), np.sin(angle)], 1) + 3 * marks[:, :2] + 0.05 * rng.standard_normal((2000, 2))
    np.savez(folder / "turned.npz", x=at, angle=angle, marks=marks)
    (folder / "it.toml").write_text(SPEC)
    return ganframe.train(ganframe.read_spec(folder / "it.toml"), folder / "run")


def test_a_number_and_several_labels_are_fields_and_are_obeyed(run) -> None:
    assert run.fields["angle"].shape == (1,) and run.fields["marks"].shape == (3,)
    for marks in ([0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0]):
        rows = torch.tensor(marks).expand(64, 3)
        made = run.sample(64, angle=torch.full((64, 1), 0.5), marks=rows).mean(0)
        want = torch.tensor([np.cos(0.5), np.sin(0.5)]) + 3 * torch.tensor(marks[:2])
        assert (made - want).norm() < 1.0, f"{marks}: {made} instead of {want}"


def test_both_are_given_on_the_command_line(run, tmp_path) -> None:
    given = ["--given", "angle=0.5", "--given", "marks=[1, 1, 0]", "--out", str(tmp_path / "a.npy")]
    told = subprocess.run([sys.executable, "-m", "ganframe", "sample", str(run.path), "-n", "5", *given], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    rows = {"angle": torch.full((1, 1), 0.5), "marks": torch.tensor([[1.0, 1.0, 0.0]])}
    assert np.allclose(np.load(tmp_path / "a.npy"), run.sample(5, **rows).numpy(), atol=1e-6)
