"""Adversarial losses: values by hand, safety at large logits, who learns what."""

from __future__ import annotations

import inspect
import math

import attrs
import pytest
import torch
from ganframe_gan.losses import (
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    RelativisticAverage,
    RelativisticAverageHinge,
    RelativisticAverageLeastSquares,
    RelativisticPairing,
    Wasserstein,
)
from stand_in import logits
from torch.nn import functional as F

ABSOLUTE = (NonSaturating, Minimax, Hinge, LeastSquares, Wasserstein)
RELATIVE = (RelativisticPairing, RelativisticAverage, RelativisticAverageHinge, RelativisticAverageLeastSquares)
ALL = ABSOLUTE + RELATIVE


def sides(loss, real, fake):
    """Both sides' losses."""
    given = {"real": real, "fake": fake}
    asked = inspect.signature(loss.generator).parameters
    return loss.discriminator(real, fake), loss.generator(**{name: given[name] for name in asked})


def by_hand(cls, real, fake):
    """The papers' formulas, written with probabilities and loops over rows."""
    def mean(values):
        return sum(values) / len(values)

    def is_real(x):
        return -torch.log(1 / (1 + torch.exp(-x)))

    def is_fake(x):
        return -torch.log(1 - 1 / (1 + torch.exp(-x)))

    def both(of_real, of_fake, a, b):
        return mean([of_real(x) for x in a]) + mean([of_fake(y) for y in b])

    def average(of_real, of_fake, a, b):
        return both(lambda x: of_real(x - mean(b)), lambda y: of_fake(y - mean(a)), a, b)

    def above(x):
        return F.relu(1 - x)

    def below(x):
        return F.relu(1 + x)

    r, f = [x[0] for x in real], [x[0] for x in fake]
    pairs = list(zip(r, f, strict=True))
    formulas = {
        NonSaturating: lambda: (both(is_real, is_fake, r, f), mean([is_real(y) for y in f])),
        Minimax: lambda: (both(is_real, is_fake, r, f), -mean([is_fake(y) for y in f])),
        Hinge: lambda: (both(above, below, r, f), -mean(f)),
        LeastSquares: lambda: (
            both(lambda x: (x - 1) ** 2 / 2, lambda y: y**2 / 2, r, f), mean([(y - 1) ** 2 / 2 for y in f]),
        ),
        Wasserstein: lambda: (mean(f) - mean(r), -mean(f)),
        RelativisticPairing: lambda: (
            mean([is_real(x - y) for x, y in pairs]), mean([is_real(y - x) for x, y in pairs]),
        ),
        RelativisticAverage: lambda: (average(is_real, is_fake, r, f), average(is_real, is_fake, f, r)),
        RelativisticAverageHinge: lambda: (average(above, below, r, f), average(above, below, f, r)),
        RelativisticAverageLeastSquares: lambda: (
            average(lambda x: (x - 1) ** 2, lambda y: (y + 1) ** 2, r, f),
            average(lambda x: (x - 1) ** 2, lambda y: (y + 1) ** 2, f, r),
        ),
    }  # fmt: skip
    return formulas[cls]()


@pytest.mark.parametrize("cls", ALL)
def test_values_are_those_of_the_papers(cls):
    real, fake = logits(1), logits(2)
    for found, wanted in zip(sides(cls(), real, fake), by_hand(cls, real, fake), strict=True):
        torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize(
    ("cls", "judge", "maker"),
    [
        (NonSaturating, 2 * math.log(2), math.log(2)), (Minimax, 2 * math.log(2), -math.log(2)), (Hinge, 2, 0),
        (LeastSquares, 0.5, 0.5), (Wasserstein, 0, 0), (RelativisticPairing, math.log(2), math.log(2)),
        (RelativisticAverage, 2 * math.log(2), 2 * math.log(2)), (RelativisticAverageHinge, 2, 2),
        (RelativisticAverageLeastSquares, 2, 2),
    ],
)  # fmt: skip
def test_values_at_logits_zero(cls, judge, maker):
    zero = torch.zeros(5, 1)
    assert [float(v) for v in sides(cls(), zero, zero)] == pytest.approx([judge, maker])


