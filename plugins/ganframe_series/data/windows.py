"""Windows of series from CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ganframe import Field, Survey, component, option
from ganframe_series.data import recipe, survey
from ganframe_series.data.file import Long, read, regular
from ganframe_series.data.rows import Rows


@component
class Series:
    """Windows (length, channels) of one long series in a `.csv` file, or of several in a folder of them.

    A line is a time, a column a channel; the first line names the columns. `time` names a column that says when: its
    steps must be equal, and it is no channel. Every channel is brought to `range` by its lowest and highest value in
    the training part. The last `held_out` of every file are kept from training (`split = "test"`); no window of one
    part overlaps the other. Field: `x`. Facts: `length`, `channels`; for writing `names`, `low`, `high`, `decimals`.
    """

    path: Path = option(doc="the file, or a folder of .csv files with the same columns")
    length: int = option(24, "times in a window", min=2)
    hop: int = option(1, "times from the start of one window to that of the next", min=1)
    columns: tuple[str, ...] = option((), "the channels; else all columns but `time`, or but a first one of dates")
    time: str = option("", "the column that says when, a number or an ISO date")
    range: tuple[float, float] = option((0.0, 1.0), "lowest and highest value of a channel, scaled")
    held_out: float = option(0.2, "share of each file, its end, that is kept from training", min=0.0, max=0.9)
    split: str = option("train", "the part that is read", choices=("train", "test"))

    def __attrs_post_init__(self) -> None:
        if self.range[0] >= self.range[1]:
            raise ValueError(f"'range' must have the smaller number first, not {self.range[0]} and {self.range[1]}")

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """A small file to try the laws of datasets on."""
        lines = [f"2024-01-{1 + t % 28:02},{np.sin(t / 3):.3f},{t % 7}\n" for t in range(28)]
        (folder / "tides.csv").write_text("day,tide,moon\n" + "".join(lines), encoding="utf-8")
        return {"path": folder / "tides.csv", "length": 6, "time": "day"}

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        """What there is to know of a series or a folder of them; None for anything else."""
        return survey.series(path)

    @classmethod
    def recipe(cls, data: Rows, table: str) -> str:
        """A spec to start from, with this `[data]` table."""
        return recipe.spec(data, table)

    def open(self) -> Rows:
        """Read the files. FileNotFoundError or ValueError, with the absolute path."""
        files = [read(path, self.columns, self.time) for path in _paths(self.path.absolute())]
        if any(file.names != files[0].names for file in files):
            odd = next(file for file in files if file.names != files[0].names)
            theirs = f"{files[0].path} {', '.join(files[0].names)}"
            raise ValueError(f"{odd.path}: has columns {', '.join(odd.names)}, {theirs}")
        if self.time:
            step = regular(files[0], self.time)
            other = next((file for file in files if regular(file, self.time) != step), None)
            if other is not None:
                raise ValueError(f"{other.path}: its times are not {step:g} apart, as those of {files[0].path} are")
        return self._rows(files)

    def _rows(self, files: list[Long]) -> Rows:
        cut = [len(file.values) - round(self.held_out * len(file.values)) for file in files]
        known = np.concatenate([file.values[:at] for file, at in zip(files, cut, strict=True)])
        low, high = known.min(0), known.max(0)
        parts = [f.values[:at] if self.split == "train" else f.values[at:] for f, at in zip(files, cut, strict=True)]
        starts = [range(0, len(part) - self.length + 1, self.hop) for part in parts]
        windows = [part[i : i + self.length] for part, begins in zip(parts, starts, strict=True) for i in begins]
        if not windows:
            told = f"the '{self.split}' part has {max(map(len, parts))} times, fewer than a window of {self.length}"
            raise ValueError(f"{self.path.absolute()}: {told}")
        first, last = self.range
        x = first + (last - first) * (np.stack(windows) - low) / np.where(high > low, high - low, 1.0)
        names = files[0].names
        ends = self.range if self.split == "train" else None
        facts = {
            "length": self.length, "channels": len(names), "names": list(names),
            "low": low.tolist(), "high": high.tolist(),
            "decimals": [max(f.decimals[i] for f in files) for i in range(len(names))], "range": list(self.range),
        }  # fmt: skip
        field = Field((self.length, len(names)), view="series", range=ends)
        return Rows({"x": torch.from_numpy(x.astype(np.float32))}, {"x": field}, facts)


def _paths(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise FileNotFoundError(f"there is no file or folder {path}")
    found = sorted(path.glob("*.csv"))
    if not found:
        raise ValueError(f"{path}: has no .csv files")
    return found


