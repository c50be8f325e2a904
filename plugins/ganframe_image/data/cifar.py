"""CIFAR-10."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganframe import component, option
from ganframe_image.data import example
from ganframe_image.data.folder import ImageFolder
from ganframe_image.data.reshape import Reshaped, height_width
from ganframe_image.data.rows import Rows, pictured, pictures

#: Bytes of one record: the class, then 32 x 32 red, green, blue.
RECORD = 1 + 3 * 32 * 32
NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FILES = {"train": [f"data_batch_{k}.bin" for k in range(1, 6)], "test": ["test_batch.bin"]}


@component
class CIFAR10(Reshaped):
    """CIFAR-10: 32 x 32 colour pictures in 10 classes, 50,000 to train on and 10,000 to test on.

    `path` holds the binary version (`data_batch_1.bin` … and `test_batch.bin`, or these in `cifar-10-batches-bin`), or
    class folders of pictures (`airplane` …, or these in `train` and `test`). The pickled Python version is not read.
    Fields: `x` (3, 32, 32), `label` (10,). Source: Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
    """

    path: Path = option(Path("data/cifar10"), "the folder")
    split: str = option("train", "which part", choices=("train", "test"))

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Files of two records each to try the laws of datasets on."""
        for name in (*FILES["train"], *FILES["test"]):
            (folder / name).write_bytes((example.noise(2 * RECORD) // 26).tobytes())
        return {"path": folder}

    def open(self) -> Rows:
        """Read the pictures. FileNotFoundError or ValueError, with the absolute path."""
        root = self.path.absolute()
        if not root.is_dir():
            raise FileNotFoundError(f"there is no folder {root}; CIFAR-10's binary version belongs there")
        for folder in (root, root / "cifar-10-batches-bin"):
            if any((folder / name).is_file() for name in FILES[self.split]):
                return self._binary(folder)
        for folder in (root / self.split, root):
            if any((folder / name).is_dir() for name in NAMES):
                return self._folders(folder)
        pickled = any((root / f / "data_batch_1").is_file() for f in ("", "cifar-10-batches-py"))
        why = "holds the pickled Python version, which is not read" if pickled else "holds no CIFAR-10"
        raise ValueError(f"{root} {why}; expected {FILES[self.split][0]} (the binary version) or class folders")

    def _binary(self, folder: Path) -> Rows:
        parts = [_records(folder / name) for name in FILES[self.split]]
        records = torch.cat(parts)
        pixels = self.reshaped(records[:, 1:].reshape(-1, 3, 32, 32))
        return pictured(pictures(pixels), pixels.shape[1:], records[:, 0].long(), NAMES)

    def _folders(self, folder: Path) -> Rows:
        size = height_width(self.size, (32, 32))
        return ImageFolder(path=folder, size=size, channels=self.channels or 3, classes="folders").open()


def _records(path: Path) -> Tensor:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    raw = np.fromfile(path, dtype=np.uint8)
    if not len(raw) or len(raw) % RECORD:
        raise ValueError(f"{path}: {len(raw)} bytes are no whole number of CIFAR-10 records of {RECORD}")
    records = torch.from_numpy(raw).view(-1, RECORD)
    if int(records[:, 0].max()) >= len(NAMES):
        raise ValueError(f"{path}: holds class {int(records[:, 0].max())}; CIFAR-10 has 0 to 9")
    return records
