"""What there is to know of clouds and graphs from files before they are trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from ganframe import Survey

#: Numbers of coordinates that clouds have, the fewest points, and the most that are proposed.
DIMENSIONS, LEAST, MOST = (2, 3), 16, 2048
#: Rows more alike than this to the next ones (lag-one correlation) are times of a series, not points.
ALIKE = 0.5


def clouds(path: Path, found: Sequence[Tensor], bad: Sequence[str]) -> Survey | None:
    """The survey of clouds (points, dims) from a path; None where they have too few points or other dimensions.

    `bad` tells what was skipped.
    """
    counts, dims = sorted(map(len, found)), {cloud.shape[1] for cloud in found}
    if not dims <= set(DIMENSIONS) or counts[0] < LEAST or _alike(found) > ALIKE:
        return None
    points = f"{counts[0]:,} each" if counts[0] == counts[-1] else f"{counts[0]:,} to {counts[-1]:,}"
    reach = sorted(float((cloud - cloud.mean(0)).norm(dim=1).max()) for cloud in found)
    told = {
        "clouds": f"{len(found):,}", "points": points, "dimensions": " and ".join(map(str, sorted(dims))),
        "radius": f"{reach[0]:.3g} to {reach[-1]:.3g}; each is brought to 1 unless scale = false",
    }  # fmt: skip
    small = [f"{count:,} clouds have one point again and again" for count in [sum(r == 0 for r in reach)] if count]
    options = {"path": path, "points": min(counts[0], MOST), **({"on_error": "skip"} if bad else {})}
    return Survey(options, told, [*bad, *small], rank=1)


def _alike(found: Sequence[Tensor]) -> float:
    """The mean correlation of a coordinate with that of the next row, of some clouds."""
    several = [cloud.numpy() - cloud.numpy().mean(0) for cloud in found[:100]]
    with np.errstate(invalid="ignore", divide="ignore"):
        one = [(rows[:-1] * rows[1:]).sum() / (rows**2).sum() for rows in several]
    return float(np.nan_to_num(one).mean())


def graphs(path: Path, data: Any) -> Survey:
    """The survey of open graphs."""
    facts, x, nodes = data.facts(), data.column("x"), data.column("nodes")
    sizes = [int(count) for count in (1 - nodes[..., 0].long()).sum(1)]
    edges = x.long().sum((1, 2, 3)) // 2
    told = {
        "graphs": f"{len(data):,}",
        "nodes": f"{min(sizes)} to {max(sizes)}, of {facts['roles'] - 1} kinds",
        "edges": f"{int(edges.min())} to {int(edges.max())}, of {facts['edges']} kinds",
    }
    bare = sum(size == 0 for size in sizes)
    return Survey({"path": path}, told, [f"{bare:,} graphs have no node"] if bare else [], rank=1)
