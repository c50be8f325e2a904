"""Sounds from the command line: told, written for, trained on, heard."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli
import torch
from ganframe_audio.files import wav

from ganframe import open_run
from ganframe.cli import cli
from ganframe.cli.errors import run_guarded

Here = Callable[..., int]
SHORT = ["run.steps=2", "run.batch_size=4", "device.threads=1", "sample.batch_size=4"]
SPEC = """
format = 1
[run]
steps = 2
batch_size = 8
[device]
threads = 1
[data]
type = "Plucks"
rows = 32
length = 512
[latents.z]
type = "Normal"
size = 4
[networks.generator]
inputs = ["z", "label"]
optimizer = "Adam"
layers = [{ type = "Concat", from = ["@z", "@label"] }, { type = "Linear", out_features = 512 }, "Tanh", { type = "Unflatten", dim = 1, unflattened_size = [1, 512] }]
[networks.discriminator]
inputs = ["x", "label"]
optimizer = "Adam"
layers = [{ type = "LogSpectrum", fft_size = 64 }, "Flatten", { type = "Projection", label = "@label" }]
[losses.adversarial]
type = "NonSaturating"
[hooks]
watch = false
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """Run `ganframe ARGS` in this process, in the test's folder; gives the exit status."""
    monkeypatch.chdir(tmp_path)
    return lambda *args: run_guarded(lambda: cli.main(args=list(args), standalone_mode=False))


def record(folder: Path, names: str, frames: int, rate: int = 8000) -> None:
    folder.mkdir(parents=True)
    for k, name in enumerate(names):
        time = torch.arange(frames) / rate
        wav.write(folder / f"{name}.wav", 0.5 * torch.sin(2 * math.pi * (300 + 40 * k) * time)[None], rate)


def trained(here: Here, spec: str) -> None:
    assert here("check", spec) == 0
    assert here("run", spec, "--out", "out", *[word for text in SHORT for word in ("--set", text)]) == 0


def test_a_folder_of_short_sounds(tmp_path: Path, here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    record(tmp_path / "mine" / "high", "ab", 2100)
    record(tmp_path / "mine" / "low", "cde", 2100)
    assert here("data", "check", "mine") == 0
    told = capsys.readouterr().out
    assert "sounds: 5 (5 WAV, 16 bits)\nsample rates: 8,000 Hz\nchannels: 1\n" in told
    assert told.endswith('classes: 2: low 3, high 2\n\n[data]\ntype = "AudioFolder"\npath = "mine"\nlength = 2048\n')
    assert here("new", "mine.toml", "--data", "mine") == 0
    text = Path("mine.toml").read_text()
    assert text.splitlines()[1] == "# For 5 sounds of 0.256 s at 8,000 Hz, 2 classes."
    assert "# 5 windows are few" in text and max(map(len, text.splitlines())) <= 150
    spec = tomli.loads(text)
    assert spec["data"] == {"type": "AudioFolder", "path": "mine", "length": 2048}
    assert spec["networks"]["spectrum"]["layers"] == [{"type": "LogSpectrum", "fft_size": 512, "hop": 256}]
    trained(here, "mine.toml")
    run = open_run("out")
    assert run.sample(2, label="high").shape == (2, 1, 2048)
    assert run.facts["sample_rate"] == 8000


def test_one_long_recording(tmp_path: Path, here: Here) -> None:
    record(tmp_path / "long", "a", 40_000, 16000)
    assert here("new", "long.toml", "--data", "long/a.wav") == 0
    spec = tomli.loads(Path("long.toml").read_text())
    assert spec["data"] == {"type": "AudioFolder", "path": "long/a.wav", "length": 16384}
    assert spec["blocks"]["Up"] and spec["networks"]["generator"]["inputs"] == ["z"]
    assert here("check", "long.toml") == 0


def test_a_run_is_heard_and_seen(tmp_path: Path, here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    Path("spec.toml").write_text(SPEC)
    assert here("run", "spec.toml", "--out", "out") == 0
    assert "\npicture: out/samples/step-00000002.png\n" in capsys.readouterr().out
    shown = sorted(path.name for path in Path("out/samples").iterdir())
    assert shown == ["README", *(f"step-0000000{k}{suffix}" for k in (0, 2) for suffix in (".png", ".wav"))]
    head, _ = wav.read(Path("out/samples/step-00000002.wav"))
    assert (head.rate, head.frames) == (8000, 16 * 512 + 15 * 800)
    page = Path("out/report.html").read_text()
    assert len(re.findall(r'<audio controls src="data:audio/', page)) == 2
    assert here("sample", "out", "-n", "3", "--label", "C4", "--out", "some") == 0
    assert sorted(path.name for path in Path("some").iterdir()) == ["0000.wav", "0001.wav", "0002.wav"]
    assert here("sample", "out", "-n", "3", "--label", "C4", "--out", "all.wav") == 0
    every = wav.read(Path("all.wav"))[1]
    assert torch.equal(every[:, 1312:1824], wav.read(Path("some/0001.wav"))[1])
    assert here("sample", "out", "--out", "some") == 2
    assert "some: is no empty folder" in capsys.readouterr().err
    assert here("interpolate", "out", "--steps", "4", "--label", "0", "--out", "between.wav") == 0
    assert wav.read(Path("between.wav"))[0].frames == 4 * 512 + 3 * 800
