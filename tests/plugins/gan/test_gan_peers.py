"""Metrics against the libraries that others use for them: torchmetrics, prdc, SciPy."""

from __future__ import annotations

import warnings

import pytest
import torch
from ganframe_gan.metrics import FrechetDistance, KernelDistance, PrecisionRecall, Wasserstein1d
from ganframe_image.metrics import ClassifierScore
from ganframe_image.metrics.similarity import ms_ssim
from prdc import compute_prdc
from scipy.stats import ks_2samp, wasserstein_distance
from torch import nn

from ganframe import Field, component

CPU = torch.device("cpu")


def pictures(n, seed, shift=0.0):
    """Pictures (N, 3, 4, 4) from 0 to 1."""
    return (torch.rand(n, 3, 4, 4, generator=torch.Generator().manual_seed(seed)) * 0.8 + shift).clamp(0, 1)


class Flat(nn.Module):
    """Pictures as vectors, for torchmetrics; their metrics give bytes."""

    num_features = 48

    def forward(self, x):
        return x.float().flatten(1) / 255


def figures(metric, real, fake):
    meter = metric.build({"x": Field(real.shape[1:])}, {}, CPU)
    meter.update({"x": real}, {"x": fake})
    return meter.compute()


def theirs(metric, real, fake):
    for rows, is_real in ((real, True), (fake, False)):
        metric.update((rows * 255).byte(), real=is_real)
    return metric.compute()


@pytest.fixture(scope="module")
def peers():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torchmetrics.functional.image import multiscale_structural_similarity_index_measure as similarity
        from torchmetrics.image.fid import FrechetInceptionDistance
        from torchmetrics.image.inception import InceptionScore
        from torchmetrics.image.kid import KernelInceptionDistance
    return FrechetInceptionDistance, KernelInceptionDistance, InceptionScore, similarity


def rounded(x):
    return (x * 255).byte() / 255


def test_the_frechet_distance_is_that_of_torchmetrics(peers) -> None:
    real, fake = pictures(200, 0), pictures(150, 1, 0.1)
    metric = peers[0](feature=Flat())
    metric.set_dtype(torch.float64)
    assert figures(FrechetDistance(), rounded(real), rounded(fake))["distance"] == pytest.approx(float(theirs(metric, real, fake)), rel=1e-4)


def test_the_kernel_distance_is_that_of_torchmetrics(peers) -> None:
    real, fake = pictures(120, 0), pictures(120, 1, 0.1)
    mean, _ = theirs(peers[1](feature=Flat(), subsets=1, subset_size=120), real, fake)
    assert figures(KernelDistance(), rounded(real), rounded(fake))["distance"] == pytest.approx(float(mean), rel=1e-3)


@component
class Read:
    """The first numbers of a picture as logits."""

    def build(self, x):
        return nn.Sequential(nn.Flatten(), First())


class First(nn.Module):
    num_features = 5

    def forward(self, x):
        return x.flatten(1)[:, :5].float() / (51 if x.dtype == torch.uint8 else 0.2)


def test_the_score_is_that_of_torchmetrics(peers) -> None:
    fake = rounded(pictures(300, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        metric = peers[2](feature=First(), splits=1)
        metric.update((fake * 255).round().byte())
        mean, _ = metric.compute()
    assert figures(ClassifierScore(classifier=Read()), fake, fake)["score"] == pytest.approx(float(mean), rel=1e-4)


def test_the_similarity_of_large_pictures_is_that_of_torchmetrics(peers) -> None:
    rng = torch.Generator().manual_seed(4)
    x = torch.rand(2, 3, 180, 184, generator=rng).cumsum(2).remainder(1)
    y = (x + 0.15 * torch.rand(x.shape, generator=rng)).clamp(0, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        each = [float(peers[3](a[None], b[None], data_range=1.0)) for a, b in zip(x, y, strict=True)]
    assert ms_ssim(x.double(), y.double()).tolist() == pytest.approx(each, abs=2e-3)


@pytest.mark.parametrize("k", [1, 5])
def test_precision_recall_density_and_coverage_are_those_of_prdc(k) -> None:
    rng = torch.Generator().manual_seed(0)
    real, fake = torch.randn(150, 6, generator=rng), 0.8 * torch.randn(120, 6, generator=rng) + 0.3
    found = figures(PrecisionRecall(k=k), real.double(), fake.double())
    wanted = compute_prdc(real_features=real.double().numpy(), fake_features=fake.double().numpy(), nearest_k=k)
    assert found == pytest.approx({name: float(value) for name, value in wanted.items()}, abs=1e-9)


def test_distances_on_the_line_are_those_of_scipy() -> None:
    rng = torch.Generator().manual_seed(1)
    real, fake = torch.randn(80, 1, generator=rng).double(), 1.5 * torch.randn(57, 1, generator=rng).double() + 0.2
    found = figures(Wasserstein1d(), real, fake)
    assert found["w1"] == pytest.approx(wasserstein_distance(real[:, 0], fake[:, 0]))
    assert found["ks"] == pytest.approx(ks_2samp(real[:, 0], fake[:, 0]).statistic)
