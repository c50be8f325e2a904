"""Distances between sets and what is learned by heart, against scikit-learn, SciPy, loops and closed forms."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_gan.metrics import IntraClassFrechet, KernelDistance, NearestNeighbour, SlicedWasserstein, Wasserstein1d
from ganframe_gan.metrics.sliced import costs_along
from scipy.stats import wasserstein_distance
from sklearn.metrics.pairwise import polynomial_kernel

from ganframe import Field
from ganframe.moments import frechet as distance

CPU = torch.device("cpu")


def points(n, dims, seed=0, scale=1.0):
    return scale * torch.randn(n, dims, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def score(metric, real, fake, label=None, fake_label=None, size=11):
    meter = metric.build({"x": Field(real.shape[1:]), "label": Field((3,))}, {}, CPU)
    rows = max(len(real), len(fake))
    for at in range(0, rows, size):
        part = slice(at, at + size)
        fakes = label if fake_label is None else fake_label
        sides = [{"x": x[part], "label": None if k is None else k[part]} for x, k in ((real, label), (fake, fakes))]
        meter.update(*sides)
    return meter.compute(), meter.protocol


# Kernel distance


@pytest.mark.parametrize(("degree", "gamma", "coef"), [(3, None, 1.0), (2, 0.7, 0.5), (1, 1.0, 0.0)])
def test_the_kernel_distance_is_the_unbiased_estimate(monkeypatch, degree, gamma, coef) -> None:
    monkeypatch.setattr("ganframe_gan.metrics.kernel.CHUNK", 10)
    x, y = points(23, 5), points(31, 5, 1, 1.4) + 0.3

    def off(a):
        matrix = polynomial_kernel(a, degree=degree, gamma=gamma, coef0=coef)
        return (matrix.sum() - matrix.trace()) / (len(a) * (len(a) - 1))

    wanted = off(x) + off(y) - 2 * polynomial_kernel(x, y, degree=degree, gamma=gamma, coef0=coef).mean()
    found, protocol = score(KernelDistance(degree=degree, gamma=gamma, coef=coef), x, y)
    assert found["distance"] == pytest.approx(wanted, rel=1e-9)
    assert protocol["n"] == "31/23" and protocol["kernel"].endswith(f"x·y + {coef:g})^{degree}")


def test_a_linear_kernel_measures_the_means() -> None:
    x, y = points(4000, 3), points(4000, 3, 1) + torch.tensor([1.0, 0.0, -2.0])
    found = score(KernelDistance(degree=1, gamma=1.0, coef=0.0), x, y, size=4000)[0]["distance"]
    assert found == pytest.approx(float((x.mean(0) - y.mean(0)).square().sum()), abs=5e-3)


def test_the_kernel_distance_has_no_bias() -> None:
    small = [score(KernelDistance(), points(10, 4, 2 * s), points(12, 4, 2 * s + 1))[0]["distance"] for s in range(300)]
    mean, spread = sum(small) / 300, torch.tensor(small).std() / math.sqrt(300)
    assert abs(mean) < 4 * spread and min(small) < 0 < max(small)
    with pytest.raises(ValueError, match="needs 2 samples and 2 real rows at least, not 1 and 9"):
        score(KernelDistance(), points(9, 2), points(1, 2))


# Sliced Wasserstein distance


@pytest.mark.parametrize(("n", "m"), [(30, 30), (12, 18), (7, 31)])
def test_costs_along_a_direction_are_scipys(n, m) -> None:
    x, y = points(n, 3), points(m, 3, 1, 1.6) + 0.4
    wanted = [wasserstein_distance(x[:, k], y[:, k]) for k in range(3)]
    assert costs_along(x, y, 1).tolist() == pytest.approx(wanted)
    whole = math.lcm(n, m)
    repeated = [v.sort(0).values.repeat_interleave(whole // len(v), 0) for v in (x, y)]
    torch.testing.assert_close(costs_along(x, y, 2), (repeated[0] - repeated[1]).square().mean(0))


def test_in_one_dimension_it_is_the_plain_distance() -> None:
    x, y = points(40, 1), points(25, 1, 1, 2.0)
    assert score(SlicedWasserstein(p=1), x, y)[0]["distance"] == pytest.approx(score(Wasserstein1d(), x, y)[0]["w1"])


@pytest.mark.parametrize("p", [1, 2])
def test_a_shift_is_seen_as_much_as_a_direction_points_along_it(p) -> None:
    x, shift = points(50, 3), torch.tensor([1.0, -2.0, 2.0]).double()
    found = score(SlicedWasserstein(p=p, directions=4000), x, x + shift)[0]["distance"]
    # A coordinate of a uniform point of the sphere is uniform in three dimensions: mean 1/2, mean square 1/3.
    assert found == pytest.approx(3 * {1: 1 / 2, 2: 1 / math.sqrt(3)}[p], rel=0.02)
    assert score(SlicedWasserstein(p=p), x, x.flip(0))[0]["distance"] == pytest.approx(0, abs=1e-12)


def test_directions_are_fixed_by_their_seed() -> None:
    x, y = points(30, 4), points(30, 4, 1, 2.0)
    one, two, other = (score(SlicedWasserstein(directions=8, seed=s), x, y)[0]["distance"] for s in (0, 0, 1))
    assert one == two != other


# Inside classes


def test_intra_class_distances_see_classes_that_are_mixed_up() -> None:
    codes = torch.arange(90) % 3
    label, other = torch.eye(3)[codes], torch.eye(3)[(codes + 1) % 3]
    centres = torch.tensor([[-5.0, 0.0], [0.0, 5.0], [5.0, 0.0]]).double()
    real, fake = points(90, 2) + centres[codes], points(90, 2, 1, 0.5) + centres[codes]
    found, protocol = score(IntraClassFrechet(), real, fake, label)
    each = []
    for c in range(3):
        a, b = real[codes == c], fake[codes == c]
        each.append(distance(a.mean(0), a.T.cov(), b.mean(0), b.T.cov()))
    assert found == pytest.approx({"distance": sum(each) / 3, "worst": max(each)}, rel=1e-6)
    assert protocol["classes"] == "3 of 3" and protocol["n"] == "90/90"
    mixed = score(IntraClassFrechet(), real, fake, label, other)[0]
    assert mixed["distance"] > 20 * found["distance"], "the same samples under the wrong labels"


def test_classes_that_are_too_small_are_left_out() -> None:
    codes = torch.tensor([0] * 9 + [1] + [2] * 2)
    label = torch.eye(3)[codes]
    found, protocol = score(IntraClassFrechet(), points(12, 2), points(12, 2, 1), label)
    assert protocol["classes"] == "2 of 3" and found["worst"] >= found["distance"]
    with pytest.raises(ValueError, match="no class has two samples"):
        score(IntraClassFrechet(), points(3, 2), points(3, 2, 1), torch.eye(3))
    with pytest.raises(ValueError, match="no field 'kind'"):
        IntraClassFrechet(label="kind").build({"x": Field((2,))}, {}, CPU)


# Learned by heart


def test_neighbours_agree_with_loops() -> None:
    real, fake = points(40, 3), points(26, 3, 1, 0.8)
    own = [min(float((a - b).norm()) for j, b in enumerate(real) if j != i) for i, a in enumerate(real)]
    gaps, authentic = [], 0
    for x in fake:
        near = [float((x - r).norm()) for r in real]
        gaps.append(min(near))
        authentic += min(near) > own[near.index(min(near))]
    found = score(NearestNeighbour(), real, fake)[0]
    assert found["ratio"] == pytest.approx((sum(gaps) / 26) / (sum(own) / 40))
    assert found["authentic"] == pytest.approx(authentic / 26) and 0 < found["authentic"] < 1


def test_copies_new_draws_and_noise() -> None:
    real = points(1500, 2)
    copies = score(NearestNeighbour(), real, real[:300] + 1e-4 * points(300, 2, 1), size=1500)[0]
    assert copies["authentic"] < 0.02 and copies["ratio"] < 0.02
    new = score(NearestNeighbour(), real, points(1500, 2, 2), size=1500)[0]
    assert 0.4 < new["authentic"] < 0.6 and 0.85 < new["ratio"] < 1.15
    noise = score(NearestNeighbour(), real, points(300, 2, 3, 20.0), size=1500)[0]
    assert noise["authentic"] > 0.9 and noise["ratio"] > 10


def test_neighbours_at_the_ends() -> None:
    same = torch.ones(5, 2).double()
    found = score(NearestNeighbour(), same, same)[0]
    assert math.isnan(found["ratio"]) and found["authentic"] == 0
    with pytest.raises(ValueError, match="needs 2 samples"):
        score(NearestNeighbour(), same[:1], same)
