"""Arrays in an HDF5 file, read row by row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ganframe import Field, Survey, component, option
from ganframe_image.data import example
from ganframe_image.data.arrays import classes
from ganframe_image.data.ondisk import on_disk, scattered
from ganframe_image.data.rows import Column, Rows, gathered

SUFFIXES = (".h5", ".hdf5", ".he5", ".hdf")


@component
class HDF5:
    """The arrays of an HDF5 file as fields, read from the disk row by row: it may be larger than the memory.

    Needs `pip install "ganframe[hdf5]"`. Fields are those of Arrays: every array of one length in the file's root or in
    `group`, `x` first and `label` last, or those that `fields` names by their paths. Bytes (N, H, W), or with 1, 3 or 4
    channels first or last, are pictures in [-1, 1]; so are floats of that form that lie there. What 256 rows spread
    over the file say of an array of floats is held to: a row that is not finite, or a picture past 1, is an error.
    Links to other files are refused. Facts: those of a picture `x`, with labels `classes` and `frequencies`.
    """

    path: Path = option(doc="the file")
    group: str = option("", "the group whose arrays are the fields, such as \"train\"; the root where left out")
    fields: dict[str, str] | None = option(None, "the path in the group of each field, as in { x = \"images\" }")

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Pictures, classes and numbers in one file to try the laws of datasets on."""
        with library().File(folder / "some.h5", "w") as file:
            file["x"] = example.noise(4 * 60).reshape(4, 5, 4, 3)
            file["label"] = np.array(["cat", "dog", "cat", "owl"], dtype=object)
            file["angle"] = np.linspace(0, 3, 4)
        return {"path": folder / "some.h5"}

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        """Which arrays a file holds; None for a file of another kind."""
        if not path.is_file() or path.suffix.lower() not in SUFFIXES:
            return None
        file = opened(path.absolute())
        arrays = listed(file)
        tops = sorted({name.rpartition("/")[0] for name in arrays})
        found = {n: f"{_kind(array)} {'x'.join(map(str, array.shape)) or 'number'}" for n, array in arrays.items()}
        group = next((top for top in ("train", "") if top in tops), tops[0] if tops else "")
        odd, usual = _unlike(arrays, group)
        options = {"path": path, **({"group": group} if group else {}), **({"fields": usual} if odd else {})}
        return Survey(options, found, odd)

    def open(self) -> Rows:
        """Open the file. FileNotFoundError or ValueError, with its absolute path; ImportError without h5py."""
        path = self.path.absolute()
        file = opened(path)
        arrays = self._arrays(file, path)
        lengths = {name: array.shape[0] if array.shape else 0 for name, array in arrays.items()}
        if not lengths or len(set(lengths.values())) > 1 or 0 in lengths.values():
            said = ", ".join(f"{name} {array.shape}" for name, array in arrays.items()) or "none"
            raise ValueError(f"{path}: needs arrays of one length, one row an example, not {said}; name the `fields`")
        return gathered(path, arrays, column)

    def _arrays(self, file: Any, path: Path) -> dict[str, Any]:
        group = self.group.strip("/")
        start = f"{group}/" if group else ""
        known = {name.removeprefix(start): a for name, a in listed(file).items() if name.startswith(start)}
        if not self.fields:
            return {name: array for name, array in known.items() if "/" not in name}
        missing = [inner for inner in self.fields.values() if inner.strip("/") not in known]
        if missing:
            raise ValueError(f"{path} has no array '{missing[0]}'; there are {', '.join(known) or 'none'}")
        return {name: known[inner.strip("/")] for name, inner in self.fields.items()}


def library() -> Any:
    """h5py; ImportError that says how to get it."""
    try:
        import h5py
    except ImportError:
        raise ImportError('HDF5 needs h5py: pip install "ganframe[hdf5]"') from None
    return h5py


def opened(path: Path) -> Any:
    """The file, for reading. FileNotFoundError or ValueError with its path."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        return library().File(path, "r")
    except OSError as error:
        raise ValueError(f"{path}: cannot be read as HDF5 ({error})") from None


def listed(file: Any) -> dict[str, Any]:
    """The arrays of a file by their paths. ValueError for one that lies in another file."""
    h5py, found = library(), {}
    groups = [("", file)]
    while groups:
        above, group = groups.pop(0)
        for key in group:
            name, link = f"{above}{key}", group.get(key, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise ValueError(f"{file.filename}: '{name}' is a link; only what the file itself holds is read")
            inner = group[key]
            if isinstance(inner, h5py.Group):
                groups.append((f"{name}/", inner))
            elif isinstance(inner, h5py.Dataset):
                if inner.external or inner.is_virtual:
                    raise ValueError(f"{file.filename}: '{name}' lies in another file, which is not read")
                found[name] = inner
    return found


def column(name: str, array: Any) -> tuple[Column, Field, dict[str, Any]]:
    """An array as a column, its field, and what is known of it. ValueError for what is no numbers."""
    kind = array.dtype.kind
    if name == "label" and array.ndim == 1 and (kind in "iu" or library().check_string_dtype(array.dtype) is not None):
        return classes(array[:] if kind in "iu" else np.array(array.asstr()[:], dtype=str))
    if kind not in "biuf":
        raise ValueError(f"holds {_kind(array)}; expected numbers or truth values")
    return on_disk(array, mapped(array))


def mapped(array: Any) -> Any:
    """The array as memory that the system reads when it is touched, where it lies in the file as one plain block."""
    offset = array.id.get_offset()
    if offset is None or array.chunks is not None or not array.size or not array.dtype.isnative:
        return array
    return scattered(np.memmap(array.file.filename, array.dtype, "r", offset, array.shape))


def _kind(array: Any) -> str:
    return "words" if library().check_string_dtype(array.dtype) is not None else str(array.dtype)


def _unlike(arrays: Mapping[str, Any], group: str) -> tuple[list[str], dict[str, str]]:
    """Arrays of the group with fewer or more rows than most, a line each; and the others by their names in it."""
    start = f"{group}/" if group else ""
    inside = {n.removeprefix(start): a for n, a in arrays.items() if n.rpartition("/")[0] == group}
    rows = {name: array.shape[0] if array.shape else 0 for name, array in inside.items()}
    usual = max(rows.values(), key=list(rows.values()).count, default=0)
    odd = [f"'{start}{name}' has {count} rows, others have {usual}" for name, count in rows.items() if count != usual]
    return odd, {name: name for name, count in rows.items() if count == usual}
