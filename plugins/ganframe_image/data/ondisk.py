"""Rows of an array that lies on the disk: read when they are asked for, so that it may be larger than the memory."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import torch
from torch import Tensor

from ganframe import Field
from ganframe_image.data.rows import Column, channel_axis, channels_first, picture_facts, picture_field, scaled

#: Rows that are looked at when the file is opened, spread evenly, to tell what an array of floats holds.
LOOKED_AT = 256
#: Bytes that Linux reads around a page of a mapped file that is touched.
READ_AROUND = 2**17


@attrs.frozen(eq=False)
class OnDisk:
    """Rows of an array on the disk, made tensors when they are asked for."""

    array: Any
    made: Callable[[np.ndarray], Tensor]

    def __len__(self) -> int:
        return int(self.array.shape[0])

    def take(self, indices: Tensor) -> Tensor:
        """The rows at these indices; IndexError for one out of range, ValueError for a row that is not as declared."""
        if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < len(self):
            raise IndexError(f"an index is out of range for {len(self)} rows")
        if isinstance(self.array, np.ndarray):
            return self.made(self.array[indices.numpy()])
        rows, places = np.unique(indices.numpy(), return_inverse=True)  # h5py wants them in order, and once
        return self.made(self.array[rows][places])


def on_disk(array: Any, rows: Any) -> tuple[Column, Field, dict[str, Any]]:
    """An array of numbers or truth values as a column, its field, and what is known of it.

    `rows` is what its rows are read from: the array itself, or another that holds the same.
    """
    kind, axis, shape = array.dtype.kind, channel_axis(array.shape), tuple(array.shape[1:])
    if array.dtype == np.uint8 and axis is not None:
        made = OnDisk(rows, lambda x: scaled(channels_first(torch.from_numpy(x), axis)))
        return made, *_pictured(shape, axis)
    if kind != "f":
        dtype = "bool" if kind == "b" else "int64"
        return OnDisk(rows, lambda x: torch.from_numpy(x.astype(dtype))), Field(shape, dtype), {}
    some = array[np.unique(np.linspace(0, len(array) - 1, LOOKED_AT).round().astype(int))]
    if axis is not None and array.ndim == 4 and np.isfinite(some).all() and abs(some).max() <= 1:
        return OnDisk(rows, lambda x: channels_first(within(x, 1.0), axis)), *_pictured(shape, axis)
    view, shape = "points" if shape == (2,) else "array", shape or (1,)
    return OnDisk(rows, lambda x: within(x, np.inf).view(-1, *shape)), Field(shape, view=view), {}


def scattered(array: np.ndarray) -> np.ndarray:
    """The mapped array; where rows are small, the system is told not to read their neighbours into memory too."""
    memory = array.base
    small = array.nbytes < READ_AROUND * len(array)
    if isinstance(memory, mmap.mmap) and small and hasattr(mmap, "MADV_RANDOM"):
        memory.madvise(mmap.MADV_RANDOM)
    return array


def within(rows: np.ndarray, most: float) -> Tensor:
    """Floats as float32; ValueError where one is not finite, or past the most."""
    if not np.isfinite(rows).all():
        raise ValueError("a row holds values that are not finite")
    if rows.size and abs(rows).max() > most:
        raise ValueError(f"a row holds {abs(rows).max():g}, but the rows looked at were pictures in [-1, 1]")
    return torch.from_numpy(rows.astype(np.float32))


def _pictured(shape: tuple[int, ...], axis: int) -> tuple[Field, dict[str, Any]]:
    seen = (1, *shape) if axis == 0 else shape if axis == 1 else (shape[2], shape[0], shape[1])
    return picture_field(seen), picture_facts(seen)
