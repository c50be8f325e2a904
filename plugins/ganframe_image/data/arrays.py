"""Arrays from a file as fields."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import safetensors
import torch
from safetensors.torch import load_file
from torch import Tensor

from ganframe import Field, Survey, component, option
from ganframe_image.data import example
from ganframe_image.data.ondisk import on_disk, scattered
from ganframe_image.data.rows import (
    CHANNELS,
    Classes,
    Column,
    Rows,
    Whole,
    channel_axis,
    channels_first,
    class_facts,
    gathered,
    picture_facts,
    picture_field,
    pictures,
)

SUFFIXES = (".npy", ".npz", ".safetensors")


@component
class Arrays:
    """The arrays of a `.npy`, `.npz` or `.safetensors` file as fields, one row an example.

    A `.npy` file is the field `x`; other files' arrays keep their names, `x` first and `label` last. Whole numbers or
    words called `label` become one-hot classes. Bytes (N, H, W), or with 1, 3 or 4 channels first or last, become
    pictures (C, H, W) in [-1, 1]; floats (N, C, H, W) or (N, H, W, C) that lie in [-1, 1] are pictures with their
    values kept. Floats (N, 2) are points, floats (N,) rows of one number; others stay as they are, as float32. Other
    whole numbers become int64, truth values stay. Nothing is unpickled. Of a `.npy` file beyond `cache` only the rows
    that are asked for are read, and 256 of them tell what its floats hold. Facts: those of a picture `x`, with labels
    `classes` and `frequencies`.
    """

    path: Path = option(doc="the file")
    cache: int = option(256, "MiB of memory for a .npy file; a larger one is read from the disk row by row", min=0)

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Pictures, classes and numbers in one file to try the laws of datasets on."""
        images, angle = example.noise(4 * 60).reshape(4, 5, 4, 3), np.linspace(0, 3, 4)
        np.savez(folder / "some.npz", x=images, label=np.array(["cat", "dog", "cat", "owl"]), angle=angle)
        return {"path": folder / "some.npz"}

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        """Which arrays a file holds, and what is strange in them; None for a file of another kind."""
        if not path.is_file() or path.suffix not in SUFFIXES:
            return None
        arrays = loaded(path)
        odd = [f"'{name}' {said}" for name, array in arrays.items() if (said := _strange(array))]
        return Survey({"path": path}, {name: _told(array) for name, array in arrays.items()}, odd)

    def open(self) -> Rows:
        """Read the file. FileNotFoundError or ValueError, with its absolute path."""
        path = self.path.absolute()
        if not path.is_file():
            raise FileNotFoundError(f"there is no file {path}")
        arrays = self._arrays(path)
        lengths = {name: len(array) if array.ndim else 0 for name, array in arrays.items()}
        if not lengths or len(set(lengths.values())) > 1 or 0 in lengths.values():
            said = ", ".join(f"{name} {array.shape}" for name, array in arrays.items()) or "nothing"
            raise ValueError(f"{path}: needs arrays of one length, one row an example; it holds {said}")
        return gathered(path, arrays, column)

    def _arrays(self, path: Path) -> Mapping[str, np.ndarray]:
        lies = path.suffix == ".npy" and path.stat().st_size > self.cache * 2**20
        return loaded(path, "r" if lies else None)


def loaded(path: Path, mapped: Literal["r"] | None = None) -> Mapping[str, np.ndarray]:
    """The arrays of the file by name, a `.npy` file's mapped if asked; ValueError for what is damaged or pickled."""
    try:
        if path.suffix == ".npy":
            return {"x": np.load(path, mapped, allow_pickle=False)}
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        if path.suffix == ".safetensors":
            return {n: (t.float() if t.is_floating_point() else t).numpy() for n, t in load_file(path).items()}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, safetensors.SafetensorError) as error:
        told = "damaged, or it holds objects that only pickle reads" if "allow_pickle" in str(error) else error
        raise ValueError(f"{path}: cannot be read ({told})") from None
    raise ValueError(f"{path}: '{path.suffix}' is not read; expected {', '.join(SUFFIXES)}")


def _told(array: np.ndarray) -> str:
    """Type, shape and range of an array."""
    ends = f" from {array.min():.4g} to {array.max():.4g}" if array.size and array.dtype.kind in "iuf" else ""
    return f"{array.dtype} {'x'.join(map(str, array.shape)) or 'number'}{ends}"


def _strange(array: np.ndarray) -> str:
    """Why an array of what may be pictures is not taken as such, or not made easily; empty where all is well."""
    pictures = array.dtype.kind == "f" and array.ndim == 4 and {array.shape[1], array.shape[3]} & {*CHANNELS}
    if not pictures or not array.size:
        return ""
    if abs(array).max() > 1:
        return "looks like pictures, but goes past 1: store bytes, or floats in [-1, 1]"
    return "lies in [0, 1], but a generator's Tanh makes [-1, 1]: store 2x - 1" if array.min() >= 0 else ""


def column(name: str, array: np.ndarray) -> tuple[Column, Field, dict[str, Any]]:
    """An array (N, ...) as a column, its field, and what is known of it."""
    if name == "label" and array.ndim == 1 and array.dtype.kind in "iuU":
        return classes(array)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"holds {array.dtype}; expected numbers or truth values")
    if isinstance(array, np.memmap):
        return on_disk(array, scattered(array))
    if array.dtype == np.uint8 and (images := _channels_first(array)) is not None:
        return pictures(images), picture_field(images.shape[1:]), picture_facts(images.shape[1:])
    if array.dtype.kind == "f":
        return _floats(array)
    kept = torch.from_numpy(array if array.dtype.kind == "b" else array.astype(np.int64))
    return Whole(kept), Field(kept.shape[1:], str(kept.dtype).removeprefix("torch.")), {}


def classes(array: np.ndarray) -> tuple[Column, Field, dict[str, Any]]:
    """Class numbers or words (N,) as a one-hot column. ValueError for a number below 0."""
    if array.dtype.kind == "U":
        words, codes = np.unique(array, return_inverse=True)
        names = tuple(map(str, words))
    elif array.min() < 0:
        raise ValueError(f"class {array.min()}; classes count from 0")
    else:
        codes, names = array.astype(np.int64), tuple(map(str, range(int(array.max()) + 1)))
    numbers = torch.from_numpy(codes)
    field = Field((len(names),), range=(0.0, 1.0), names=names)
    return Classes(numbers, len(names)), field, class_facts(numbers, len(names))


def _floats(array: np.ndarray) -> tuple[Column, Field, dict[str, Any]]:
    if not np.isfinite(array).all():
        raise ValueError("holds values that are not finite")
    values = torch.from_numpy(array.astype(np.float32))
    values = values.unsqueeze(1) if values.dim() == 1 else values
    if abs(array).max() <= 1 and array.ndim == 4 and (images := _channels_first(array)) is not None:
        images = images.float()
        return Whole(images), picture_field(images.shape[1:]), picture_facts(images.shape[1:])
    view = "points" if values.shape[1:] == (2,) else "array"
    return Whole(values), Field(values.shape[1:], view=view), {}


def _channels_first(array: np.ndarray) -> Tensor | None:
    """Pictures (N, C, H, W) of an array (N, H, W), (N, C, H, W) or (N, H, W, C); None for anything else."""
    axis = channel_axis(array.shape)
    return None if axis is None else channels_first(torch.from_numpy(np.ascontiguousarray(array)), axis)
