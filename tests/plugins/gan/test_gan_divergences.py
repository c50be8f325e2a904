"""Divergence games: bounds against the divergences themselves, conjugates by their definition, kernels by loops."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_gan.losses import FGAN, BoundarySeeking, DualContrastive, MaximumMeanDiscrepancy, NonSaturating
from ganframe_gan.losses.divergences import DIVERGENCES
from stand_in import logits
from torch.nn import functional as F

from ganframe import Now

# Table 1 of the paper: f of the ratio u of data to samples.
F_OF = {
    "kl": lambda u: u * u.log(),
    "reverse_kl": lambda u: -u.log(),
    "pearson": lambda u: (u - 1) ** 2,
    "squared_hellinger": lambda u: (u.sqrt() - 1) ** 2,
    "jensen_shannon": lambda u: u * u.log() - (u + 1) * ((u + 1) / 2).log(),
}
P, Q = torch.tensor([1, 2, 5]), torch.tensor([4, 2, 2])


class Moment:
    """What these losses read of a step."""

    now = Now()


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("divergence", F_OF)
def test_the_best_discriminators_loss_is_the_negative_divergence(divergence):
    loss = FGAN(divergence=divergence)
    judge = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    places = torch.arange(3)

    def value():
        real, fake = judge[places.repeat_interleave(P)], judge[places.repeat_interleave(Q)]
        return loss.discriminator(real[:, None], fake[:, None])

    optimizer = torch.optim.LBFGS([judge], lr=0.5, max_iter=400, tolerance_grad=1e-12, tolerance_change=1e-16)

    def closure():
        optimizer.zero_grad()
        found = value()
        found.backward()
        return found

    optimizer.step(closure)
    p, q = P.double() / 8, Q.double() / 8
    assert -float(value().detach()) == pytest.approx(float((q * F_OF[divergence](p / q)).sum()), abs=1e-7)


@pytest.mark.parametrize("divergence", F_OF)
def test_conjugates_are_the_largest_gap_between_a_line_and_f(divergence):
    activation, conjugate = DIVERGENCES[divergence]
    u = torch.logspace(-6, 3, 400_001, dtype=torch.float64)
    for v in (-1.5, -0.3, 0.0, 0.4, 1.2):
        v = torch.tensor(v, dtype=torch.float64)
        largest = (u * activation(v) - F_OF[divergence](u)).max()
        assert float(conjugate(v)) == pytest.approx(float(largest), abs=1e-6)


@pytest.mark.parametrize("divergence", F_OF)
def test_both_generators_of_an_f_gan(divergence):
    activation, conjugate = DIVERGENCES[divergence]
    fake = logits(2)
    plain, bound = FGAN(divergence=divergence), FGAN(divergence=divergence, saturating=True)
    torch.testing.assert_close(plain.generator(fake), -activation(fake).mean())
    torch.testing.assert_close(bound.generator(fake), -conjugate(fake).mean())
    real = logits(1)
    torch.testing.assert_close(
        FGAN(divergence=divergence, symmetric=True).generator(fake, real), plain.discriminator(fake, real)
    )
    assert torch.autograd.gradcheck(plain.discriminator, (real, fake))


def test_jensen_shannon_is_the_original_game_but_for_a_constant():
    real, fake = logits(1), logits(2)
    gap = FGAN(divergence="jensen_shannon").discriminator(real, fake) - NonSaturating().discriminator(real, fake)
    assert float(gap.detach()) == pytest.approx(-2 * math.log(2))


@pytest.mark.parametrize("divergence", F_OF)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_sure_logits_stay_finite_and_go_on_growing(divergence, dtype):
    loss = FGAN(divergence=divergence)
    for a, b in ((90.0, -90.0), (-90.0, 90.0), (90.0, 90.0)):
        real = torch.full((4, 1), a, dtype=dtype, requires_grad=True)
        fake = torch.full((4, 1), b, dtype=dtype, requires_grad=True)
        for value in (loss.discriminator(real, fake), FGAN(divergence=divergence, saturating=True).generator(fake)):
            assert value.isfinite()
            grads = torch.autograd.grad(value, (real, fake), allow_unused=True)
            assert dtype == torch.float16 or all(g is None or g.isfinite().all() for g in grads)


def test_boundary_seeking_by_hand():
    fake = torch.tensor([[2.0], [-1.0]])
    odds = torch.sigmoid(fake)
    wanted = (odds.log() - (1 - odds).log()).square().mean() / 2
    torch.testing.assert_close(BoundarySeeking().generator(fake, Moment), wanted)
    assert float(BoundarySeeking(boundary=0.5).generator(fake, Moment)) == pytest.approx((1.5**2 + 1.5**2) / 4)
    real = logits(1)
    for smoothing in (0.0, 0.1):
        mine, usual = BoundarySeeking(smoothing=smoothing), NonSaturating(smoothing=smoothing)
        torch.testing.assert_close(mine.discriminator(real, fake), usual.discriminator(real, fake))


def contrastive_by_hand(real, fake):
    """The paper's two cross entropies, a row at a time."""
    total = sum(-math.log(math.exp(r) / (math.exp(r) + sum(math.exp(f) for f in fake))) for r in real) / len(real)
    return total + sum(
        -math.log(math.exp(-f) / (math.exp(-f) + sum(math.exp(-r) for r in real))) for f in fake
    ) / len(fake)


