"""A data set of the Hugging Face library `datasets`, saved in a folder."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import torch
from torch import Tensor

from ganframe import Field, Survey, component, option
from ganframe_image.data import example, survey
from ganframe_image.data.decode import Cell
from ganframe_image.data.files import Files, PictureFiles, damaged
from ganframe_image.data.ondisk import OnDisk, within
from ganframe_image.data.rows import Classes, Column, Rows, class_facts, picture_facts, picture_field

#: What `save_to_disk` writes into a folder with several splits, and into one with a single one.
SPLITS, SINGLE = "dataset_dict.json", "state.json"


@component
class HuggingFace(PictureFiles):
    """A data set that the library `datasets` saved with `save_to_disk`, read where it lies: nothing is downloaded.

    Needs `pip install "ganframe[huggingface]"`. Fields: the first column of pictures as `x`, the first of class labels
    as `label` one-hot with their names, and columns of numbers, single or in rows of one length, under their own names;
    `fields` names others. Words and what else a column may hold are left out with a warning. Pictures must lie inside
    the data set (`save_to_disk` puts them there): what a column says of files or addresses elsewhere is not followed.
    Facts: those of pictures `x`, with labels `classes` and `frequencies`. Rows are read from memory-mapped files.
    """

    path: Path = option(doc="the folder that `save_to_disk` wrote")
    split: str = option("train", "which part, where the folder has several")
    fields: dict[str, str] | None = option(None, "the column of each field, as in { x = \"img\", label = \"fine\" }")

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Three small pictures with classes and numbers to try the laws of datasets on."""
        datasets = library()
        example.pictures(folder / "png", "abc", (3, 6, 8))
        cells = [{"bytes": (folder / "png" / f"{name}.png").read_bytes(), "path": None} for name in "abc"]
        features = {
            "image": datasets.Image(), "animal": datasets.ClassLabel(names=["cat", "owl"]),
            "angle": datasets.Value("float64"),
        }  # fmt: skip
        columns = {"image": cells, "animal": [1, 0, 1], "angle": [0.5, 1.0, 2.0]}
        datasets.Dataset.from_dict(columns, datasets.Features(features)).save_to_disk(folder / "saved")
        return {"path": folder / "saved"}

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        """The columns of a saved data set; None for a folder that is none."""
        if not (path / SPLITS).is_file() and not (path / SINGLE).is_file():
            return None
        loaded = load(path.absolute())
        parts = loaded if isinstance(loaded, dict) else {"": loaded}
        split = "train" if "train" in parts else next(iter(parts))
        told = {"splits": ", ".join(f"{name} {len(part):,}" for name, part in parts.items())} if split else {}
        told |= {name: _told(feature) for name, feature in parts[split].features.items()}
        table = parts[split]
        odd = [f"'{name}' is left out: {_told(f)}" for name, f in table.features.items() if _kind(f) == "other"]
        options = {"path": path, **({"split": split} if split not in ("", "train") else {})}
        seen = next((name for name, feature in table.features.items() if _kind(feature) == "picture"), None)
        if seen is None:
            return Survey(options, told, odd)
        looks, bad = survey.looked({str(cell): cell for cell in cells(table, seen, seen)})
        return Survey({**options, **survey.options(looks, bad)}, {**told, **survey.described(looks)}, [*odd, *bad])

    def open(self) -> Rows:
        """Open the folder. FileNotFoundError or ValueError with its absolute path; ImportError without `datasets`."""
        table = self._table(self.path.absolute())
        names = self._columns(table)
        columns: dict[str, Column] = {}
        about: dict[str, Field] = {}
        facts: dict[str, Any] = {}
        for name, inner in names.items():
            try:
                columns[name], about[name], known = self._column(table, inner)
            except (ValueError, TypeError) as error:
                raise ValueError(f"{self.path.absolute()}: '{inner}': {error}") from None
            facts = {**known, **facts}
        return _whole(columns, about, facts, self.on_error)

    def _table(self, path: Path) -> Any:
        if not path.is_dir():
            raise FileNotFoundError(f"there is no folder {path}")
        loaded = load(path)
        if not isinstance(loaded, dict):
            return loaded
        if self.split not in loaded:
            raise ValueError(f"{path} has no split '{self.split}'; there are {', '.join(loaded)}")
        return loaded[self.split]

    def _columns(self, table: Any) -> dict[str, str]:
        """The column of each field, in the fields' order."""
        kinds = {name: _kind(feature) for name, feature in table.features.items()}
        unknown = [name for name in (self.fields or {}).values() if name not in kinds]
        if unknown:
            raise ValueError(f"{self.path.absolute()} has no column '{unknown[0]}'; there are {', '.join(kinds)}")
        if self.fields:
            return dict(sorted(self.fields.items(), key=lambda pair: (pair[0] != "x", pair[0] == "label")))
        left = [f"'{name}' ({_told(table.features[name])})" for name, kind in kinds.items() if kind == "other"]
        if left:
            warnings.warn(f"{self.path.absolute()}: left out are {', '.join(left)}", stacklevel=2)
        firsts = {"picture": "x", "class": "label"}
        found = {firsts[k]: next(n for n in kinds if kinds[n] == k) for k in firsts if k in kinds.values()}
        rest = {name: name for name, kind in kinds.items() if kind == "number" and name not in ("x", "label")}
        label = {"label": found.pop("label")} if "label" in found else {}
        if not found and not rest:
            there = ", ".join(kinds)
            raise ValueError(f"{self.path.absolute()} has no column of pictures or numbers; there are {there}")
        return {**found, **rest, **label}

    def _column(self, table: Any, name: str) -> tuple[Column, Field, dict[str, Any]]:
        kind, feature = _kind(table.features[name]), table.features[name]
        if kind == "picture":
            made = self._pictures(table, name)
            return made, picture_field(made.shape), picture_facts(made.shape)
        if kind == "class":
            codes = torch.tensor(table.with_format("numpy")[name][:], dtype=torch.int64)
            if len(codes) and int(codes.min()) < 0:
                raise ValueError("holds rows without a class (-1)")
            names = tuple(feature.names)
            field = Field((len(names),), range=(0.0, 1.0), names=names)
            return Classes(codes, len(names)), field, class_facts(codes, len(names))
        if kind == "other":
            raise ValueError(f"holds {_told(feature)}; expected pictures, classes or numbers")
        return numbers(table, name)

    def _pictures(self, table: Any, name: str) -> Files:
        found = cells(table, name, f"{self.path.absolute()}/{name}")
        return Files(found, self.decoder(found), self.cache)


