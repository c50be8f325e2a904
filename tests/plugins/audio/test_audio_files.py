"""Sound files: what is read, what is refused, and that what is written comes back."""

from __future__ import annotations

import builtins
import contextlib
import math
import struct
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ganframe_audio.files import decode, wav
from ganframe_audio.files.decode import Decoder, NoLibrary
from ganframe_audio.files.wav import BadSound
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays


def tone(frames: int = 200, channels: int = 1, rate: int = 8000) -> torch.Tensor:
    time = torch.arange(frames).double() / rate
    return torch.stack([0.7 * torch.sin(2 * math.pi * 300 * (k + 1) * time) for k in range(channels)]).float()


def encoded(sound: torch.Tensor, bits: int, floats: bool) -> bytes:
    """Samples (channels, T) as another program would write them."""
    values = sound.double().numpy().T
    if floats:
        return values.astype(f"<f{bits // 8}").tobytes()
    if bits == 8:
        return np.round(values * 127 + 128).astype(np.uint8).tobytes()
    numbers = np.round(values * (2 ** (bits - 1) - 1)).astype(np.int64)
    return b"".join(int(number).to_bytes(bits // 8, "little", signed=True) for number in numbers.flatten())


def riff(body: bytes, channels: int, bits: int, kind: int = 1, rate: int = 8000, size: int | None = None) -> bytes:
    """A WAV file with another chunk before the samples."""
    block = channels * bits // 8
    extra = b"\x16\0" + b"\0" * 6 + struct.pack("<H", kind) + b"\0" * 14 if kind == 0xFFFE else b""
    if kind == 0xFFFE:
        extra = struct.pack("<HHIH14x", 22, bits, 0, 3 if bits == 64 else 1)
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * block, block, bits) + extra
    chunks = b"LIST" + struct.pack("<I", 3) + b"odd\0" + b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", len(body) if size is None else size) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize(("bits", "floats"), [(8, False), (16, False), (24, False), (32, False), (32, True), (64, True)])
def test_every_format_is_read(bits: int, floats: bool, channels: int, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(riff(encoded(tone(channels=channels), bits, floats), channels, bits, 3 if floats else 1))
    head, sound = wav.read(path)
    assert (head.rate, head.channels, head.frames) == (8000, channels, 200)
    assert head.kind == f"WAV, {bits} bits{' float' if floats else ''}"
    assert sound.dtype == torch.float32 and sound.shape == (channels, 200)
    assert torch.allclose(sound, tone(channels=channels), atol=0 if floats else 2.1 * 2.0 ** (1 - bits) + 1e-7)


def test_the_extensible_format_says_what_it_is_further_on(tmp_path: Path) -> None:
    for bits, floats in ((24, False), (64, True)):
        path = tmp_path / "a.wav"
        path.write_bytes(riff(encoded(tone(), bits, floats), 1, bits, 0xFFFE))
        assert torch.allclose(wav.read(path)[1], tone(), atol=1e-6)


@settings(max_examples=25)
@given(arrays(np.int16, st.tuples(st.integers(1, 3), st.integers(1, 50))), st.integers(100, 192_000))
def test_sixteen_bits_come_back_as_they_went(tmp_path_factory: Any, values: np.ndarray, rate: int) -> None:
    path = tmp_path_factory.mktemp("wav") / "a.wav"
    sound = torch.from_numpy(values.astype(np.float32)) / 32768
    wav.write(path, sound, rate)
    head, back = wav.read(path)
    assert torch.equal(back, sound) and head.rate == rate
    with wave.open(str(path)) as file:  # and the standard library reads the same
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (*sound.shape[:1], rate, sound.shape[1])
        assert file.readframes(file.getnframes()) == values.T.astype("<i2").tobytes()


def test_what_is_past_full_scale_is_clipped(tmp_path: Path) -> None:
    wav.write(tmp_path / "a.wav", torch.tensor([[2.0, -3.0, float("nan")]]), 8000)
    assert wav.read(tmp_path / "a.wav")[1].tolist() == [[32767 / 32768, -1.0, 0.0]]


def test_a_stream_whose_header_knows_no_length(tmp_path: Path) -> None:
    for size in (0x7FFFF000, 0xFFFFFFFF):
        (tmp_path / "a.wav").write_bytes(riff(encoded(tone(), 16, False), 1, 16, size=size))
        assert wav.read(tmp_path / "a.wav")[0].frames == 200


@pytest.mark.parametrize(("content", "said"), [
    (b"", "is no WAV file"),
    (b"RIFF\0\0\0\0AIFF", "is no WAV file"),
    (b"RIFF\0\0\0\0WAVE", "holds no samples"),
    (riff(b"", 1, 16), "holds no samples"),
    (riff(b"\0" * 100, 1, 16, size=400), "is cut off, 100 of 400 bytes are there"),
    (riff(b"\0" * 8, 1, 12), "WAV format 1 of 12 bits is not read"),
    (riff(b"\0" * 8, 1, 8, kind=6), "WAV format 6 of 8 bits is not read"),
    (riff(b"\0" * 8, 1, 16, rate=0), "its header makes no sense"),
    (riff(b"\0" * 8, 0, 16), "its header makes no sense"),
    (b"RIFF\0\0\0\0WAVEdata\x02\0\0\0\0\0", "has samples before it says what they are"),
    (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0", "its header is cut off"),
])  # fmt: skip
def test_damaged_files_are_named(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    with pytest.raises(BadSound, match=said) as error:
        wav.read(path)
    assert str(error.value).startswith(str(path))


@settings(max_examples=25)
@given(st.integers(0, 400), st.integers(0, 255))
def test_a_changed_byte_is_read_or_refused(tmp_path_factory: Any, place: int, byte: int) -> None:
    path = tmp_path_factory.mktemp("wav") / "a.wav"
    content = bytearray(riff(encoded(tone(), 16, False), 1, 16))
    content[place % len(content)] = byte
    path.write_bytes(content)
    with contextlib.suppress(BadSound):
        assert wav.read(path)[1].numel() > 0


def test_values_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(riff(struct.pack("<2f", 0.5, math.inf), 1, 32, 3))
    with pytest.raises(BadSound, match="not finite"):
        decode.whole(tmp_path / "a.wav")


def test_another_rate_is_refused_with_both_numbers_or_resampled(tmp_path: Path) -> None:
    wav.write(tmp_path / "a.wav", tone(16000, rate=16000), 16000)
    with pytest.raises(BadSound, match="has 16000 Hz, not 8000; write resample = true"):
        Decoder(8000, 1)(tmp_path / "a.wav")
    made = Decoder(8000, 1, resample=True)(tmp_path / "a.wav")
    assert torch.allclose(made[:, 100:-100], tone(8000)[:, 100:-100], atol=1e-3)


def test_channels(tmp_path: Path) -> None:
    two, three = tone(channels=2), tone(channels=3)
    for name, sound in (("one", two[:1]), ("two", two), ("three", three)):
        wav.write(tmp_path / f"{name}.wav", sound, 8000)
    near = {"atol": 1e-4}
    assert torch.allclose(Decoder(8000, 1)(tmp_path / "two.wav"), two.mean(0, keepdim=True), **near)
    assert torch.allclose(Decoder(8000, 1)(tmp_path / "three.wav"), three.mean(0, keepdim=True), **near)
    assert torch.allclose(Decoder(8000, 2)(tmp_path / "one.wav"), two[:1].expand(2, -1), **near)
    with pytest.raises(BadSound, match="has 3 channels, which do not make 2; write channels = 1"):
        Decoder(8000, 2)(tmp_path / "three.wav")


def test_floats_past_full_scale(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(riff(encoded(tone() * 4, 32, True), 1, 32, 3))
    with pytest.raises(BadSound, match="goes up to 2.8, past full scale; write normalize = true"):
        Decoder(8000, 1)(tmp_path / "a.wav")
    assert float(Decoder(8000, 1, normalize=True)(tmp_path / "a.wav").abs().max()) == pytest.approx(1)


def test_other_formats_need_a_library_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "soundfile":
            raise ImportError(name)
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    (tmp_path / "a.flac").write_bytes(b"fLaC")
    for asked in (decode.head, decode.whole):
        with pytest.raises(NoLibrary, match=r'pip install "ganframe\[audio\]" for .flac'):
            asked(tmp_path / "a.flac")


def test_flac_through_soundfile(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(tmp_path / "a.flac", tone(channels=2).T.numpy(), 8000)
    head, sound = decode.whole(tmp_path / "a.flac")
    assert (head.rate, head.channels, head.frames) == (8000, 2, 200)
    assert torch.allclose(sound, tone(channels=2), atol=1e-4)
    assert decode.head(tmp_path / "a.flac").kind == "FLAC, PCM_16"
    (tmp_path / "bad.flac").write_bytes(b"fLaC no")
    with pytest.raises(BadSound, match="cannot be read as a sound"):
        decode.whole(tmp_path / "bad.flac")