@pytest.mark.parametrize("cls", ALL)
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_sure_logits_give_finite_values_and_gradients(cls, symmetric, dtype):
    loss = cls(symmetric=symmetric)
    for a, b in ((90.0, -90.0), (-90.0, 90.0), (90.0, 90.0)):
        real = torch.full((4, 1, 2, 2), a, dtype=dtype, requires_grad=True)
        fake = torch.full((4, 1, 2, 2), b, dtype=dtype, requires_grad=True)
        for value in sides(loss, real, fake):
            grads = torch.autograd.grad(value, (real, fake), allow_unused=True, retain_graph=True)
            assert value.isfinite()
            assert all(g is None or g.isfinite().all() for g in grads)


@pytest.mark.parametrize("cls", [c for c in ALL if c is not Minimax])
def test_a_generator_that_loses_badly_still_learns(cls):
    real, fake = torch.full((4, 1), 90.0), torch.full((4, 1), -90.0, requires_grad=True)
    (slope,) = torch.autograd.grad(sides(cls(), real, fake)[1], fake)
    assert (slope <= -0.2).all()


@pytest.mark.parametrize("cls", ALL)
def test_a_judge_that_is_badly_wrong_learns(cls):
    real = torch.full((4, 1), -90.0, requires_grad=True)
    fake = torch.full((4, 1), 90.0, requires_grad=True)
    down, up = torch.autograd.grad(cls().discriminator(real, fake), (real, fake))
    assert (down < -0.2).all()
    assert (up > 0.2).all()


@pytest.mark.parametrize("cls", ALL)
def test_order_of_rows_does_not_matter(cls):
    real, fake, order = logits(1), logits(2), torch.tensor([3, 0, 5, 1, 4, 2])
    for one, two in zip(sides(cls(), real, fake), sides(cls(), real[order], fake[order]), strict=True):
        torch.testing.assert_close(one, two)


@pytest.mark.parametrize("cls", ALL)
@pytest.mark.parametrize("symmetric", [False, True])
def test_gradients_are_those_of_finite_differences(cls, symmetric):
    loss = cls(symmetric=symmetric)
    assert torch.autograd.gradcheck(lambda real, fake: sides(loss, real, fake), (logits(1), logits(2)))


@pytest.mark.parametrize("cls", ABSOLUTE)
def test_only_a_symmetric_generator_asks_for_real_logits(cls):
    assert list(inspect.signature(cls().generator).parameters) == ["fake"]
    assert set(inspect.signature(cls(symmetric=True).generator).parameters) == {"fake", "real"}
    again = attrs.evolve(cls(symmetric=True), symmetric=False)
    assert list(inspect.signature(again.generator).parameters) == ["fake"]


@pytest.mark.parametrize("cls", ALL)
def test_a_symmetric_generator_plays_the_judge_with_sides_exchanged(cls):
    loss, real, fake = cls(symmetric=True), logits(1), logits(2)
    torch.testing.assert_close(loss.generator(fake=fake, real=real), loss.discriminator(real=fake, fake=real))


@pytest.mark.parametrize("cls", RELATIVE)
def test_relativistic_losses_are_symmetric_by_themselves(cls):
    real, fake = logits(1), logits(2)
    torch.testing.assert_close(sides(cls(), real, fake), sides(cls(symmetric=True), real, fake))


def test_relativistic_losses_only_see_differences():
    real, fake = logits(1), logits(2)
    for cls in RELATIVE:
        torch.testing.assert_close(sides(cls(), real, fake), sides(cls(), real + 7, fake + 7))


@pytest.mark.parametrize("cls", [NonSaturating, Minimax])
def test_smoothing_is_cross_entropy_against_a_softer_target(cls):
    real, fake = logits(1), logits(2)
    soft = F.binary_cross_entropy_with_logits(real, torch.full_like(real, 0.9))
    hard = F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))
    torch.testing.assert_close(cls(smoothing=0.1).discriminator(real, fake), soft + hard)


def test_least_squares_targets():
    real, fake = torch.tensor([[2.0]]), torch.tensor([[3.0]])
    loss = LeastSquares(a=-1.0, b=1.0, c=0.0)
    assert float(loss.discriminator(real, fake)) == (1 + 16) / 2
    assert float(loss.generator(fake)) == 4.5


def test_options_outside_their_bounds_are_refused():
    with pytest.raises(ValueError, match="'smoothing' must be at most 1"):
        NonSaturating(smoothing=1.5)
