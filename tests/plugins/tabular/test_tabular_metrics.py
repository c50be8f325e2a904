"""Figures of tables, each against a closed form or a second way to compute it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ganframe_tabular import statistics
from ganframe_tabular.data.orders import Orders
from ganframe_tabular.data.science import SklearnTable
from ganframe_tabular.metrics.accuracy import TableAccuracy
from ganframe_tabular.metrics.records import ClosestRecord, area
from ganframe_tabular.metrics.rules import TableRules
from ganframe_tabular.metrics.similarity import TableSimilarity

CPU = torch.device("cpu")


def rows(data, seed=0):
    """All rows of open data as a batch."""
    return data.batch(torch.arange(len(data)), torch.Generator().manual_seed(seed))


def figures(metric, data, made, real=None):
    """The figures of made vectors against the data, or against other rows."""
    meter = metric.build(data.fields(), data.facts(), CPU)
    meter.update(rows(data) if real is None else real, {"x": made})
    return meter.compute()


def independent(x, seed=0):
    """Rows whose columns have been permuted each on its own."""
    rng = torch.Generator().manual_seed(seed)
    return torch.stack([x[torch.randperm(len(x), generator=rng), i] for i in range(x.shape[1])], 1)


def test_distances_of_distributions():
    scipy = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=300), rng.normal(0.4, 1.3, 200)
    assert statistics.kolmogorov_smirnov(one, two) == pytest.approx(scipy.ks_2samp(one, two).statistic)
    assert statistics.kolmogorov_smirnov(np.array([1.0, np.nan]), np.array([np.nan])) == 1
    assert statistics.total_variation(np.array([0, 0, 1]), np.array([0, 2, 2]), 3) == pytest.approx(2 / 3)
    ties = np.round(one, 1)
    assert statistics.ranks(ties) == pytest.approx(scipy.rankdata(ties) - 1)


def test_correlations_are_spearmans():
    scipy = pytest.importorskip("scipy.stats")
    data = Orders(rows=300, held_out=0.0).open()
    frame = data.layout.frame(data.x)
    names, matrix = statistics.correlations(frame)
    goods, total = frame.numbers["goods"], frame.numbers["total"]
    expected = scipy.spearmanr(goods, total).statistic
    assert matrix[names.index("goods"), names.index("total")] == pytest.approx(expected)
    assert np.diag(matrix) == pytest.approx(1)


def test_similarity_sees_columns_and_pairs():
    data, other = (Orders(rows=1000, held_out=0.0, data_seed=seed).open() for seed in (0, 1))
    cells = other.layout.decode(other.x)
    fresh = torch.from_numpy(data.layout.encode(cells).astype(np.float32))
    same = figures(TableSimilarity(), data, data.x)
    assert same == {"columns": 1, "pairs": pytest.approx(1), "worst": 1, "correlation": pytest.approx(0, abs=1e-9)}
    new = figures(TableSimilarity(), data, fresh)
    assert new["columns"] > 0.95 and new["pairs"] > 0.9 and new["correlation"] < 0.04
    parts = [data.x[torch.randperm(1000, generator=torch.Generator().manual_seed(k))][:, place]
             for k, place in enumerate(data.layout.places.values())]  # fmt: skip
    apart = figures(TableSimilarity(), data, torch.cat(parts, 1))
    assert apart["columns"] == pytest.approx(1)
    assert apart["pairs"] < new["pairs"] - 0.02 and apart["correlation"] > 2.5 * new["correlation"]


def test_copies_are_told_and_so_is_membership():
    data = SklearnTable(held_out=0.5, split="all").open()
    train = data.x[data.held_out[:, 0] == 0]
    held = data.x[data.held_out[:, 0] == 1]
    copied = figures(ClosestRecord(), data, train)
    assert copied["ratio"] == 0 and copied["copies"] == 1 and copied["membership"] == 1
    fresh = figures(ClosestRecord(), data, held)
    assert fresh["ratio"] == pytest.approx(1) and fresh["copies"] == 0 and fresh["membership"] == 0
    mixed = figures(ClosestRecord(), data, torch.cat([train[::2], held[::2]]))
    assert mixed["membership"] == pytest.approx(0.5, abs=0.07)
    with pytest.raises(ValueError, match=r'split = "all"'):
        figures(ClosestRecord(), SklearnTable().open(), train)


def test_area_under_the_curve():
    roc = pytest.importorskip("sklearn.metrics").roc_auc_score
    rng = np.random.default_rng(0)
    inside, outside = rng.normal(0.5, 1, 80).round(1), rng.normal(size=60).round(1)
    truth = np.concatenate([np.ones(80), np.zeros(60)])
    assert area(inside, outside) == pytest.approx(roc(truth, np.concatenate([inside, outside])))


@pytest.mark.parametrize(("name", "least"), [("wine", 0.9), ("breast_cancer", 0.9), ("diabetes", 0.35)])
def test_real_rows_teach_and_shuffled_ones_do_not(name, least):
    data = SklearnTable(name=name, held_out=0.3, split="all", target="target").open()
    train = data.x[data.held_out[:, 0] == 0]
    same = figures(TableAccuracy(trees=30), data, train)
    assert same["accuracy"] == same["real"] > least
    assert same["distance"] == 0
    wrong = figures(TableAccuracy(trees=30), data, independent(train))
    assert wrong["distance"] > 0.2
    with pytest.raises(ValueError, match="no `target`"):
        figures(TableAccuracy(), SklearnTable(name=name).open(), train)


def test_broken_rules_are_counted():
    data = Orders(rows=300, held_out=0.0, kinds={"items": "integer"}).open()
    cells = data.layout.decode(data.x)
    late = sum(a > b for a, b in zip(cells["placed"], cells["shipped"], strict=True))
    assert late == 0
    rules = (("placed", "<=", "shipped"), ("goods", "+", "postage", "=", "total"), ("items", ">", 0))
    assert figures(TableRules(rules=rules), data, data.x) == {"broken": 0, "real": 0}
    swapped = data.x.clone()
    place = data.layout.places
    swapped[:, place["shipped"]] = data.x[:, place["shipped"]].flip(0)
    cells = data.layout.decode(swapped)
    expected = np.mean([a > b for a, b in zip(cells["placed"], cells["shipped"], strict=True)])
    assert expected > 0.3
    assert figures(TableRules(rules=rules[:1]), data, swapped)["broken"] == pytest.approx(expected)
    strict = figures(TableRules(rules=(("placed", "<", "shipped"),)), data, data.x)["broken"]
    same = np.mean([a == b for a, b in zip(*(data.layout.decode(data.x)[n] for n in ("placed", "shipped")), strict=True)])
    assert strict == pytest.approx(same) and same > 0
