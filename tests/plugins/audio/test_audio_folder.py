"""Folders of sounds: what is found, how it is cut, what is refused, and what is told of them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from ganframe_audio.data import AudioFolder
from ganframe_audio.data.windows import places
from ganframe_audio.files import wav
from hypothesis import given, settings
from hypothesis import strategies as st


def ramp(frames: int, channels: int = 1, start: int = 0) -> torch.Tensor:
    """Samples that tell their place."""
    return ((torch.arange(start, start + frames) % 8192) / 32768).expand(channels, -1)


def save(path: Path, frames: int, rate: int = 8000, channels: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    wav.write(path, ramp(frames, channels), rate)
    return path


def rows(data: Any, *indices: int, seed: int = 0) -> dict[str, torch.Tensor]:
    chosen = torch.tensor(indices or range(len(data)))
    return data.batch(chosen, torch.Generator().manual_seed(seed))


def begins(data: Any, seed: int = 0) -> list[int]:
    """The first sample of every window, as its place in the file."""
    return (rows(data, seed=seed)["x"][:, 0, 0] * 32768).round().long().tolist()


def test_windows_of_all_files_in_order(tmp_path: Path) -> None:
    save(tmp_path / "b.wav", 100)
    save(tmp_path / "a" / "c.wav", 250)
    save(tmp_path / ".hidden.wav", 100)
    data = AudioFolder(path=tmp_path, length=64).open()
    assert begins(data) == [0, 64, 128, 0] and len(data) == 4
    assert data.fields()["x"].shape == (1, 64) and data.fields()["x"].view == "audio"
    assert data.facts() == {"channels": 1, "length": 64, "sample_rate": 8000, "seconds": 0.008}
    assert begins(AudioFolder(path=tmp_path, length=64, hop=32).open()) == [0, 32, 64, 96, 128, 160, 0, 32]
    assert begins(AudioFolder(path=tmp_path, length=64, cut="start").open()) == [0, 0]
    assert begins(AudioFolder(path=tmp_path / "b.wav", length=50).open()) == [0, 50]


@settings(max_examples=25)
@given(st.lists(st.integers(1, 500), min_size=1, max_size=5), st.integers(16, 200), st.integers(1, 200))
def test_every_window_lies_in_its_file(lengths: list[int], length: int, hop: int) -> None:
    at = places(lengths, length, hop, "windows")
    for file, frames in enumerate(lengths):
        starts = at[at[:, 0] == file, 1].tolist()
        assert starts[0] == 0 and starts == list(range(0, len(starts) * hop, hop))
        assert starts[-1] + length <= frames or starts == [0]
        assert starts[-1] + hop + length > frames


def test_a_short_file_ends_in_silence(tmp_path: Path) -> None:
    save(tmp_path / "a.wav", 40)
    made = rows(AudioFolder(path=tmp_path, length=64).open())["x"]
    assert torch.equal(made[0, :, :40], ramp(40)) and not made[0, :, 40:].any()


def test_random_cuts_hang_on_the_stream_alone(tmp_path: Path) -> None:
    save(tmp_path / "a.wav", 1000)
    save(tmp_path / "b.wav", 10)
    data = AudioFolder(path=tmp_path, length=64, cut="random").open()
    assert len(data) == 1000 // 64 + 1
    one, two = begins(data), begins(data, seed=1)
    assert one == begins(data) != two
    assert all(0 <= start <= 936 for start in one) and len(set(one[:-1])) > 10 and one[-1] == 0


@pytest.mark.parametrize(("layout", "classes", "names"), [
    (["dog/1", "cat/1", "cat/2"], "auto", ("cat", "dog")),
    (["one/1", "one/2"], "auto", ()),
    (["one/1"], "folders", ("one",)),
    (["dog/1", "cat/1", "top"], "auto", ()),
    (["dog/1", "cat/1"], "none", ()),
])  # fmt: skip
def test_folders_are_classes_where_they_are_clear(layout: Any, classes: str, names: Any, tmp_path: Path) -> None:
    for name in layout:
        save(tmp_path / f"{name}.wav", 100)
    data = AudioFolder(path=tmp_path, length=50, classes=classes).open()
    assert ("label" in data.fields()) == bool(names)
    if names:
        assert data.fields()["label"].names == names
        counts = [sum(name in entry for entry in layout) for name in names]
        assert rows(data)["label"].sum(0).tolist() == [2 * count for count in counts]
        assert data.facts()["frequencies"] == pytest.approx([c / sum(counts) for c in counts])


def test_other_rates_and_channels_are_refused_or_brought_together(tmp_path: Path) -> None:
    save(tmp_path / "a.wav", 400, rate=8000)
    save(tmp_path / "b.wav", 800, rate=16000, channels=2)
    for options, said in (
        ({}, "differ in sample rates: 1 of 8000 .*a.wav.*, 1 of 16000 .*b.wav.*; write sample_rate and resample = true"),
        ({"sample_rate": 8000, "channels": 1}, "b.wav: has 16000 Hz, not 8000; write resample = true, or sample_rate"),
        ({"sample_rate": 8000, "resample": True}, "differ in channels: 1 of 1 .*, 1 of 2 .*; write channels = 1 or 2"),
        ({"sample_rate": 4000}, "differ in channels"),
        ({"sample_rate": 4000, "channels": 1}, "2 of 2 sounds do not fit, the first: .*a.wav: has 8000 Hz, not 4000"),
    ):
        with pytest.raises(ValueError, match=said):
            AudioFolder(path=tmp_path, length=100, **options).open()
    data = AudioFolder(path=tmp_path, length=100, sample_rate=8000, resample=True, channels=2).open()
    assert len(data) == 8 and data.facts()["channels"] == 2 and rows(data)["x"].shape == (8, 2, 100)
    assert AudioFolder(path=tmp_path, length=100, sample_rate=4000, resample=True, channels=1).open().facts()["sample_rate"] == 4000


def test_damaged_files_fail_with_their_name_or_are_skipped(tmp_path: Path) -> None:
    for name in ("a/1", "b/1", "b/2"):
        save(tmp_path / f"{name}.wav", 100)
    bad = tmp_path / "a" / "2.wav"
    bad.write_bytes((tmp_path / "a" / "1.wav").read_bytes()[:100])
    with pytest.raises(ValueError, match="a/2.wav: is cut off, 56 of 200 bytes are there"):
        AudioFolder(path=tmp_path, length=100).open()
    with pytest.warns(UserWarning, match="1 of 4 sounds are damaged and skipped:\n  .*2.wav: is cut off"):
        data = AudioFolder(path=tmp_path, length=100, on_error="skip").open()
    assert rows(data)["label"].argmax(1).tolist() == [0, 1, 1]
    for path in tmp_path.rglob("*.wav"):
        path.write_bytes(b"no")
    with pytest.raises(ValueError, match="all 4 sounds are damaged, the first: .*a/1.wav: is no WAV file"):
        AudioFolder(path=tmp_path, length=100, on_error="skip").open()


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=f"there is no folder {tmp_path}/no"):
        AudioFolder(path=tmp_path / "no").open()
    (tmp_path / "notes.txt").write_text("no sound")
    with pytest.raises(ValueError, match="holds no sounds .*; it holds notes.txt"):
        AudioFolder(path=tmp_path).open()
    save(tmp_path / "a.wav", 100)
    with pytest.raises(ValueError, match="there are no sub-folders with sounds, but classes = 'folders'"):
        AudioFolder(path=tmp_path, classes="folders").open()


def test_what_does_not_fit_into_memory_is_decoded_each_time(tmp_path: Path) -> None:
    save(tmp_path / "a.wav", 200)
    kept, fresh = (AudioFolder(path=tmp_path, length=50, cache=size).open() for size in (1, 0))
    assert torch.equal(rows(kept)["x"], rows(fresh)["x"])
    (tmp_path / "a.wav").unlink()
    assert torch.equal(rows(kept, 2)["x"][0], ramp(50, start=100))
    with pytest.raises(FileNotFoundError):
        rows(fresh, 2)


def test_the_survey_tells_what_is_there_and_what_is_odd(tmp_path: Path) -> None:
    for k in range(11):
        save(tmp_path / "many" / f"{k}.wav", 4000)
    save(tmp_path / "few" / "a.wav", 8000, rate=16000, channels=2)
    wav.write(tmp_path / "many" / "silent.wav", torch.zeros(1, 4000), 8000)
    wav.write(tmp_path / "many" / "loud.wav", torch.sign(torch.sin(torch.arange(4000.0)))[None], 8000)
    (tmp_path / "many" / "bad.wav").write_bytes(b"no")
    (tmp_path / "notes.txt").write_text("hm")
    found = AudioFolder.survey(tmp_path)
    assert found is not None
    assert found.options == {
        "path": tmp_path, "length": 2048, "sample_rate": 8000, "resample": True, "channels": 1, "on_error": "skip",
    }  # fmt: skip
    assert found.found["sounds"] == "14 (14 WAV, 16 bits)"
    assert found.found["sample rates"] == "13 of 8,000 Hz, 1 of 16,000 Hz (such as few/a.wav)"
    assert found.found["seconds"] == "0.5 to 0.5, half of them up to 0.5; 7 in all"
    assert list(found.odd) == [
        "many/bad.wav: is no WAV file", "silent: many/silent.wav", "clipped: many/loud.wav",
        "class few has 1 sounds, many 14", "no sounds: notes.txt",
    ]  # fmt: skip
    with pytest.warns(UserWarning, match="1 of 15 sounds are damaged"):
        assert len(AudioFolder(**found.options).open()) == 14
    assert AudioFolder.survey(tmp_path / "notes.txt") is None
    assert AudioFolder.survey(tmp_path / "empty") is None


def test_normalized_files_reach_full_scale(tmp_path: Path) -> None:
    wav.write(tmp_path / "a.wav", 0.1 * torch.sin(torch.arange(0, 20 * math.pi, 0.1))[None], 8000)
    made = rows(AudioFolder(path=tmp_path, length=500, normalize=True).open())["x"]
    assert float(made.abs().max()) == pytest.approx(1)
