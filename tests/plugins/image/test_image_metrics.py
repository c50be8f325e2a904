"""How sure a classifier is and how alike pictures are, against the definitions written out."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_image.data import Digits
from ganframe_image.metrics import MSSSIM, ClassifierScore
from ganframe_image.metrics.similarity import WEIGHTS, ms_ssim, scales_of
from torch import nn
from torch.distributions import Categorical, kl_divergence
from torch.nn import functional as F

from ganframe import Field, component

CPU = torch.device("cpu")


def noise(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@component
class Read:
    """The first three values of a picture as logits."""

    def build(self, x):
        return nn.Sequential(nn.Flatten(), First())


class First(nn.Module):
    def forward(self, x):
        return x[:, :3]


def scored(logits, size=4):
    field = Field((1, 1, 3), view="picture", range=(-1.0, 1.0))
    meter = ClassifierScore(classifier=Read()).build({"x": field}, {}, CPU)
    for part in logits.view(-1, 1, 1, 3).split(size):
        meter.update({}, {"x": part})
    return meter


def test_the_score_is_the_mean_divergence_from_the_mean() -> None:
    logits = (6 * noise(10, 3) - 3).float()
    each = Categorical(logits=logits.double())
    mean = Categorical(each.probs.mean(0).expand(10, 3))
    wanted = float(kl_divergence(each, mean).mean().exp())
    meter = scored(logits)
    assert meter.compute()["score"] == pytest.approx(wanted, rel=1e-6) and 1 < wanted < 3
    assert meter.protocol["n"] == "10" and meter.protocol["classifier"] == "Read"


def test_the_scores_ends() -> None:
    sure = 2000 * torch.eye(3)
    assert scored(sure).compute()["score"] == pytest.approx(3), "each class surely and equally often"
    assert scored(sure[:1].expand(5, 3)).compute()["score"] == pytest.approx(1), "one class only"
    assert scored(torch.zeros(5, 3)).compute()["score"] == pytest.approx(1), "never sure"
    meter = ClassifierScore(classifier=Read()).build({"x": Field((1, 1, 3))}, {}, CPU)
    with pytest.raises(ValueError, match="no samples"):
        meter.compute()


def test_real_digits_score_nearly_as_many_as_there_are_classes() -> None:
    data = Digits().open()
    meter = ClassifierScore().build(data.fields(), data.facts(), CPU)
    meter.update({}, data.batch(torch.arange(len(data))))
    assert 9.5 < meter.compute()["score"] <= 10


# Structural similarity


def literal(x, y, scales):
    """Wang et al. 2003 for one channel (H, W): two-dimensional windows cut out one by one."""
    result, total = 1.0, sum(WEIGHTS[:scales])
    for k in range(scales):
        if k:
            x, y = (F.avg_pool2d(v[None, None], 2)[0, 0] for v in (x, y))
        side = min(11, *x.shape)
        side -= 1 - side % 2
        place = torch.arange(side).double() - side // 2
        window = torch.exp(-(place[:, None] ** 2 + place[None] ** 2) / (2 * 1.5**2))
        window = window / window.sum()
        values = []
        for i in range(x.shape[0] - side + 1):
            for j in range(x.shape[1] - side + 1):
                a, b = x[i : i + side, j : j + side], y[i : i + side, j : j + side]
                ma, mb = (window * a).sum(), (window * b).sum()
                va, vb = (window * (a - ma) ** 2).sum(), (window * (b - mb) ** 2).sum()
                ab = (window * (a - ma) * (b - mb)).sum()
                structure = (2 * ab + 0.0009) / (va + vb + 0.0009)
                light = (2 * ma * mb + 0.0001) / (ma**2 + mb**2 + 0.0001)
                values.append(structure * (light if k + 1 == scales else 1))
        result = result * max(0.0, float(sum(values) / len(values))) ** (WEIGHTS[k] / total)
    return result


@pytest.mark.parametrize(("height", "width", "scales"), [(25, 24, 2), (12, 40, 1), (8, 8, 1), (46, 44, 3)])
def test_similarity_is_that_of_the_paper(height, width, scales) -> None:
    assert scales_of(height, width) == scales
    x = F.interpolate(noise(2, 2, 6, 6), (height, width), mode="bilinear")
    y = (0.7 * x + 0.3 * noise(2, 2, height, width, seed=1)).clamp(0, 1)
    wanted = [sum(literal(x[n, c], y[n, c], scales) for c in range(2)) / 2 for n in range(2)]
    assert ms_ssim(x, y).tolist() == pytest.approx(wanted, rel=1e-6)
    assert all(0.05 < w < 0.95 for w in wanted), "a case in which something is to be told"


def test_all_five_scales_and_the_ends() -> None:
    assert scales_of(176, 176) == 5 and scales_of(175, 200) == 4
    x = noise(3, 1, 176, 176)
    torch.testing.assert_close(ms_ssim(x, x), torch.ones(3).double())
    # Of even pictures only the luminance differs, and only the coarsest scale looks at it.
    grey, dark = torch.full((1, 1, 176, 176), 0.5).double(), torch.full((1, 1, 176, 176), 0.1).double()
    light = (2 * 0.05 + 0.0001) / (0.25 + 0.01 + 0.0001)
    assert float(ms_ssim(grey, dark)) == pytest.approx(light ** (WEIGHTS[4] / sum(WEIGHTS)), rel=1e-6)
    assert float(ms_ssim(x[:1], 1 - x[:1])) == 0


FIELDS = {"x": Field((1, 12, 12), view="picture", range=(-1.0, 1.0)), "label": Field((3,))}


def similar(metric, real, fake, label=None, size=7):
    meter = metric.build(FIELDS, {}, CPU)
    for at in range(0, len(real), size):
        part = slice(at, at + size)
        sides = [{"x": x[part], "label": None if label is None else label[part]} for x in (real, fake)]
        meter.update(*sides)
    return meter


def test_similarity_of_pairs_tells_collapse() -> None:
    real = 2 * F.interpolate(noise(40, 1, 4, 4), (12, 12), mode="bilinear").float() - 1
    collapsed = (real[:1] + 0.02 * noise(40, 1, 12, 12).float()).clamp(-1, 1)
    found = similar(MSSSIM(), real, collapsed).compute()
    assert found["samples"] > 0.95 and found["real"] < 0.6
    every = [float(ms_ssim((a[None] + 1).double() / 2, (b[None] + 1).double() / 2)) for i, a in enumerate(real)
             for b in real[:i]]
    assert found["real"] == pytest.approx(sum(every) / len(every), abs=0.1), "random pairs stand for all"
    assert similar(MSSSIM(pairs=5), real, real).protocol["pairs"] == "5/5"


def test_pairs_hang_on_the_pictures_and_stay_inside_classes() -> None:
    codes = torch.arange(60) % 3
    base = 2 * F.interpolate(noise(3, 1, 4, 4), (12, 12), mode="bilinear").float() - 1
    x = (base[codes] + 0.01 * noise(60, 1, 12, 12, seed=3).float()).clamp(-1, 1)
    label = torch.eye(3)[codes]
    inside = similar(MSSSIM(label="label", pairs=20), x, x, label).compute()
    across = similar(MSSSIM(pairs=20), x, x).compute()
    assert inside["real"] > 0.98 and across["real"] < 0.9 and inside["real"] == inside["samples"]
    order = torch.randperm(60, generator=torch.Generator().manual_seed(5))
    turned = similar(MSSSIM(pairs=20), x[order], x[order], size=11).compute()
    assert turned == across
    protocol = similar(MSSSIM(label="label", pairs=20), x, x, label).protocol
    assert protocol == {"pairs": "21/21", "label": "label", "scales": "1 of 5"}


def test_equal_pictures_are_not_paired_with_each_other_more_than_chance() -> None:
    two = 2 * noise(2, 1, 12, 12).float() - 1
    x = two[torch.arange(400) % 2]
    found = similar(MSSSIM(pairs=200), x, x, size=400).compute()["samples"]
    apart = float(ms_ssim((two[:1] + 1).double() / 2, (two[1:] + 1).double() / 2))
    assert found == pytest.approx((1 + apart) / 2, abs=0.12)


def test_what_holds_no_pictures_is_refused() -> None:
    with pytest.raises(ValueError, match=r"compares pictures of a known range, but 'x' is \(2,\)"):
        MSSSIM().build({"x": Field((2,))}, {}, CPU)
    with pytest.raises(ValueError, match="no field 'kind'"):
        MSSSIM(label="kind").build(FIELDS, {}, CPU)
    meter = similar(MSSSIM(), torch.zeros(1, 1, 12, 12), torch.zeros(1, 1, 12, 12))
    with pytest.raises(ValueError, match="no class has two pictures"):
        meter.compute()
    assert math.isfinite(similar(MSSSIM(), torch.zeros(2, 1, 12, 12), torch.zeros(2, 1, 12, 12)).compute()["real"])
