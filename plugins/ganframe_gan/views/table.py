"""Values as lines of a CSV file, one row a sample."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import torch
from torch import Tensor


def write(path: Path, values: Tensor) -> None:
    """Write values (N, *shape) as N lines of numbers, as short as reads back exactly."""
    rows = values.reshape(len(values), -1).cpu().numpy()
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([str(number) for number in row] for row in rows)


def read(path: Path, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """Values (N, *shape) of a CSV file without a header; ValueError where a line does not fit the shape."""
    rows = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        for cells in filter(None, reader):
            if len(cells) != math.prod(shape):
                raise ValueError(f"{path}:{reader.line_num}: {len(cells)} numbers, expected {math.prod(shape)}")
            try:
                rows.append([float(cell) for cell in cells])
            except ValueError:
                raise ValueError(f"{path}:{reader.line_num}: not all of it is numbers") from None
    return torch.tensor(rows, dtype=torch.float64).to(dtype).view(len(rows), *shape)
