"""Whether columns, and pairs of columns, are distributed as in the real table."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch

from ganframe import Field, component
from ganframe_tabular import statistics
from ganframe_tabular.layout import Frame
from ganframe_tabular.metrics.tables import Tables


@component
class TableSimilarity:
    """How alike two tables are, column by column and pair by pair; 1 is best.

    `columns`: mean over columns of 1 - Kolmogorov-Smirnov distance (numbers) or 1 - total variation (categories; a
    missing value is one). `pairs`: mean over pairs of columns of 1 - |difference of rank correlation| / 2 (two
    numbers) or 1 - total variation of the contingency table (else; numbers cut at the real deciles). `worst`: that of
    the column that is least alike. `correlation`: mean |difference| of all rank correlations.
    Source: the quality report of SDMetrics (Patki et al. 2016, The Synthetic Data Vault, section V).
    """

    better: ClassVar = {"columns": "higher", "pairs": "higher", "worst": "higher", "correlation": "lower"}
    examples = ({"data": "Orders"},)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> SimilarityMeter:
        """A meter; ValueError for data that are no table."""
        return SimilarityMeter(fields, facts)


class SimilarityMeter(Tables):
    """Compares both tables."""

    def compute(self) -> dict[str, float]:
        """The four figures."""
        real, made = self.frames()
        alike = columns(real, made)
        pairs = list(_pairs(real, made))
        apart = np.abs(statistics.correlations(real)[1] - statistics.correlations(made)[1])
        upper = apart[np.triu_indices(len(apart), 1)]
        return {
            "columns": float(np.mean(list(alike.values()))),
            "pairs": float(np.mean(pairs)) if pairs else 1.0,
            "worst": float(min(alike.values())),
            "correlation": float(upper.mean()) if len(upper) else 0.0,
        }


def columns(real: Frame, made: Frame) -> dict[str, float]:
    """How alike each column is, from 0 to 1."""
    found = {}
    for name, values in real.numbers.items():
        gap = statistics.kolmogorov_smirnov(values, made.numbers[name])
        gone = abs(float(np.isnan(values).mean() - np.isnan(made.numbers[name]).mean()))
        found[name] = 1 - max(gap, gone)
    for name, codes in real.codes.items():
        found[name] = 1 - statistics.total_variation(codes, made.codes[name], real.sizes[name])
    return found


def _pairs(real: Frame, made: Frame) -> list[float]:
    cut = {name: statistics.cuts(values) for name, values in real.numbers.items()}
    sizes = {**{name: len(bounds) + 2 for name, bounds in cut.items()}, **real.sizes}
    coded = [
        {**{name: statistics.classes(frame.numbers[name], cut[name]) for name in cut}, **frame.codes}
        for frame in (real, made)
    ]  # fmt: skip
    ranks = [{name: statistics.ranks(values) for name, values in frame.numbers.items()} for frame in (real, made)]
    found = []
    for one, two in itertools.combinations(sizes, 2):
        if one in cut and two in cut:
            gap = abs(_correlation(ranks[0][one], ranks[0][two]) - _correlation(ranks[1][one], ranks[1][two])) / 2
        else:
            joint = [codes[one] * sizes[two] + codes[two] for codes in coded]
            gap = statistics.total_variation(*joint, sizes[one] * sizes[two])
        found.append(1 - gap)
    return found


def _correlation(one: np.ndarray, two: np.ndarray) -> float:
    one, two = one - one.mean(), two - two.mean()
    norm = np.sqrt((one**2).sum() * (two**2).sum())
    return float((one * two).sum() / norm) if norm > 1e-12 else 0.0
