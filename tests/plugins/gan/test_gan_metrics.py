"""Metrics against formulas of another form: brute force, closed forms, other decompositions."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_gan.data import GaussianMixture, Grid, Ring
from ganframe_gan.metrics import Diversity, FrechetDistance, Modes, PrecisionRecall, Wasserstein1d
from ganframe_gan.metrics.neighbours import figures as prdc
from torch import nn

from ganframe import Field, component
from ganframe.moments import frechet as distance

CPU = torch.device("cpu")


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def points(n: int, dims: int, seed: int = 0, scale: float = 1.0) -> torch.Tensor:
    return scale * torch.randn(n, dims, generator=rng(seed), dtype=torch.float64)


def covariance(dims: int, seed: int) -> torch.Tensor:
    root = points(dims + 2, dims, seed)
    return root.T @ root / dims


def score(metric, real, fake, facts=None, label=None):
    meter = metric.build({"x": Field(real.shape[1:]), "label": Field((3,))}, facts or {}, CPU)
    meter.update({"x": real, "label": label}, {"x": fake, "label": label})
    return meter.compute()


# The Frechet distance


def test_frechet_of_axis_aligned_gaussians_is_the_closed_form() -> None:
    m1, m2, s1, s2 = (points(5, 1, s).flatten() for s in range(4))
    s1, s2 = s1.abs(), s2.abs()
    expected = float((m1 - m2).square().sum() + (s1 - s2).square().sum())
    assert distance(m1, s1.square().diag(), m2, s2.square().diag()) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("dims", [1, 2, 7, 30])
def test_frechet_agrees_with_the_general_eigenvalues_of_the_product(dims) -> None:
    m1, m2 = points(dims, 1, 0).flatten(), points(dims, 1, 1).flatten()
    c1, c2 = covariance(dims, 2), covariance(dims, 3)
    root = torch.linalg.eigvals(c1 @ c2).real.clamp(min=0).sqrt().sum()
    expected = float((m1 - m2).square().sum() + c1.trace() + c2.trace() - 2 * root)
    assert distance(m1, c1, m2, c2) == pytest.approx(expected, rel=1e-7)
    assert distance(m2, c2, m1, c1) == pytest.approx(expected, rel=1e-7), "it is symmetric"
    turn = torch.linalg.qr(points(dims, dims, 4)).Q
    turned = distance(turn @ m1, turn @ c1 @ turn.T, turn @ m2, turn @ c2 @ turn.T)
    assert turned == pytest.approx(expected, rel=1e-7), "turning both changes nothing"


def test_frechet_of_singular_covariances_is_finite_and_right() -> None:
    flat = torch.diag(torch.tensor([4.0, 0.0, 0.0])).double()
    other = torch.diag(torch.tensor([0.0, 9.0, 0.0])).double()
    zero = torch.zeros(3).double()
    assert distance(zero, flat, zero, other) == pytest.approx(13.0)
    assert distance(zero, flat, zero, flat) == pytest.approx(0.0, abs=1e-9)


def test_frechet_meter_uses_the_samples_own_moments() -> None:
    real, fake = points(40, 6, 0), points(25, 6, 1, 2.0) + 1
    expected = distance(real.mean(0), real.T.cov(), fake.mean(0), fake.T.cov())
    assert score(FrechetDistance(), real, fake)["distance"] == pytest.approx(expected, rel=1e-9)
    assert score(FrechetDistance(), real, real)["distance"] == pytest.approx(0, abs=1e-9)


def test_frechet_needs_two_samples() -> None:
    with pytest.raises(ValueError, match="at least 2 samples, not 1"):
        score(FrechetDistance(), points(9, 2), points(1, 2))


@component
class Doubled:
    """A linear layer with fixed weights, to stand for an extractor."""

    def build(self, x):
        layer = nn.Linear(x[0], 3)
        nn.init.constant_(layer.weight, 2.0)
        nn.init.constant_(layer.bias, 1.0)
        return layer


def test_an_extractor_is_named_with_the_hash_of_its_weights_and_draws_no_numbers() -> None:
    fields, before = {"x": Field((4,)), "y": Field((2,))}, torch.get_rng_state()
    meter = FrechetDistance(features=Doubled()).build(fields, {}, CPU)
    assert torch.equal(before, torch.get_rng_state())
    real, fake = points(300, 4, 0).float(), points(300, 4, 1).float()
    meter.update({"x": real}, {"x": fake})
    seen = [2 * x.double().sum(1, keepdim=True).expand(-1, 3) + 1 for x in (real, fake)]
    expected = distance(seen[0].mean(0), seen[0].T.cov(), seen[1].mean(0), seen[1].T.cov())
    assert meter.compute()["distance"] == pytest.approx(expected, rel=1e-4)
    assert meter.protocol["n"] == "300/300" and meter.protocol["field"] == "x"
    name, _, digest = meter.protocol["features"].partition(" sha256:")
    assert name == "Doubled" and len(digest) == 16
    again = FrechetDistance(features=Doubled()).build(fields, {}, CPU).protocol["features"]
    assert again == meter.protocol["features"]
    with pytest.raises(ValueError, match="no field 'z'; fields: x, y"):
        FrechetDistance(field="z").build(fields, {}, CPU)


# Precision, recall, density, coverage


def brute_force(real, fake, k):
    """The definitions, one pair at a time."""
    def radius(rows, i):
        return sorted(float((rows[i] - rows[j]).norm()) for j in range(len(rows)) if j != i)[k - 1]

    balls = [radius(real, i) for i in range(len(real))]
    others = [radius(fake, j) for j in range(len(fake))]
    gap = [[float((r - f).norm()) for f in fake] for r in real]
    n, m = range(len(real)), range(len(fake))
    return {
        "precision": sum(any(gap[i][j] <= balls[i] for i in n) for j in m) / len(fake),
        "recall": sum(any(gap[i][j] <= others[j] for j in m) for i in n) / len(real),
        "density": sum(gap[i][j] <= balls[i] for i in n for j in m) / (k * len(fake)),
        "coverage": sum(min(gap[i]) <= balls[i] for i in n) / len(real),
    }


@pytest.mark.parametrize("k", [1, 3, 5])
def test_precision_and_recall_agree_with_brute_force(k) -> None:
    real, fake = points(41, 3, 0), points(33, 3, 1, 0.6) + 0.4
    found = score(PrecisionRecall(k=k), real, fake)
    assert found == pytest.approx(brute_force(real, fake, k))
    assert 0 < found["precision"] < 1 or 0 < found["recall"] < 1, "a case in which something is to be told"


def test_precision_and_recall_do_not_depend_on_the_chunks(monkeypatch) -> None:
    real, fake = points(57, 4, 0), points(49, 4, 1, 1.3)
    whole = prdc(real, fake, 3)
    monkeypatch.setattr("ganframe_gan.metrics.neighbours.CHUNK", 10)
    assert prdc(real, fake, 3) == pytest.approx(whole)


def test_precision_and_recall_at_the_ends() -> None:
    real = points(30, 2)
    assert score(PrecisionRecall(), real, real + 100) == {"precision": 0, "recall": 0, "density": 0, "coverage": 0}
    same = score(PrecisionRecall(), real, real)
    assert (same["precision"], same["recall"], same["coverage"]) == (1, 1, 1)
    collapsed = score(PrecisionRecall(), real, real[:1] + 1e-6 * points(30, 2, 1))
    assert collapsed["precision"] == 1 and collapsed["recall"] <= 1 / 30
    with pytest.raises(ValueError, match="k = 3 needs more than 3 points"):
        score(PrecisionRecall(), real, real[:3])


# Modes


def test_modes_of_perfect_draws() -> None:
    facts = Ring().open().facts()
    fake = Ring(rows=20_000, seed=9).open().batch(torch.arange(20_000))["x"]
    found = score(Modes(), fake, fake, facts)
    inside = 1 - math.exp(-4.5)
    assert found["modes"] == 8 and found["high_quality"] == pytest.approx(inside, abs=0.004)
    assert found["kl"] < 0.002
    # The mean square per axis of a plane Gaussian cut at radius 3: 1 - (9 / 2) e^-4.5 / (1 - e^-4.5).
    assert found["spread"] == pytest.approx(math.sqrt(1 - 4.5 * math.exp(-4.5) / inside), abs=0.01)


def test_modes_by_hand() -> None:
    facts = {"means": [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [9.0, 9.0]], "std": 1.0}
    good = [[0.5, 0.0]] * 3 + [[-0.5, 0.0]] * 3 + [[10.0, 2.9]] * 2
    fake = torch.tensor(good + [[10.0, 3.1], [5.0, 5.0]])
    found = score(Modes(at_least=0.25), fake, fake, facts)
    assert found["modes"] == 1 and found["high_quality"] == 0.8
    assert found["kl"] == pytest.approx(0.75 * math.log(3) + 0.25 * math.log(1))
    # Squares about the modes' own means: 6 x 0.25 in the first, none in the second; 2 axes, 8 - 2 free rows.
    assert found["spread"] == pytest.approx(math.sqrt(1.5 / 12))
    assert score(Modes(at_least=0.2), fake, fake, facts)["modes"] == 2


def test_lost_modes_show() -> None:
    data = Grid(rows=30_000, seed=2).open()
    rows = data.batch(torch.arange(30_000))
    kept = rows["x"][rows["label"].argmax(1) < 5]
    found = score(Modes(), rows["x"], kept, data.facts())
    assert found["modes"] == 5 and found["kl"] == pytest.approx(math.log(5), abs=0.01)


def test_kl_is_to_the_true_shares() -> None:
    data = GaussianMixture(means=(-9.0, 0.0, 9.0), weights=(0.7, 0.3, 0.0), rows=20_000, seed=1).open()
    fake = data.batch(torch.arange(20_000))["x"]
    found = score(Modes(), fake, fake, data.facts())
    assert found["kl"] < 0.001 and found["modes"] == 2


def test_modes_without_a_good_sample_and_without_known_modes() -> None:
    far = torch.full((5, 2), 50.0)
    found = score(Modes(), far, far, {"means": [[0.0, 0.0]], "std": 1.0})
    assert found["modes"] == 0 and found["high_quality"] == 0
    assert math.isnan(found["kl"]) and math.isnan(found["spread"])
    with pytest.raises(ValueError, match="facts 'means' and 'std'"):
        score(Modes(), far, far, {})


# One dimension


def test_distances_on_the_line_agree_with_other_formulas() -> None:
    real, fake = points(60, 1, 0), points(45, 1, 1, 1.7) + 0.5
    found = score(Wasserstein1d(), real, fake)
    # W1 as the mean gap of quantiles: both samples repeated to 180 rows.
    quantiles = real.flatten().sort().values.repeat_interleave(3), fake.flatten().sort().values.repeat_interleave(4)
    assert found["w1"] == pytest.approx(float((quantiles[0] - quantiles[1]).abs().mean()), rel=1e-9)
    every = torch.cat([real, fake]).flatten().tolist()
    gaps = [abs(float((real <= x).double().mean() - (fake <= x).double().mean())) for x in every]
    assert found["ks"] == pytest.approx(max(gaps))


def test_distances_on_the_line_of_a_shift() -> None:
    real = points(500, 1)
    assert score(Wasserstein1d(), real, real + 0.25)["w1"] == pytest.approx(0.25)
    assert score(Wasserstein1d(), real, real) == {"w1": 0.0, "ks": 0.0}
    assert score(Wasserstein1d(), real, real + 100)["ks"] == 1.0
    with pytest.raises(ValueError, match="compares single numbers"):
        score(Wasserstein1d(), points(3, 2), points(3, 2))


# Diversity


def pairwise(x: torch.Tensor) -> float:
    """The mean square distance of all pairs of different rows."""
    gaps = [float((a - b).square().sum()) for i, a in enumerate(x) for j, b in enumerate(x) if i != j]
    return sum(gaps) / len(gaps)


def test_diversity_is_the_ratio_of_pairwise_distances() -> None:
    real, fake = points(30, 4, 0), points(20, 4, 1, 0.5)
    expected = math.sqrt(pairwise(fake) / pairwise(real))
    assert score(Diversity(), real, fake)["diversity"] == pytest.approx(expected)
    assert score(Diversity(), real, real[:1].expand(9, -1))["diversity"] == pytest.approx(0, abs=1e-6)


def test_diversity_inside_classes_finds_the_class_that_collapsed() -> None:
    codes = torch.arange(60) % 3
    label = torch.eye(3)[codes]
    centres = torch.tensor([-50.0, 0.0, 50.0]).double()[codes, None]
    real, fake = points(60, 2, 0) + centres, points(60, 2, 1) + centres
    fake[codes == 1] = 0.1 * fake[codes == 1]
    found = score(Diversity(label="label"), real, fake, label=label)
    made, true = [[pairwise(x[codes == c]) for c in range(3)] for x in (fake, real)]
    least = min(math.sqrt(m / t) for m, t in zip(made, true, strict=True))
    assert found["least"] == pytest.approx(least) and least < 0.2
    assert found["diversity"] == pytest.approx(math.sqrt(sum(made) / sum(true)))
    assert score(Diversity(), real, fake)["diversity"] == pytest.approx(1, abs=0.05), "blind without the label"


def test_diversity_without_pairs_is_refused() -> None:
    with pytest.raises(ValueError, match="no class has two samples"):
        score(Diversity(), points(5, 2), points(1, 2))
    with pytest.raises(ValueError, match="no field 'kind'"):
        Diversity(label="kind").build({"x": Field((2,))}, {}, CPU)
