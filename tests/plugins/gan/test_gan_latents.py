"""Latents: shapes, moments, and nothing but the stream decides."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_gan.curves import Ramp
from ganframe_gan.latents import Constant, FromData, Normal, OneHot, Shuffle, TruncatedNormal, Uniform

from ganframe import Field, Now

FIELDS = {"x": Field((2,)), "label": Field((3,)), "words": Field((4,), dtype="int64")}


def moment(seed=0, step=0):
    return Now(step=step, rng=torch.Generator().manual_seed(seed))


def draw(latent, rows=20_000, seed=0, real=None, data=None):
    drawn = latent.sample(rows, moment(seed), real, data)
    assert tuple(drawn.shape) == (rows, *latent.shape(FIELDS))
    return drawn


@pytest.mark.parametrize(
    "latent", [Normal(size=3), Uniform(size=3), TruncatedNormal(size=3), OneHot(size=3), Normal(size=(2, 4))]
)
def test_the_stream_alone_decides(latent):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one, two, other = draw(latent, 50), draw(latent, 50), draw(latent, 50, seed=1)
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert torch.equal(before, torch.get_rng_state())
    assert one.dtype == torch.float32


def test_normal():
    drawn = draw(Normal(size=5, mean=2.0, std=0.5))
    assert float(drawn.mean()) == pytest.approx(2.0, abs=0.01)
    assert float(drawn.std()) == pytest.approx(0.5, abs=0.01)


def test_uniform():
    drawn = draw(Uniform(size=5))
    assert (float(drawn.min()), float(drawn.max())) == (pytest.approx(-1, abs=1e-3), pytest.approx(1, abs=1e-3))
    assert float(drawn.std()) == pytest.approx(1 / math.sqrt(3), abs=0.01)
    assert 3 <= float(draw(Uniform(size=5, min=3.0, max=3.5)).min()) < 3.01
    with pytest.raises(ValueError, match="'min' must be less than 'max'"):
        Uniform(size=5, min=1.0, max=1.0)


@pytest.mark.parametrize("threshold", [0.04, 0.5, 2.0, 12.0])
def test_truncated_normal_is_the_normal_given_that_it_is_small(threshold):
    drawn = draw(TruncatedNormal(size=5, threshold=threshold))
    assert drawn.abs().max() <= threshold
    density = math.exp(-(threshold**2) / 2) / math.sqrt(2 * math.pi)
    variance = 1 - 2 * threshold * density / math.erf(threshold / math.sqrt(2))
    assert float(drawn.mean()) == pytest.approx(0, abs=0.02 * threshold)
    assert float(drawn.std()) == pytest.approx(math.sqrt(variance), rel=0.02)


def test_truncated_normal_agrees_with_drawing_again():
    numbers = torch.randn(200_000, generator=torch.Generator().manual_seed(1))
    again = numbers[numbers.abs() <= 0.8].sort().values
    drawn = draw(TruncatedNormal(size=1, threshold=0.8)).flatten().sort().values
    shares = torch.linspace(0.01, 0.99, 50)
    gaps = (torch.quantile(again, shares) - torch.quantile(drawn, shares)).abs()
    assert gaps.max() < 0.02


def test_one_hot():
    drawn = draw(OneHot(size=4))
    assert torch.equal(drawn.sum(1), torch.ones(20_000))
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    assert drawn.mean(0).tolist() == pytest.approx([0.25] * 4, abs=0.02)
    rare = draw(OneHot(size=3, shares=(1.0, 0.0, 3.0))).mean(0).tolist()
    assert rare == pytest.approx([0.25, 0, 0.75], abs=0.02)
    with pytest.raises(ValueError, match="'shares' must have 3 entries"):
        OneHot(size=3, shares=(1.0, 1.0))


def test_a_constant_follows_its_curve():
    assert draw(Constant(value=0.7), 3).tolist() == [[pytest.approx(0.7)]] * 3
    fade = Constant(value=Ramp(start=0.0, end=1.0, steps=10))
    assert fade.sample(2, moment(step=5), None, None).tolist() == [[0.5], [0.5]]


def test_a_shuffle_keeps_the_batchs_rows():
    label = torch.eye(3).repeat(7, 1)
    real = {"label": label, "words": torch.arange(84).view(21, 4)}
    drawn = draw(Shuffle(field="label"), 21, real=real)
    assert torch.equal(drawn.sum(0), label.sum(0))
    assert not torch.equal(drawn, label)
    words = draw(Shuffle(field="words"), 21, real=real)
    assert words.dtype == torch.int64
    assert sorted(words[:, 0].tolist()) == list(range(0, 84, 4)), "rows stay whole"
    assert Shuffle(field="words").shape(FIELDS).dtype == torch.int64
    with pytest.raises(ValueError, match="no real batch"):
        Shuffle(field="label").sample(4, moment(), None, None)
    with pytest.raises(ValueError, match="no field 'colour'; its fields: x, label, words"):
        Shuffle(field="colour").shape(FIELDS)


class Rows:
    """Open data whose labels are three to one."""

    def __init__(self):
        self.label = torch.eye(3)[torch.tensor([0, 0, 0, 1])]

    def __len__(self):
        return 4

    def batch(self, indices, rng):
        return {"label": self.label[indices]}


class Columns(Rows):
    """The same, but a whole row is dear."""

    def column(self, name):
        assert name == "label"
        return self.label

    def batch(self, indices, rng):
        raise AssertionError("a label does not need whole rows")


@pytest.mark.parametrize("data", [Rows(), Columns()])
def test_from_data_has_the_datas_frequencies(data):
    drawn = draw(FromData(field="label"), data=data)
    assert drawn.mean(0).tolist() == pytest.approx([0.75, 0.25, 0], abs=0.02)
    with pytest.raises(ValueError, match="no data to draw 'label' from"):
        FromData(field="label").sample(4, moment(), None, None)
