"""Generated sounds, their spectrograms as data, layers, views and metrics."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ganframe_audio.data import MelSpectrograms, Plucks, Speech, Tones, speech
from ganframe_audio.data.plucks import note_names
from ganframe_audio.files import wav
from ganframe_audio.layers import LogSpectrum, MelSpectrogram, Spectrogram
from ganframe_audio.metrics import PitchAccuracy, SpectralDistance
from ganframe_audio.signal import spectrum
from ganframe_audio.signal.pitch import cents, pitch
from ganframe_audio.views import Audio, Mel
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ganframe import Field, Shape
from ganframe.registry import discover

CPU = torch.device("cpu")


def sounds(**options: Any) -> Any:
    return Plucks(**{"rows": 160, **options}).open()


def test_every_pluck_has_the_pitch_of_its_class() -> None:
    data = sounds()
    rows = data.batch(torch.arange(160), None)
    pitches = torch.tensor(data.facts()["pitches"], dtype=torch.float64)
    heard, clear = pitch(rows["x"][:, 0], 8000, 131, 1046)
    away = cents(heard, pitches[rows["label"].argmax(1)])
    assert float((away < 50).double().mean()) > 0.98 and float(away.median()) < 5 and float(clear.mean()) > 0.9
    assert data.fields()["label"].names == ("C4", "D4", "E4", "F4", "G4", "A4", "B4", "C5")
    peaks = rows["x"].abs().amax((1, 2))
    assert float(peaks.min()) >= 0.6 - 1e-6 and float(peaks.max()) <= 0.95 + 1e-6
    assert data.facts()["frequencies"] == [0.125] * 8


def test_a_string_follows_its_equation() -> None:
    pitch_, rate = 400.0, 8000
    y = sounds(pitches=(pitch_,), decay=(0.99, 0.99), rows=1).sounds[0, 0].double()
    period = rate / pitch_ - 0.5
    whole, rest = int(period), period % 1
    t = torch.arange(200, 600)
    wanted = 0.99 * ((1 - rest) / 2 * y[t - whole] + y[t - whole - 1] / 2 + rest / 2 * y[t - whole - 2])
    assert torch.allclose(y[t], wanted, atol=1e-6)


def test_parts_differ_and_seeds_too() -> None:
    one = sounds().sounds
    assert torch.equal(one, sounds().sounds)
    assert not torch.equal(one, sounds(split="test").sounds) and not torch.equal(one, sounds(seed=1).sounds)


def test_names_of_notes() -> None:
    assert note_names((440.0, 466.2, 27.5)) == ("A4", "A#4", "A0")
    assert note_names((440.0, 441.0)) == ("440 Hz (0)", "441 Hz (1)")


@pytest.mark.parametrize(("made", "said"), [
    (lambda: Plucks(pitches=(2000.0,)), "needs 'sample_rate' 16000, not 8000"),
    (lambda: Plucks(pitches=()), "'pitches' names none"),
    (lambda: Plucks(decay=(0.9, 0.5)), "'decay' must rise"),
    (lambda: Tones(low=700.0), "'low' = 700 is above 'high' = 600"),
    (lambda: Tones(high=800.0), "more than half of 'sample_rate' = 8000"),
    (lambda: MelSpectrograms(sounds=Tones(rows=9), hop=100), "'hop' must divide the 2048 samples"),
    (lambda: MelSpectrograms(sounds=Tones(rows=9), fft_size=500), "'fft_size' must be a power of two"),
    (lambda: MelSpectrograms(sounds=Tones(rows=9), mels=200), "mel bands hold no frequency"),
    (lambda: MelSpectrograms(sounds=Tones(rows=9), high=5000.0), "do not lie within 0 to 4000 Hz"),
])  # fmt: skip
def test_what_cannot_be_made(made: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        made().open()


def test_tones_go_the_way_they_say() -> None:
    data = Tones(rows=60).open()
    rows = data.batch(torch.arange(60), None)
    parts = [pitch(rows["x"][:, 0, a : a + 512], 8000, 90, 1300)[0] for a in (200, 1336)]
    went = torch.log2(parts[1] / parts[0])
    kinds = rows["label"].argmax(1)
    assert data.fields()["label"].names == ("steady", "rising", "falling")
    assert float(went[kinds == 0].abs().median()) < 0.01
    assert float(went[kinds == 1].median()) > 0.2 and float(went[kinds == 2].median()) < -0.2


@pytest.mark.skipif(shutil.which(speech.PROGRAM) is None, reason="espeak-ng is not installed")
def test_words_are_spoken() -> None:
    data = Speech(words=("yes", "no"), rows=6).open()
    spoken = data.batch(torch.arange(6), None)["x"]
    assert spoken.shape == (6, 1, 4096) and data.facts()["sample_rate"] == 8000
    loud = spoken.square().mean((1, 2)).sqrt()
    assert float(loud.min()) > 0.01 and float(spoken.abs().max()) <= 1
    assert not torch.equal(spoken[0], spoken[2])
    with pytest.raises(ValueError, match="cannot say 'yes' as 'klingon-b'"):
        Speech(words=("yes",), voices=("klingon-b",), rows=1).open()


def test_speech_without_its_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech.shutil, "which", lambda name: None)
    speech.spoken.cache_clear()
    with pytest.raises(ValueError, match="is not installed: apt-get install espeak-ng"):
        Speech(rows=2).open()
    assert Speech.example(Path()) is None


def test_spectrograms_as_data() -> None:
    data = MelSpectrograms(sounds=Plucks(rows=16), split="test").open()
    rows = data.batch(torch.arange(16), None)
    assert rows["x"].shape == (16, 1, 64, 32) and data.fields()["x"].view == "mel" and rows["label"].shape == (16, 8)
    facts = data.facts()
    assert {n: facts[n] for n in ("sample_rate", "length", "fft_size", "hop", "mels", "low", "high", "decibels")} == {
        "sample_rate": 8000, "length": 2048, "fft_size": 512, "hop": 64, "mels": 64, "low": 0.0, "high": 4000.0,
        "decibels": 80.0,
    }  # fmt: skip
    assert facts["pitches"][0] == 262 and (facts["height"], facts["width"], facts["channels"]) == (64, 32, 1)
    heard = Plucks(rows=16, split="test").open().sounds[:, 0]
    wanted = spectrum.mel_bands(64, 512, 8000, 0, 4000) @ spectrum.power(heard, 512, 64)[..., :32]
    wanted = 10 * torch.log10(wanted / 128**2)
    assert torch.allclose(rows["x"][:, 0], (1 + wanted / 40).clamp(-1, 1), atol=2e-3)
    with pytest.raises(ValueError, match="must be sound data, but its first field 'x' is shown as mel"):
        MelSpectrograms(sounds=MelSpectrograms()).open()


def test_layers_are_what_their_formulas_say() -> None:
    x = sounds(rows=4).sounds.repeat(1, 2, 1)
    spectra = torch.stft(x[:, 0], 256, 64, window=torch.hann_window(256), return_complex=True).abs()
    shape = Shape(x.shape[1:])
    seen = Spectrogram(fft_size=256).build(shape)(x)
    assert seen.shape == (4, 2, 129, 33) and torch.allclose(seen[:, 1], spectra, atol=1e-3)
    logs = LogSpectrum(fft_size=256, floor=0.1).build(shape)(x)
    assert torch.allclose(logs[:, 0], (spectra.square() + 0.1).log() / 2, atol=1e-5)
    mels = MelSpectrogram(sample_rate=8000, fft_size=256, mels=20, high=3000.0).build(shape)
    assert torch.allclose(mels(x)[:, 0], (mels.bands @ spectra.square() + 0.01).log(), atol=1e-4)
    for layer, said in ((LogSpectrum(fft_size=8192), "2048 samples are too few for windows of 8192"),):
        with pytest.raises(ValueError, match=said):
            layer.build(shape)
    with pytest.raises(ValueError, match=r"expected a sound \(channels, samples\)"):
        LogSpectrum().build(Shape((1, 8, 8)))


@settings(max_examples=25)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(6, 40), st.integers(1, 5), st.integers(0, 99))
def test_phase_shuffle_moves_every_row_by_a_few_samples(rows: int, channels: int, length: int, shift: int, seed: int) -> None:
    module = discover().get("layer", "PhaseShuffle")(shift=shift).build(Shape((channels, length)))
    x = torch.arange(1.0, rows * channels * length + 1).view(rows, channels, length)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        moved = module.train()(x)
    assert moved.shape == x.shape and torch.equal(module.eval()(x), x)
    wide = torch.nn.functional.pad(x, (shift, shift), mode="reflect")
    for row, made in zip(wide, moved, strict=True):
        assert any(torch.equal(row[:, k : k + length], made) for k in range(2 * shift + 1))


def test_sounds_in_one_file_come_back_one_by_one(tmp_path: Path) -> None:
    data = sounds(rows=3)
    field, facts = data.fields()["x"], data.facts()
    Audio().write(tmp_path / "three.wav", data.sounds, field, facts)
    head, sound = wav.read(tmp_path / "three.wav")
    assert (head.rate, head.frames) == (8000, 3 * 2048 + 2 * 800) and not sound[:, 2048:2848].any()
    assert torch.allclose(Audio().read(tmp_path / "three.wav", field, facts), data.sounds, atol=1 / 32768)
    for other, said in (
        ({**facts, "sample_rate": 16000}, "has 8000 Hz and 1 channels, not 16000 Hz and 1"), (facts, "has 7744 samples, not 2000"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            Audio().read(tmp_path / "three.wav", Field((1, 2000 if other is facts else 2048), view="audio"), other)
    with pytest.raises(ValueError, match="say none"):
        Audio().write(tmp_path / "a.wav", data.sounds, field, {})


def test_a_picture_shows_waveform_and_spectrum(tmp_path: Path) -> None:
    time = torch.arange(4000) / 8000
    two = torch.stack([torch.zeros(1, 4000), 0.9 * torch.sin(2 * math.pi * 2000 * time)[None]])
    Audio().grid(tmp_path / "a.png", two, Field((1, 4000), view="audio"), {"sample_rate": 8000}, 2)
    shown = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int)
    silent, loud = shown[8:140, 8:184], shown[8:140, 192:368]
    assert (silent[44:].sum(-1) < 60).all()
    bright = loud[44:].sum(-1).mean(1)
    assert abs(int(bright.argmax()) - 44) <= 2 and bright.max() > 5 * np.median(bright)
    assert (loud[:44] == (31, 78, 156)).all(-1).mean() > 0.8 > 0.05 > (silent[:44] == (31, 78, 156)).all(-1).mean()


def test_spectrograms_are_heard(tmp_path: Path) -> None:
    data = MelSpectrograms(sounds=Plucks(rows=8)).open()
    rows = data.batch(torch.arange(8), None)
    Mel().write(tmp_path / "a.wav", rows["x"], data.fields()["x"], data.facts())
    head, sound = wav.read(tmp_path / "a.wav")
    assert (head.rate, head.frames) == (8000, 8 * 2048 + 7 * 800)
    parts = torch.nn.functional.pad(sound, (0, 800)).view(8, 2848)[:, :2048]
    heard, _ = pitch(parts, 8000, 131, 1046)
    assert int((cents(heard, torch.tensor(data.facts()["pitches"])) < 50).sum()) >= 7


def meter(metric: Any, data: Any) -> Any:
    return metric.build(data.fields(), data.facts(), CPU)


def test_pitch_accuracy_counts_what_is_in_tune() -> None:
    data = sounds(rows=64)
    real = data.batch(torch.arange(64), None)
    right, wrong = meter(PitchAccuracy(), data), meter(PitchAccuracy(), data)
    right.update(real, real)
    wrong.update(real, {**real, "label": real["label"].roll(1, 1)})
    assert right.compute()["accuracy"] > 0.95 and wrong.compute()["accuracy"] == 0
    assert right.compute()["clarity"] == right.compute()["real_clarity"] > 0.9
    tones = Tones(rows=8).open()
    with pytest.raises(ValueError, match="name no 'pitches'"):
        meter(PitchAccuracy(), tones)
    mels = MelSpectrograms(sounds=Plucks(rows=16)).open()
    heard = meter(PitchAccuracy(), mels)
    rows = mels.batch(torch.arange(16), None)
    heard.update(rows, rows)
    assert heard.compute()["accuracy"] > 0.9


def test_spectral_distance_is_in_decibels() -> None:
    data = sounds(rows=64)
    real = data.batch(torch.arange(64), None)
    for factor, wanted in ((1.0, 0.0), (0.5, 20 * math.log10(2))):
        made = meter(SpectralDistance(fft_sizes=(64,)), data)
        noise = 0.1 * torch.randn(64, 1, 2048, generator=torch.Generator().manual_seed(0))
        made.update({**real, "x": noise}, {**real, "x": factor * noise})
        assert made.compute()["distance"] == pytest.approx(wanted, abs=0.1)
    near, far = meter(SpectralDistance(), data), meter(SpectralDistance(), data)
    near.update(real, {"x": sounds(rows=64, split="test").sounds})
    far.update(real, {"x": 0.1 * torch.randn(64, 1, 2048)})
    assert near.compute()["distance"] < 1 < 20 < far.compute()["distance"]
    with pytest.raises(ValueError, match="too short for windows"):
        meter(SpectralDistance(fft_sizes=(8192,)), data)
