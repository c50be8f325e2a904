"""Curves: their values by hand, their ends, and curves within curves."""

from __future__ import annotations

import math

import pytest
from ganframe_gan.curves import Cosine, Exponential, HalfLife, Logistic, Ramp, Steps

from ganframe import Now

WAYS = (Ramp, Cosine, Exponential, Logistic)


def values(curve, *steps):
    return [curve.at(Now(step=step)) for step in steps]


@pytest.mark.parametrize("cls", WAYS)
def test_start_before_and_end_after(cls):
    curve = cls(start=2.0, end=0.5, begin=10, steps=20)
    assert values(curve, 0, 9, 10) == [2.0] * 3
    assert values(curve, 30, 31, 10**9) == [0.5] * 3
    way = values(curve, *range(10, 31))
    assert way == sorted(way, reverse=True)
    assert len(set(way)) == 21


def test_values_on_the_way():
    assert values(Ramp(start=1.0, end=3.0, steps=4), 1, 2, 3) == pytest.approx([1.5, 2.0, 2.5])
    assert values(Cosine(start=1.0, end=3.0, steps=4), 1, 2) == pytest.approx([2 - math.sqrt(0.5), 2.0])
    assert values(Exponential(start=1.0, end=16.0, steps=4), 1, 2, 3) == pytest.approx([2.0, 4.0, 8.0])
    assert values(Exponential(start=-1.0, end=-16.0, steps=4), 2) == pytest.approx([-4.0])
    schedule = [2 / (1 + math.exp(-10 * p)) - 1 for p in (0.25, 0.5, 0.75)]
    assert values(Logistic(start=0.0, end=1.0, steps=4), 1, 2, 3) == pytest.approx(schedule)


def test_exponential_needs_ends_of_one_sign():
    for start, end in ((0.0, 1.0), (-1.0, 1.0)):
        with pytest.raises(ValueError, match="same sign"):
            Exponential(start=start, end=end, steps=4)
    later = Exponential(start=Ramp(start=1.0, end=-1.0, steps=2), end=1.0, steps=4)
    with pytest.raises(ValueError, match="same sign"):
        later.at(Now(step=3))


def test_options_of_a_curve_may_be_curves():
    falling = Ramp(start=Ramp(start=10.0, end=20.0, steps=10), end=0.0, steps=20)
    assert values(falling, 0, 5, 10, 20) == pytest.approx([10.0, 15 * 0.75, 20 * 0.5, 0.0])
    stretched = Ramp(start=0.0, end=1.0, steps=Steps(values=(10, 20), at=(5,)))
    assert values(stretched, 4, 5) == pytest.approx([0.4, 0.25])


def test_steps_change_at_their_steps():
    curve = Steps(values=(1.0, 0.1, 0.01), at=(10, 20))
    assert values(curve, 0, 9, 10, 19, 20, 99) == [1.0, 1.0, 0.1, 0.1, 0.01, 0.01]
    assert curve.at == (10, 20), "the option can be read back"
    assert values(Steps(values=(3.0,), at=()), 0, 5) == [3.0, 3.0]
    assert values(Steps(values=(Ramp(start=0.0, end=1.0, steps=10), 7.0), at=(6,)), 5, 6) == [0.5, 7.0]
    with pytest.raises(ValueError, match="one entry more"):
        Steps(values=(1.0, 2.0), at=(1, 2))
    with pytest.raises(ValueError, match="must ascend"):
        Steps(values=(1.0, 2.0, 3.0), at=(5, 5))


def test_half_life_in_images():
    # After 10,000 images half of the average is left: 0.5 to the power of 64 / 10,000 a step.
    decay = HalfLife(images=10_000.0).at(Now(step=5, images=320, batch_size=64))
    assert decay ** (10_000 / 64) == pytest.approx(0.5)
    early = HalfLife(images=10_000.0, rampup=0.05).at(Now(step=100, images=6400, batch_size=64))
    assert early == pytest.approx(0.5 ** (64 / 320))
    late = HalfLife(images=10_000.0, rampup=0.05).at(Now(step=10**6, images=64 * 10**6, batch_size=64))
    assert late == pytest.approx(decay)
    assert HalfLife(images=10_000.0, rampup=0.05).at(Now(batch_size=64)) == 0, "at first the average is the network"
    growing = HalfLife(images=Ramp(start=0.0, end=100.0, steps=10))
    assert growing.at(Now(step=5, batch_size=10)) == pytest.approx(0.5 ** (10 / 50))


def test_half_life_in_steps():
    assert HalfLife(steps=500.0).at(Now(step=9)) ** 500 == pytest.approx(0.5)
    assert HalfLife(steps=500.0, rampup=0.1).at(Now(step=50)) ** 5 == pytest.approx(0.5)
    for options in ({}, {"images": 1.0, "steps": 1.0}):
        with pytest.raises(ValueError, match="either 'images' or 'steps'"):
            HalfLife(**options)
