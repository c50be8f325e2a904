"""Samplers: which rows an epoch takes, and how often."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_gan.samplers import Balanced, LogFrequency, Sequential, Shuffled
from torch.nn import functional as F

from ganframe import Field

SIZES = (6000, 900, 100)
MIXED = torch.randperm(7000, generator=torch.Generator().manual_seed(0))
CODES = torch.repeat_interleave(torch.arange(3), torch.tensor(SIZES))[MIXED]


class Data:
    """Rows of three classes of very different sizes."""

    def fields(self):
        return {"x": Field((2, 2)), "label": Field((3,))}

    def __len__(self):
        return 7000

    def batch(self, indices, rng):
        return {"x": torch.zeros(len(indices), 2, 2), "label": F.one_hot(CODES[indices], 3).float()}


class WithColumn(Data):
    """The same, which can give a whole field and would not like to be read row by row."""

    def column(self, name):
        return F.one_hot(CODES, 3).float()

    def batch(self, indices, rng):
        raise AssertionError("the column was there")


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_shuffled_is_a_permutation_that_the_stream_decides() -> None:
    one, two = Shuffled().order(Data(), 0, seeded(1)), Shuffled().order(Data(), 1, seeded(2))
    assert torch.equal(one.sort().values, torch.arange(7000)) and not torch.equal(one, two)
    assert torch.equal(one, Shuffled().order(Data(), 0, seeded(1)))


def test_sequential_keeps_the_order() -> None:
    assert torch.equal(Sequential().order(Data(), 3, seeded(1)), torch.arange(7000))


@pytest.mark.parametrize(
    ("sampler", "weights"),
    [(Balanced(), [1, 1, 1]), (LogFrequency(), [math.log1p(n) for n in SIZES])],
    ids=["Balanced", "LogFrequency"],
)
def test_classes_come_as_often_as_they_should(sampler, weights) -> None:
    order = sampler.order(Data(), 0, seeded(3))
    assert len(order) == 7000
    share = torch.tensor(weights, dtype=torch.float64) / sum(weights)
    count = torch.bincount(CODES[order], minlength=3).double()
    assert ((count - 7000 * share).abs() < 5 * (7000 * share * (1 - share)).sqrt()).all()
    rare = order[CODES[order] == 2]
    assert len(rare.unique()) > 95, "nearly every row of the rare class comes"
    assert torch.bincount(rare).max() < 70, "and none much oftener than the others"


@pytest.mark.parametrize("sampler", [Balanced(), LogFrequency()], ids=["Balanced", "LogFrequency"])
def test_a_whole_field_is_used_where_data_can_give_it(sampler) -> None:
    assert torch.equal(sampler.order(Data(), 0, seeded(3)), sampler.order(WithColumn(), 0, seeded(3)))


@pytest.mark.parametrize("field", ["class", "x"])
def test_a_field_that_is_no_class_is_refused(field) -> None:
    with pytest.raises(ValueError, match=f"no one-hot field '{field}'; its fields: x, label"):
        Balanced(field=field).order(Data(), 0, seeded(0))


def test_an_empty_class_is_never_drawn() -> None:
    class Gap(Data):
        def batch(self, indices, rng):
            return {"label": F.one_hot((CODES * 2)[indices], 5).float()}

    codes = (CODES * 2)[Balanced().order(Gap(), 0, seeded(0))]
    assert set(codes.tolist()) == {0, 2, 4}
