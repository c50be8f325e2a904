"""Scores of series: near 0 for real against real, far from it for noise."""

from __future__ import annotations

import pytest
import torch
from ganframe_series.data.sines import Sines
from ganframe_series.metrics.autocorrelation import AutocorrelationError
from ganframe_series.metrics.discriminative import DiscriminativeScore
from ganframe_series.metrics.predictive import PredictiveScore

CPU = torch.device("cpu")
QUICK = {"steps": 120, "rate": 0.02, "hidden": 16}


@pytest.fixture(scope="module")
def sines():
    """Two sets of windows from the same law, and some that look alike but hang together otherwise."""
    one, two = (Sines(rows=600, length=12, cycles=(0.5, 2.0), seed=seed).open() for seed in (0, 1))
    x = two.columns["x"]
    noise = x.std() * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    order = torch.randperm(12, generator=torch.Generator().manual_seed(1))
    return one, {"real": x, "noise": noise, "shuffled": x[:, order]}


def figures(metric, data, made):
    """The figures of made windows against the data."""
    meter = metric.build(data.fields(), data.facts(), CPU)
    meter.update({"x": data.columns["x"]}, {"x": made})
    return meter.compute()


def test_discriminative_score(sines):
    data, made = sines
    assert figures(DiscriminativeScore(**QUICK), data, made["real"])["score"] < 0.06
    for other, least in (("noise", 0.4), ("shuffled", 0.15)):
        found = figures(DiscriminativeScore(**QUICK), data, made[other])
        assert found["score"] > least and found["accuracy"] == found["score"] + 0.5


def test_predictive_score(sines):
    data, made = sines
    same = figures(PredictiveScore(**QUICK), data, made["real"])
    assert same["excess"] == pytest.approx(same["error"] - same["real"])
    assert abs(same["excess"]) < 0.02
    worse = figures(PredictiveScore(**QUICK), data, made["noise"])
    assert worse["real"] == same["real"] and worse["excess"] > 0.15


def test_autocorrelation_error(sines):
    data, made = sines
    same = figures(AutocorrelationError(), data, made["real"])
    assert same["error"] < 0.05 and same["spread"] == pytest.approx(1, abs=0.05)
    assert figures(AutocorrelationError(), data, made["noise"])["error"] > 2 * same["error"]
    half = figures(AutocorrelationError(), data, made["real"] / 2)
    assert half["error"] == pytest.approx(same["error"], abs=1e-6) and half["spread"] == pytest.approx(same["spread"] / 2)


def test_scores_leave_global_random_numbers_alone(sines):
    data, made = sines
    torch.manual_seed(5)
    before = torch.get_rng_state()
    figures(DiscriminativeScore(steps=2), data, made["real"])
    assert torch.equal(before, torch.get_rng_state())


def test_data_that_are_no_series_are_refused():
    data = Sines(rows=20, classes=2).open()
    for metric in (DiscriminativeScore, PredictiveScore, AutocorrelationError):
        with pytest.raises(ValueError, match="'label' is no series"):
            metric(field="label").build(data.fields(), data.facts(), CPU)
        with pytest.raises(ValueError, match="no field 'y'; fields: x, label"):
            metric(field="y").build(data.fields(), data.facts(), CPU)
