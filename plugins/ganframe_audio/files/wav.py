"""WAV files, read and written without a library: whole numbers of 8, 16, 24 and 32 bits, floats of 32 and 64."""

from __future__ import annotations

import struct
from pathlib import Path

import attrs
import numpy as np
import torch
from torch import Tensor

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
#: Rates of anything that sounds, in Hz; what a header says beyond them is damage.
RATES = (100, 1_000_000)
BITS = {PCM: (8, 16, 24, 32), FLOAT: (32, 64)}
#: From this size on a header does not know the size of what follows: a stream was written.
STREAM = 0x7FFF0000


class BadSound(ValueError):
    """A file that is no whole sound of a kind that is read; the text begins with its path."""


@attrs.frozen
class Head:
    """What a sound file says of itself: sample rate, channels, samples of each, and its format in words."""

    rate: int
    channels: int
    frames: int
    kind: str


@attrs.frozen
class Layout:
    """Where the samples of a WAV file lie and what they are."""

    rate: int
    channels: int
    bits: int
    floats: bool
    start: int
    size: int

    @property
    def head(self) -> Head:
        """In short."""
        frames = self.size // (self.channels * self.bits // 8)
        return Head(self.rate, self.channels, frames, f"WAV, {self.bits} bits{' float' if self.floats else ''}")


def layout(path: Path) -> Layout:
    """What the chunks of a file say; BadSound where they make no sense or the file is shorter than they say."""
    total = path.stat().st_size
    with path.open("rb") as file:
        riff = file.read(12)
        if len(riff) < 12 or riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
            raise BadSound(f"{path}: is no WAV file")
        form: tuple[int, int, int, int] | None = None
        while len(head := file.read(8)) == 8:
            name, size = head[:4], struct.unpack("<I", head[4:])[0]
            if name == b"fmt ":
                form = _format(path, file.read(size))
            elif name == b"data":
                return _data(path, form, file.tell(), size, total)
            else:
                file.seek(size, 1)
            file.seek(size % 2, 1)
    raise BadSound(f"{path}: holds no samples")


def _format(path: Path, body: bytes) -> tuple[int, int, int, int]:
    """Format, channels, rate and bits of a `fmt ` chunk."""
    if len(body) < 16:
        raise BadSound(f"{path}: its header is cut off")
    kind, channels, rate, _, block, bits = struct.unpack("<HHIIHH", body[:16])
    if kind == EXTENSIBLE and len(body) >= 26:
        kind = struct.unpack("<H", body[24:26])[0]
    if bits not in BITS.get(kind, ()):
        raise BadSound(f"{path}: WAV format {kind} of {bits} bits is not read")
    if not channels or not RATES[0] <= rate <= RATES[1] or block != channels * bits // 8:
        raise BadSound(f"{path}: its header makes no sense ({channels} channels at {rate} Hz, {block} bytes each time)")
    return kind, channels, rate, bits


def _data(path: Path, form: tuple[int, int, int, int] | None, start: int, size: int, total: int) -> Layout:
    if form is None:
        raise BadSound(f"{path}: has samples before it says what they are")
    kind, channels, rate, bits = form
    there = total - start
    if size >= STREAM:
        size = there
    if size > there:
        raise BadSound(f"{path}: is cut off, {there} of {size} bytes are there")
    block = channels * bits // 8
    if size < block:
        raise BadSound(f"{path}: holds no samples")
    return Layout(rate, channels, bits, kind == FLOAT, start, size - size % block)


def read(path: Path) -> tuple[Head, Tensor]:
    """The sound (channels, T) as float32, full scale from -1 to 1; BadSound where it is damaged."""
    found = layout(path)
    with path.open("rb") as file:
        file.seek(found.start)
        raw = file.read(found.size)
    values = _decoded(raw, found).reshape(-1, found.channels).T
    return found.head, torch.from_numpy(np.array(values, np.float32, order="C"))


def _decoded(raw: bytes, found: Layout) -> np.ndarray:
    if found.floats:
        return np.frombuffer(raw, f"<f{found.bits // 8}")
    if found.bits == 8:
        return (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / 128
    if found.bits == 24:
        # The three bytes of a number are the high ones of four: the sign comes along.
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0] / 2**31
    return np.frombuffer(raw, f"<i{found.bits // 8}") / 2.0 ** (found.bits - 1)


def write(path: Path, sound: Tensor, rate: int) -> None:
    """Write a sound (channels, T) as 16-bit PCM; what is beyond full scale is clipped."""
    values = (sound.detach().cpu().double() * 32768).round().clamp(-32768, 32767).nan_to_num(0)
    body = np.ascontiguousarray(values.numpy().astype("<i2").T).tobytes()
    channels = len(sound)
    form = struct.pack("<IHHIIHH", 16, PCM, channels, rate, rate * channels * 2, channels * 2, 16)
    chunks = b"fmt " + form + b"data" + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
