"""MNIST's file format."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganframe import Survey, component, option
from ganframe_image.data import example
from ganframe_image.data.reshape import Reshaped
from ganframe_image.data.rows import Rows, pictured, pictures

#: The third byte of a file says what the numbers are; all are big-endian.
TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
#: More dimensions, or more values, than this is a damaged header.
MOST = 2**32


@component
class IDX(Reshaped):
    """Pictures and classes in IDX files, MNIST's format, plain or `.gz`.

    `images` holds bytes (N, height, width); `labels` holds N whole numbers from 0. Fields: `x` (1, height, width),
    `label` one-hot where there are labels, names "0", "1", … Fact `paper` = -1 where the border is nearly always 0.
    Source: LeCun, Cortes, Burges, The MNIST database.
    """

    images: Path = option(doc="the file of pictures")
    labels: Path | None = option(None, "the file of classes")

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Three small pictures with classes to try the laws of datasets on."""
        head = bytes([0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 6, 0, 0, 0, 5])
        (folder / "images").write_bytes(head + example.noise(90).tobytes())
        (folder / "labels").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 1]))
        return {"images": folder / "images", "labels": folder / "labels"}

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        """The files of pictures and classes at a path, by their usual names; None where there are none."""
        named = [path] if path.is_file() else sorted(path.glob("*images*"))
        files = sorted(filter(_is_idx, named), key=lambda file: "train" not in file.name)
        if not files:
            return None
        images, *others = files
        labels = images.with_name(images.name.replace("images", "labels").replace("idx3", "idx1"))
        found = {"images": images} | ({"labels": labels} if labels != images and labels.is_file() else {})
        return Survey(found, {"beside": ", ".join(file.name for file in others)} if others else {})

    def open(self) -> Rows:
        """Read both files. FileNotFoundError or ValueError, with the absolute path."""
        path = self.images.absolute()
        images = read(path)
        if images.dtype != np.uint8 or images.ndim != 3 or not images.size:
            raise ValueError(f"{path}: holds {images.dtype} of shape {images.shape}; expected bytes (N, height, width)")
        paper = {"paper": -1.0} if _on_paper(images) else {}
        pixels = self.reshaped(torch.from_numpy(images).unsqueeze(1))
        codes = self._codes(len(images))
        names = tuple(map(str, range(int(codes.max()) + 1))) if codes is not None else ()
        return pictured(pictures(pixels), pixels.shape[1:], codes, names, **paper)

    def _codes(self, rows: int) -> Tensor | None:
        if self.labels is None:
            return None
        path = self.labels.absolute()
        labels = read(path)
        if labels.ndim != 1 or labels.dtype.kind not in "iu" or (labels.size and labels.min() < 0):
            raise ValueError(f"{path}: holds {labels.dtype} of shape {labels.shape}; expected classes (N,) from 0")
        if len(labels) != rows:
            raise ValueError(f"{path}: holds {len(labels)} classes for {rows} pictures in {self.images.absolute()}")
        return torch.from_numpy(labels.astype(np.int64))


def _is_idx(path: Path) -> bool:
    """Whether a file begins as one in this format does, plain or gzipped."""
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.read(4)
    except (OSError, EOFError, zlib.error):
        return False
    return len(head) == 4 and head[:2] == b"\0\0" and head[2] in TYPES


def read(path: Path) -> np.ndarray:
    """The array of an IDX file, plain or gzipped, by its first bytes; ValueError where it is damaged."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES:
                raise ValueError(f"{path}: is no IDX file (it begins with {head.hex(' ')})")
            kind = np.dtype(TYPES[head[2]])
            sizes = file.read(4 * head[3])
            shape = tuple(np.frombuffer(sizes[: len(sizes) // 4 * 4], ">u4").tolist())
            if len(shape) != head[3] or math.prod(shape) > MOST:
                raise ValueError(f"{path}: damaged header: dimensions {shape}")
            data = file.read(math.prod(shape) * kind.itemsize + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path}: damaged: {error}") from None
    if len(data) != math.prod(shape) * kind.itemsize:
        raise ValueError(f"{path}: {len(data)} bytes of data, expected {math.prod(shape) * kind.itemsize} for {shape}")
    return np.frombuffer(data, kind).reshape(shape).astype(kind.newbyteorder("="))


def _on_paper(images: np.ndarray) -> bool:
    """True where the outermost pixels of the first pictures are nearly all 0."""
    some = images[:256]
    border = np.concatenate([some[:, 0], some[:, -1], some[:, :, 0], some[:, :, -1]], axis=1)
    return bool((border < 8).mean() > 0.95)