def test_dual_contrastive_by_hand():
    real, fake = logits(1).detach(), logits(2, 4).detach()
    wanted = contrastive_by_hand(real[:, 0].tolist(), fake[:, 0].tolist())
    assert float(DualContrastive().discriminator(real, fake, Moment)) == pytest.approx(wanted)
    assert float(DualContrastive(saturating=True).generator(real, fake, Moment)) == pytest.approx(-wanted)
    exchanged = contrastive_by_hand(fake[:, 0].tolist(), real[:, 0].tolist())
    assert float(DualContrastive().generator(real, fake, Moment)) == pytest.approx(exchanged)
    cool = DualContrastive(temperature=2.0).discriminator(real, fake, Moment)
    assert float(cool) == pytest.approx(contrastive_by_hand((real[:, 0] / 2).tolist(), (fake[:, 0] / 2).tolist()))


def test_patches_contrast_with_those_of_their_place():
    real, fake = draw(1, 3, 1, 2, 2), draw(2, 3, 1, 2, 2)
    places = [
        contrastive_by_hand(real[:, 0, i, j].tolist(), fake[:, 0, i, j].tolist()) for i in range(2) for j in range(2)
    ]
    assert float(DualContrastive().discriminator(real, fake, Moment)) == pytest.approx(sum(places) / 4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_sure_contrasts_stay_finite(dtype):
    real = torch.linspace(-90, 90, 6, dtype=dtype)[:, None].requires_grad_()
    fake = torch.linspace(90, -90, 6, dtype=dtype)[:, None].requires_grad_()
    for value in (DualContrastive().discriminator(real, fake, Moment), DualContrastive().generator(real, fake, Moment)):
        assert value.isfinite()
        assert all(g.isfinite().all() for g in torch.autograd.grad(value, (real, fake)))


KERNEL = {
    "rbf": lambda gap, s: math.exp(-gap / (2 * s**2)),
    "rational_quadratic": lambda gap, s: (1 + gap / (2 * s)) ** -s,
}


@pytest.mark.parametrize("kernel", KERNEL)
@pytest.mark.parametrize("scales", [(), (0.7, 3.0)])
def test_maximum_mean_discrepancy_pair_by_pair(kernel, scales):
    x, y = draw(1, 5, 2, 3), draw(2, 4, 2, 3)
    usual = {"rbf": (1, 2, 4, 8, 16), "rational_quadratic": (0.2, 0.5, 1, 2, 5)}[kernel]

    def mean(a, b):
        gaps = [float((r - s).square().sum()) for r in a for s in b]
        return sum(KERNEL[kernel](gap, s) for gap in gaps for s in scales or usual) / len(gaps)

    loss = MaximumMeanDiscrepancy(input="fake.x", target="real.x", kernel=kernel, scales=scales)
    assert float(loss.term(x, y)) == pytest.approx(mean(x, x) + mean(y, y) - 2 * mean(x, y))
    assert float(loss.term(x, x.flip(0))) == pytest.approx(0, abs=1e-12)
    assert torch.autograd.gradcheck(loss.term, (x.requires_grad_(), y.requires_grad_()))


def test_a_generator_alone_learns_by_the_discrepancy():
    target = torch.cat((draw(1, 200, 1) * 0.1 - 2, draw(2, 200, 1) * 0.1 + 2)).float()
    made = torch.nn.Parameter(0.01 * draw(3, 100, 1).float())
    loss = MaximumMeanDiscrepancy(input="fake.x", target="real.x", scales=(0.5, 2.0))
    optimizer = torch.optim.Adam([made], lr=0.1)
    for _ in range(150):
        optimizer.zero_grad()
        loss.term(made, target).backward()
        optimizer.step()
    share = float((made.detach() > 0).float().mean())
    assert 0.3 < share < 0.7
    assert float((made.detach().abs() - 2).abs().mean()) < 0.3


def test_cross_entropy_is_what_the_contrast_is():
    real, fake = logits(1), logits(2)
    classes = torch.cat((real, fake.T.expand(6, -1)), 1)
    halves = F.cross_entropy(classes, torch.zeros(6, dtype=torch.int64))
    other = F.cross_entropy(torch.cat((-fake, -real.T.expand(6, -1)), 1), torch.zeros(6, dtype=torch.int64))
    torch.testing.assert_close(DualContrastive().discriminator(real, fake, Moment), halves + other)
