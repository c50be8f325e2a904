"""Points along winding curves, and rows drawn by weight."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_gan.data import Spiral, SwissRoll
from ganframe_gan.samplers import Weighted
from torch.nn import functional as F

from ganframe import Field


def every(data):
    return data.batch(torch.arange(len(data)))


def test_the_roll_is_where_its_parameter_says() -> None:
    data = SwissRoll(noise=0.0, divisor=1.0, rows=3000).open()
    rows = every(data)
    x, t = rows["x"], 1.5 * math.pi * (1 + 2 * rows["t"][:, 0])
    torch.testing.assert_close(x.norm(dim=1), t)
    away = (torch.atan2(x[:, 1], x[:, 0]) - t) / (2 * math.pi)
    assert (away - away.round()).abs().max() < 1e-5
    assert data.facts() == {"dims": 2} and 1.5 * math.pi <= t.min() < 5 and 14 < t.max() <= 4.5 * math.pi
    assert abs(float(rows["t"].mean()) - 0.5) < 5 / math.sqrt(12 * 3000), "uniform along the roll"


def test_the_roll_has_a_width_and_noise() -> None:
    flat = every(SwissRoll(dims=3, noise=0.0, rows=2000).open())["x"] * 7.5
    assert flat.shape == (2000, 3) and 0 <= flat[:, 1].min() < 1 and 20 < flat[:, 1].max() <= 21
    side = every(SwissRoll(noise=0.0, rows=2000).open())["x"] * 7.5
    torch.testing.assert_close(flat[:, [0, 2]], side, msg="the same points seen from the side")
    noisy = every(SwissRoll(rows=2000).open())["x"] * 7.5
    assert float((noisy - side).std()) == pytest.approx(0.25, rel=0.05)
    assert not torch.equal(every(SwissRoll(rows=50).open())["x"], every(SwissRoll(rows=50, seed=1).open())["x"])


@pytest.mark.parametrize("arms", [1, 2, 5])
def test_spiral_arms_are_one_arm_turned(arms: int) -> None:
    data = Spiral(arms=arms, turns=1.25, radius=3.0, noise=0.0, rows=4000).open()
    rows = every(data)
    codes, length = rows["label"].argmax(1), rows["x"].norm(dim=1)
    angle = torch.atan2(rows["x"][:, 1], rows["x"][:, 0]) / (2 * math.pi)
    away = angle - 1.25 * length / 3 - codes / arms
    assert (away - away.round()).abs()[length > 0.01].max() < 1e-4
    assert data.facts()["classes"] == arms and data.fields()["label"].names == tuple(map(str, range(arms)))
    assert abs(float((length / 3).square().mean()) - 0.5) < 5 / math.sqrt(12 * 4000), "squared lengths are uniform"


SIZES = (600, 90, 10)
CODES = torch.repeat_interleave(torch.arange(3), torch.tensor(SIZES))


class Data:
    """Rows of three classes, each with a number of its own."""

    numbers = torch.linspace(0, 3, 700)[:, None]

    def fields(self):
        return {"x": Field((2,)), "label": Field((3,)), "worth": Field((1,))}

    def __len__(self):
        return 700

    def batch(self, indices, rng):
        label = F.one_hot(CODES[indices], 3).float()
        return {"x": torch.zeros(len(indices), 2), "label": label, "worth": self.numbers[indices]}


def epochs(sampler, count, data=None):
    rng = torch.Generator().manual_seed(0)
    return torch.cat([sampler.order(data or Data(), epoch, rng) for epoch in range(count)])


def test_classes_come_in_the_proportion_of_their_weights() -> None:
    order = epochs(Weighted(weights=(1.0, 0.0, 3.0)), 10)
    assert len(order) == 7000
    count = torch.bincount(CODES[order], minlength=3)
    assert count[1] == 0 and abs(int(count[2]) - 5250) < 5 * math.sqrt(7000 * 0.75 * 0.25)
    rare = torch.bincount(order)[690:]
    assert rare.min() > 400, "rows of one class come alike"


def test_rows_come_in_the_proportion_of_their_number() -> None:
    order = epochs(Weighted(field="worth"), 60)
    count = torch.bincount(order, minlength=700).double()
    wanted = Data.numbers[:, 0].double() / Data.numbers.sum() * len(order)
    assert count[0] == 0, "a row of weight 0 never"
    assert ((count - wanted).abs() <= 6 * wanted.sqrt() + 1).all()


def test_what_are_no_weights_is_refused() -> None:
    with pytest.raises(ValueError, match="'weights' has 2 numbers, but 'label' has 3 classes"):
        epochs(Weighted(weights=(1.0, 2.0)), 1)
    with pytest.raises(ValueError, match="no row has a weight above 0"):
        epochs(Weighted(weights=(0.0, 0.0, 0.0)), 1)
    with pytest.raises(ValueError, match="'label' must be a field of one number a row; the data's fields: x, label"):
        epochs(Weighted(), 1)
    below = Data()
    below.numbers = Data.numbers - 1
    with pytest.raises(ValueError, match="'worth' holds numbers that are no weights"):
        epochs(Weighted(field="worth"), 1, below)


def test_a_class_without_rows_is_never_drawn() -> None:
    class Gap(Data):
        def fields(self):
            return {"label": Field((5,))}

        def batch(self, indices, rng):
            return {"label": F.one_hot((CODES * 2)[indices], 5).float()}

    codes = (CODES * 2)[epochs(Weighted(weights=(1.0, 9.0, 1.0, 9.0, 1.0)), 3, Gap())]
    assert set(codes.tolist()) == {0, 2, 4}