def library() -> Any:
    """Hugging Face's `datasets`, kept off the network; ImportError that says how to get it."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
    try:
        import datasets
    except ImportError:
        raise ImportError('HuggingFace needs datasets: pip install "ganframe[huggingface]"') from None
    datasets.disable_progress_bars()
    return datasets


def load(path: Path) -> Any:
    """A saved data set, or a dictionary of them by split. ValueError with its path where it is damaged."""
    datasets = library()
    if not (path / SPLITS).is_file() and not (path / SINGLE).is_file():
        raise ValueError(f"{path} is no folder of `save_to_disk`: it has neither {SPLITS} nor {SINGLE}")
    try:
        return datasets.load_from_disk(str(path))
    except Exception as error:  # a damaged folder makes it raise nearly anything
        told = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"{path}: cannot be read as a saved data set ({told})") from None


def cells(table: Any, name: str, told: str) -> list[Cell]:
    """The pictures of a column as files; `told` is what they are called in messages."""
    raw = table.select_columns([name]).cast_column(name, library().Image(decode=False))
    return [Cell(_reader(raw, name, row), f"{told}[{row}]") for row in range(len(table))]


def numbers(table: Any, name: str) -> tuple[Column, Field, dict[str, Any]]:
    """A column of numbers as a field. ValueError where its rows are not of one shape, or hold nothing."""
    source = table.select_columns([name]).with_format("numpy")
    first = np.asarray(source[0][name])
    if first.dtype.kind not in "biuf":
        raise ValueError(f"holds {first.dtype}; expected numbers of one shape in every row")
    dtype = {"b": "bool", "f": "float32"}.get(first.dtype.kind, "int64")

    def made(rows: np.ndarray) -> Tensor:
        if rows.dtype.kind not in "biuf" or rows.shape[1:] != first.shape:
            raise ValueError(f"'{name}' has a row of another shape than {first.shape}, or an empty one")
        return within(rows, np.inf).view(-1, *shape) if dtype == "float32" else torch.from_numpy(rows.astype(dtype))

    shape = first.shape or ((1,) if dtype == "float32" else ())
    view = "points" if shape == (2,) and dtype == "float32" else "array"
    return OnDisk(_Column(source, name), made), Field(shape, dtype, view), {}


class _Column:
    """A column of a table, as OnDisk reads an array."""

    def __init__(self, source: Any, name: str) -> None:
        self._source, self._name = source, name
        self.shape = (len(source),)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        return np.asarray(self._source[rows.tolist()][self._name])


def _reader(raw: Any, name: str, row: int) -> Callable[[], bytes]:
    def read() -> bytes:
        data = raw[row][name]
        if not data or data.get("bytes") is None:
            raise ValueError("the data set holds no bytes of it; save it again with its pictures inside")
        result: bytes = data["bytes"]
        return result

    return read


def _kind(feature: Any) -> str:
    """`picture`, `class`, `number` or `other`."""
    datasets = library()
    if isinstance(feature, datasets.Image):
        return "picture"
    if isinstance(feature, datasets.ClassLabel):
        return "class"
    while not isinstance(feature, datasets.Value) and hasattr(feature, "feature"):
        feature = feature.feature
    arrays = (datasets.Array2D, datasets.Array3D, datasets.Array4D)
    dtype = feature.dtype if isinstance(feature, (datasets.Value, *arrays)) else ""
    return "number" if dtype.startswith(("int", "uint", "float", "bool")) else "other"


def _told(feature: Any) -> str:
    kind = _kind(feature)
    if kind == "picture":
        return "pictures"
    return f"{len(feature.names)} classes" if kind == "class" else str(feature)


def _whole(columns: dict[str, Column], about: dict[str, Field], facts: dict[str, Any], on_error: str) -> Rows:
    """The rows less those with a damaged picture, where they are to be skipped."""
    files = [column for column in columns.values() if isinstance(column, Files)]
    bad = damaged(files, on_error) if files else set()
    if not bad:
        return Rows(columns, about, facts)
    good = torch.tensor([i for i in range(len(files[0])) if i not in bad])
    kept = {n: c.without(bad) if isinstance(c, Files) else _without(c, good) for n, c in columns.items()}
    shares = [class_facts(c.codes, c.classes) for c in kept.values() if isinstance(c, Classes)]
    return Rows(kept, about, facts | (shares[0] if shares else {}))


def _without(column: Column, good: Tensor) -> Column:
    if isinstance(column, Classes):
        return Classes(column.codes[good], column.classes)
    return _Chosen(column, good)


@attrs.frozen(eq=False)
class _Chosen:
    column: Column
    rows: Tensor

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, indices: Tensor) -> Tensor:
        return self.column.take(self.rows[indices])
