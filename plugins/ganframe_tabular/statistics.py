"""What two tables are compared by: distributions of columns, and how columns hang together."""

from __future__ import annotations

import numpy as np

from ganframe_tabular.layout import Frame

#: Classes that numbers are cut into where they meet categories.
CUTS = 10


def kolmogorov_smirnov(one: np.ndarray, two: np.ndarray) -> float:
    """The largest gap of two samples' distribution functions (nan left out; 1 where one sample has nothing else)."""
    one, two = np.sort(one[~np.isnan(one)]), np.sort(two[~np.isnan(two)])
    if not len(one) or not len(two):
        return float(len(one) != len(two))
    points = np.concatenate([one, two])
    below = [np.searchsorted(values, points, "right") / len(values) for values in (one, two)]
    return float(np.abs(below[0] - below[1]).max())


def total_variation(one: np.ndarray, two: np.ndarray, size: int) -> float:
    """Half the sum of the gaps between the shares of `size` codes."""
    shares = [np.bincount(codes, minlength=size) / len(codes) for codes in (one, two)]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def cuts(values: np.ndarray) -> np.ndarray:
    """Bounds that cut a column's values into about equal parts."""
    known = values[~np.isnan(values)]
    return np.unique(np.quantile(known, np.linspace(0, 1, CUTS + 1)[1:-1])) if len(known) else np.zeros(0)


def classes(values: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Which part each value falls into; missing ones are a part of their own, the last."""
    return np.where(np.isnan(values), len(bounds) + 1, np.searchsorted(bounds, values, "right"))


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks (N,), equal values sharing their mean rank; missing values get the middle one."""
    known = ~np.isnan(values)
    found = np.full(len(values), (known.sum() - 1) / 2)
    _, place, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    found[known] = (counts.cumsum() - (counts + 1) / 2)[place]
    return found


def correlations(frame: Frame) -> tuple[list[str], np.ndarray]:
    """Spearman correlations of all columns, categories one-hot: names and a matrix; 0 where a column is constant."""
    columns = {name: ranks(values) for name, values in frame.numbers.items()}
    for name, codes in frame.codes.items():
        columns.update({f"{name}={k}": (codes == k).astype(float) for k in range(frame.sizes[name])})
    rows = np.stack(list(columns.values()))
    rows = rows - rows.mean(1, keepdims=True)
    norms = np.sqrt((rows**2).sum(1))
    scaled = rows / np.where(norms > 1e-12, norms, np.inf)[:, None]
    return list(columns), scaled @ scaled.T
