"""The classification accuracy score, against scikit-learn's classifier and what it must see."""

from __future__ import annotations

import pytest
import torch
from ganframe_gan.metrics import ClassificationAccuracyScore, FrechetDistance
from ganframe_gan.metrics.cas import logits, taught
from sklearn.linear_model import LogisticRegression

from ganframe import Field

CPU = torch.device("cpu")


def rows(n, seed, spread=1.0, classes=4):
    """Classes on the corners of a square, and their codes."""
    rng = torch.Generator().manual_seed(seed)
    codes = torch.randint(classes, (n,), generator=rng)
    corners = torch.tensor([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0], [3.0, 3.0]])[codes % 4]
    return corners + spread * torch.randn(n, 2, generator=rng), codes


def score(real, fake, classes=4, size=64, **options):
    meter = ClassificationAccuracyScore(**options).build({"x": Field((2,)), "label": Field((classes,))}, {}, CPU)
    for at in range(0, max(len(real[0]), len(fake[0])), size):
        meter.update(*({"x": x[at:at + size], "label": torch.eye(classes)[codes[at:at + size]]} for x, codes in (real, fake)))
    return meter.compute()["accuracy"], meter.protocol


def test_a_linear_one_reads_like_logistic_regression() -> None:
    fake, real = rows(800, 0), rows(600, 1)
    found, protocol = score(real, fake, hidden=(), steps=400)
    theirs = LogisticRegression(C=1e3, max_iter=1000).fit(fake[0].numpy(), fake[1].numpy()).score(real[0].numpy(), real[1].numpy())
    assert found == pytest.approx(theirs, abs=0.01) and 0.8 < theirs < 0.95
    assert protocol == {"n": "800/600", "classifier": "4, 400 steps", "features": "values", "field": "x"}


def test_the_perceptron_is_the_one_that_is_told() -> None:
    x, codes = rows(50, 3)
    (w, b), (v, c) = taught(x.double(), codes, (7, 4), 5)
    net = torch.nn.Sequential(torch.nn.Linear(2, 7), torch.nn.ReLU(), torch.nn.Linear(7, 4)).double()
    for p, value in zip(net.parameters(), (w.T, b, v.T, c), strict=True):
        p.data = value
    assert torch.allclose(net(x.double()), logits(x.double(), [(w, b), (v, c)]))


def test_it_sees_what_the_plain_distance_does_not() -> None:
    real, good = rows(600, 1), rows(800, 0)
    mixed = (good[0], good[1][torch.randperm(800, generator=torch.Generator().manual_seed(2))])
    ceiling, chance = score(real, rows(800, 5))[0], 0.25
    assert score(real, good)[0] == pytest.approx(ceiling, abs=0.03)
    assert score(real, mixed)[0] < chance + 0.15
    meter = FrechetDistance().build({"x": Field((2,))}, {}, CPU)
    meter.update({"x": good[0]}, {"x": mixed[0]})
    assert meter.compute()["distance"] < 1e-6
    lost = tuple(part[good[1] != 3] for part in good)
    assert score(real, lost)[0] == pytest.approx(0.75 * ceiling, abs=0.04), "a class that is never made is never read"


def test_classes_that_are_not_linear_need_a_hidden_layer() -> None:
    def crossed(n, seed):
        x, codes = rows(n, seed, 0.4)
        return x, torch.tensor([0, 1, 1, 0])[codes]

    assert score(crossed(400, 1), crossed(400, 0), classes=2)[0] > 0.97
    assert score(crossed(400, 1), crossed(400, 0), classes=2, hidden=())[0] < 0.8


def test_a_feature_that_never_varies_does_no_harm() -> None:
    real, fake = rows(200, 1), rows(200, 0)
    flat = [(x * torch.tensor([1.0, 0.0]) + torch.tensor([0.0, 7.0]), codes % 2) for x, codes in (real, fake)]
    assert score(*flat, classes=2)[0] > 0.9


def test_what_cannot_be_told() -> None:
    with pytest.raises(ValueError, match="no field 'label'; fields: x"):
        ClassificationAccuracyScore().build({"x": Field((2,))}, {}, CPU)
    with pytest.raises(ValueError, match="no samples"):
        ClassificationAccuracyScore().build({"x": Field((2,)), "label": Field((2,))}, {}, CPU).compute()
