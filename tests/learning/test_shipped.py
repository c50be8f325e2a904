"""What the shipped specs reach at full length, over seeds: the figures of specs/README.md. Run with `--slow`."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest
import torch

import ganframe

SPECS = Path(__file__).parents[2] / "specs"
QUIET = {f"hooks.{name}": False for name in ("progress", "samples", "watch", "report")}


def run(name, folder, **overrides):
    """A finished run of a shipped spec without hooks, on one thread."""
    spec = ganframe.read_spec(SPECS / f"{name}.toml", {**QUIET, "device.threads": 1, **overrides})
    return ganframe.train(spec, folder)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "modes"), [("ring", 8), ("grid25", 25)])
def test_modes_over_five_seeds(tmp_path, name, modes):
    runs = [run(name, tmp_path / str(seed), **{"run.seed": seed}) for seed in range(5)]
    assert [r.figures["modes.modes"] for r in runs] == [modes] * 5
    quality = [r.figures["modes.high_quality"] for r in runs]
    assert statistics.median(quality) >= 0.95, quality
    assert min(quality) >= 0.93, quality
    assert all(0.3 < r.figures["modes.spread"] <= 1.1 for r in runs)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_digits_are_read_as_asked_by_another_classifier(tmp_path):
    datasets = pytest.importorskip("sklearn.datasets")
    svm = pytest.importorskip("sklearn.svm")
    made = run("digits", tmp_path / "run")
    assert made.figures["fd.distance"] < 0.25
    digits = datasets.load_digits()
    judge = svm.SVC(gamma=0.001, C=10).fit(digits.data, digits.target)
    right = []
    for label in range(10):
        x = ganframe.open_run(tmp_path / "run").sample(200, seed=1, label=label)
        right += list(judge.predict(((x.reshape(200, 64) + 1) * 8).clamp(0, 16).numpy()) == label)
    assert sum(right) / len(right) >= 0.97


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_unconditional_digits(tmp_path):
    made = run("digits-unconditional", tmp_path / "run")
    assert made.figures["fd.distance"] < 0.5


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_tutorial_learns_its_two_modes(tmp_path):
    overrides = {"run.steps": 1500, "metrics.line": {"type": "Wasserstein1d", "every": 1500, "samples": 10_000}}
    made = run("tutorial", tmp_path / "run", **overrides)
    assert made.figures["line.w1"] < 0.25
    x = made.sample(4096)
    assert abs(float(x.mean())) < 0.3
    assert 0.7 < float(x.std()) < 1.5
    assert float((x < 0).float().mean()) == pytest.approx(0.5, abs=0.15)
    assert torch.isfinite(x).all()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_noise_is_taken_off_digits(tmp_path):
    made = run("denoise", tmp_path / "run")
    assert made.figures["paired.share"] < 0.4, "of the error of the noisy digit"
    assert made.figures["reading.accuracy"] > 0.7, "as they come 0.62"
    assert made.figures["fd.distance"] < 1.2
