"""Point clouds from files."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field, Survey, component, option
from ganframe_geometry.data import recipe, survey
from ganframe_geometry.data.rows import Rows, cloud_field

SUFFIXES = (".npy", ".xyz", ".txt", ".csv")


@component
class PointClouds:
    """Point clouds from a `.npy` array (clouds, points, dims), or from a folder with a file for each.

    Files hold (points, dims) in `.npy`, or a point a line in `.xyz`, `.txt` and `.csv`; sub-folders are classes where
    there are two or more and no file lies beside them. Of each cloud `points` are drawn anew every time, without
    repetition where it has enough. Fields: `x` (points, dims), and `label` one-hot. Facts: `points dims`, with labels
    `classes frequencies`.
    """

    path: Path = option(doc="the array, or the folder")
    points: int = option(2048, "points of a cloud", min=1)
    scale: bool = option(True, "each cloud's mean is moved to the origin, and its farthest point to distance 1")
    classes: str = option(
        "auto", "'folders': sub-folders are classes; 'none': no label; 'auto': folders, where there are two or more "
        "and no cloud lies beside them", choices=("auto", "folders", "none"),
    )  # fmt: skip
    on_error: str = option(
        "fail", "what happens to a damaged file: an error, or it is skipped with a warning", choices=("skip", "fail")
    )

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """A few small clouds in two classes to try the laws of datasets on."""
        rng = np.random.default_rng(0)
        for kind, name in (("far", "a"), ("far", "b"), ("near", "c")):
            (folder / kind).mkdir(exist_ok=True)
            np.save(folder / kind / f"{name}.npy", rng.normal(size=(9, 3)).astype(np.float32))
        return {"path": folder, "points": 5}

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        """What there is to know of an array of clouds, or of a folder of them; None for anything else."""
        if path.is_file() and path.suffix != ".npy":
            return None
        try:
            with warnings.catch_warnings(record=True) as bad:
                warnings.simplefilter("always")
                found = gathered(path, skip=True)[0]
        except ValueError:
            return None
        return survey.clouds(path, found, [str(one.message) for one in bad])

    @classmethod
    def recipe(cls, data: Clouds, table: str) -> str:
        """A spec to start from, with this `[data]` table."""
        return recipe.spec("clouds", data, table)

    def open(self) -> Clouds:
        """Read the clouds. FileNotFoundError or ValueError, with the absolute path."""
        path = self.path.absolute()
        clouds, codes, names = gathered(path, self.classes, self.on_error == "skip")
        dims = {cloud.shape[1] for cloud in clouds}
        if len(dims) != 1:
            raise ValueError(f"{path}: clouds have {' and '.join(map(str, sorted(dims)))} dimensions")
        kept = [scaled(cloud) if self.scale else cloud for cloud in clouds]
        return Clouds(kept, self.points, dims.pop(), codes, names)


Found = tuple[list[Tensor], Tensor | None, tuple[str, ...]]


def gathered(path: Path, kinds: str = "auto", skip: bool = False) -> Found:
    """The clouds of an array or a folder, and their classes. Raises FileNotFoundError and ValueError."""
    if path.is_dir():
        return folder(path, kinds, skip)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file or folder {path}")
    array = loaded(path)
    if array.ndim != 3:
        raise ValueError(f"{path}: holds {array.shape}; expected (clouds, points, dims)")
    return list(torch.from_numpy(array)), None, ()


def folder(root: Path, kinds: str, skip: bool) -> Found:
    """The clouds under a folder, and their classes where the sub-folders are classes."""
    files = sorted(p for p in root.rglob("*") if p.suffix in SUFFIXES and not p.name.startswith("."))
    if not files:
        raise ValueError(f"{root} holds no clouds ({' '.join(SUFFIXES)})")
    read = tried(files, skip)
    parts = [file.relative_to(root).parts for file in read]
    names = tuple(sorted({part[0] for part in parts}))
    nested = all(len(part) > 1 for part in parts)
    if kinds == "folders" and not nested:
        alone = next(part[0] for part in parts if len(part) == 1)
        raise ValueError(f'{root}: {alone} lies in no sub-folder, and classes = "folders"')
    classes = nested and (kinds == "folders" or (kinds == "auto" and len(names) > 1))
    codes = torch.tensor([names.index(part[0]) for part in parts]) if classes else None
    return list(read.values()), codes, names if classes else ()


def tried(files: Sequence[Path], skip: bool) -> dict[Path, Tensor]:
    """The clouds of files; a damaged one is a ValueError, or with `skip` a warning that names it, unless all are."""
    read, bad = {}, []
    for file in files:
        try:
            read[file] = cloud(file)
        except ValueError as error:
            if not skip:
                raise
            bad.append(str(error))
    if not read:
        raise ValueError(f"all {len(bad)} clouds are damaged, the first: {bad[0]}")
    if bad:
        shown = "\n  ".join(bad[:5])
        warnings.warn(f"{len(bad)} of {len(files)} clouds are damaged and skipped:\n  {shown}", stacklevel=2)
    return read


def cloud(file: Path) -> Tensor:
    """One cloud (points, dims)."""
    array = loaded(file)
    if array.ndim != 2:
        raise ValueError(f"{file}: holds {array.shape}; expected (points, dims)")
    return torch.from_numpy(array)


def loaded(file: Path) -> np.ndarray:
    """The numbers of a file, finite ones; ValueError with its path for all else."""
    try:
        if file.suffix == ".npy":
            array = np.load(file, allow_pickle=False)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of an empty file; told below
                array = np.loadtxt(file, delimiter="," if file.suffix == ".csv" else None, ndmin=2)
    except (ValueError, OSError, EOFError) as error:
        told = "damaged, or it holds objects that only pickle reads" if "allow_pickle" in str(error) else error
        raise ValueError(f"{file}: cannot be read ({told})") from None
    if array.dtype.kind not in "fiu" or not array.size or not np.isfinite(array).all():
        raise ValueError(f"{file}: holds no numbers, or some that are not finite")
    return array.astype(np.float32)


def scaled(points: Tensor) -> Tensor:
    """A cloud with its mean at the origin and its farthest point at distance 1."""
    points = points - points.mean(0)
    return points / points.norm(dim=1).max().clamp(min=1e-12)


@attrs.frozen(eq=False)
class Clouds:
    """Open data: clouds of any numbers of points, of which some are drawn."""

    clouds: list[Tensor]
    points: int
    dims: int
    codes: Tensor | None
    names: tuple[str, ...]

    @property
    def _rows(self) -> Rows:
        """The same without points: fields and facts."""
        about, known = {"x": cloud_field(self.points, self.dims)}, {"points": self.points, "dims": self.dims}
        return Rows({"x": torch.empty(len(self), 0)}, about, known, self.codes, self.names)

    def fields(self) -> dict[str, Field]:
        """The cloud, and its class."""
        return self._rows.fields()

    def facts(self) -> dict[str, Any]:
        """Points, dimensions, classes and their shares."""
        return self._rows.facts()

    def __len__(self) -> int:
        return len(self.clouds)

    def batch(self, indices: Tensor, rng: torch.Generator) -> dict[str, Tensor]:
        """The clouds at these indices, some points of each drawn from `rng`; IndexError for one out of range."""
        rows = {"x": torch.stack([self._drawn(self.clouds[i], rng) for i in indices.tolist()])}
        if self.codes is not None:
            rows["label"] = F.one_hot(self.codes[indices], len(self.names)).float()
        return rows

    def _drawn(self, points: Tensor, rng: torch.Generator) -> Tensor:
        short = self.points - len(points)
        order = torch.randperm(len(points), generator=rng)[: self.points]
        if short > 0:
            order = torch.cat([order, torch.randint(len(points), (short,), generator=rng)])
        return points[order]
