"""Series as curves, or as lines of a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from ganframe import Field, component
from ganframe_series.views.picture import draw


@component
class Series:
    """Windows (length, channels): curves, a colour a channel; or a CSV file, a line a time, in the data's own units.

    The CSV file's columns are `sample`, `step` and the channels, with the decimals of the data's file. Where real rows
    are here, some stand beside in the picture, and the mean autocorrelation of both is drawn below.
    """

    suffixes: ClassVar = (".png", ".csv")
    #: How many samples make a good picture.
    samples: ClassVar[int] = 256
    #: One picture of all samples, with the classes' own frequencies.
    together: ClassVar[bool] = True
    examples = ({"field": Field((12, 2), view="series", range=(-1.0, 1.0)), "facts": {}},)

    def write(self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any]) -> None:
        """Write windows (N, length, channels) as the suffix asks."""
        if path.suffix != ".csv":
            self.grid(path, values, field, facts, 4)
            return
        names, decimals = _names(values.shape[2], facts), facts.get("decimals")
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["sample", "step", *names])
            for sample, window in enumerate(_units(values.double().cpu().numpy(), facts).tolist()):
                writer.writerows([sample, step, *_written(row, decimals)] for step, row in enumerate(window))

    def read(self, path: Path, field: Field, facts: Mapping[str, Any]) -> Tensor:
        """Windows (N, length, channels) of a CSV file that `write` wrote; ValueError for anything else."""
        if path.suffix != ".csv":
            raise ValueError(f"{path}: series are read from .csv")
        length, channels = field.shape
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [cells for cells in csv.reader(file) if cells]
        wanted = ["sample", "step", *_names(channels, facts)]
        if not lines or lines[0] != wanted:
            raise ValueError(f"{path}: its first line must be {','.join(wanted)}")
        try:
            rows = np.array(lines[1:], dtype=np.float64).reshape(-1, length, channels + 2)
        except ValueError:
            raise ValueError(f"{path}: needs windows of {length} lines of {channels + 2} numbers") from None
        return torch.from_numpy(_model(rows[:, :, 2:], facts).astype(np.float32))

    def grid(
        self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any], columns: int,
        behind: Tensor | None = None,
    ) -> None:
        """Draw the first windows, and the autocorrelation of all, whatever `columns` says; `behind`: real ones."""
        draw(path, values, behind, field.range if field is not None else None)


def _names(channels: int, facts: Mapping[str, Any]) -> list[str]:
    return [str(name) for name in facts.get("names", range(channels))]


def _written(row: list[float], decimals: list[int] | None) -> list[str]:
    if decimals is None:
        return [str(np.float32(value)) for value in row]
    return [f"{value:.{places}f}" for value, places in zip(row, decimals, strict=True)]


def _units(values: np.ndarray, facts: Mapping[str, Any]) -> np.ndarray:
    """Values of model range in the data's own units."""
    if "low" not in facts:
        return values
    (first, last), low, high = facts["range"], np.array(facts["low"]), np.array(facts["high"])
    return low + (values - first) / (last - first) * (high - low)


def _model(values: np.ndarray, facts: Mapping[str, Any]) -> np.ndarray:
    """Values in the data's own units in model range."""
    if "low" not in facts:
        return values
    (first, last), low, high = facts["range"], np.array(facts["low"]), np.array(facts["high"])
    return first + (last - first) * (values - low) / np.where(high > low, high - low, 1.0)
