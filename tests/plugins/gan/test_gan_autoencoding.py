"""EBGAN, BEGAN and MAD-GAN: judges whose logits are no single number."""

from __future__ import annotations

import pytest
import torch
from ganframe_gan.losses import BEGAN, EBGAN, PullingAway, WhoMadeIt
from stand_in import step
from torch import nn
from torch.nn import functional as F


class Halve(nn.Module):
    """Rebuilds half of what it sees: the error of x is x / 2."""

    def forward(self, x):
        return x / 2


def turn(**more):
    real, fake = torch.tensor([[2.0, 4.0], [6.0, 0.0]]), torch.tensor([[1.0, 1.0], [4.0, 2.0]])
    made = step(Halve(), nn.Identity(), fields={"x": real}, latents={"z": fake}, **more)
    return made, made.real["discriminator"], made.fake["discriminator"]


def test_ebgan_pushes_the_fake_energy_up_to_the_margin_only():
    seen, real, fake = turn()
    # Mean squared halves: real (1 + 4) / 2 and 9 / 2, fake 1 / 4 and (4 + 1) / 2.
    assert float(EBGAN(margin=1.0).discriminator(real, fake, seen)) == pytest.approx((2.5 + 4.5) / 2 + 0.75 / 2)
    assert float(EBGAN().generator(fake, seen)) == pytest.approx((0.25 + 2.5) / 2)


def test_ebgan_symmetric_exchanges_real_and_fake():
    seen, real, fake = turn()
    found = EBGAN(margin=3.0, symmetric=True).generator(fake=fake, real=real, step=seen)
    assert float(found) == pytest.approx((0.25 + 2.5) / 2 + 0.5 / 2)


def test_began_follows_the_paper():
    loss = BEGAN(gamma=0.5, rate=0.1)
    seen, real, fake = turn(state=loss.state({}))
    # Mean absolute halves: real (1 + 2 + 3 + 0) / 4, fake (0.5 + 0.5 + 2 + 1) / 4.
    assert float(loss.discriminator(real, fake, seen)) == pytest.approx(1.5)
    loss.after(seen)
    assert float(seen.state["k"]) == 0
    seen.turn = "generator"
    assert float(loss.generator(fake, seen)) == pytest.approx(1.0)
    loss.after(seen)
    assert float(seen.state["k"]) == 0, "k never falls below 0"
    assert float(seen.state["convergence"]) == pytest.approx(1.5 + 0.25)
    seen.state["real"] = torch.tensor(4.0)
    loss.after(seen)
    assert float(seen.state["k"]) == pytest.approx(0.1 * (2.0 - 1.0))
    assert float(loss.discriminator(real, fake, seen)) == pytest.approx(1.5 - 0.1 * 1.0)
    assert {name: value.shape for name, value in seen.state.items()} == {n: v.shape for n, v in loss.state({}).items()}


def test_began_never_lets_k_exceed_1():
    loss = BEGAN(rate=10.0)
    seen, _, _ = turn(state=loss.state({}) | {"real": torch.tensor(9.0)}, turn="generator")
    loss.after(seen)
    assert float(seen.state["k"]) == 1


def test_began_symmetric_exchanges_real_and_fake():
    loss = BEGAN(symmetric=True)
    seen, real, fake = turn(state=loss.state({}) | {"k": torch.tensor(0.5)})
    assert float(loss.generator(fake=fake, real=real, step=seen)) == pytest.approx(1.0 - 0.5 * 1.5)


def test_pulling_away_is_the_mean_squared_cosine_of_different_rows():
    codes = torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0]])
    cosines = [F.cosine_similarity(codes[i], codes[j], 0) ** 2 for i in range(3) for j in range(3) if i != j]
    torch.testing.assert_close(PullingAway(input="fake.c").term(codes), sum(cosines) / 6)
    assert float(PullingAway(input="fake.c").term(codes[:1])) == 0


def many(logits_real, *logits_fake):
    """Steps of several generators before one judge that shows its input."""
    return tuple(
        step(nn.Identity(), nn.Identity(), fields={"x": logits_real}, latents={"z": fake}) for fake in logits_fake
    )


def test_who_made_it_names_generators_and_real():
    rng = torch.Generator().manual_seed(5)
    real, one, two = torch.randn(3, 4, 3, generator=rng)
    pairs = many(real, one, two)
    wanted = -(real.log_softmax(1)[:, 2].mean() + one.log_softmax(1)[:, 0].mean() + two.log_softmax(1)[:, 1].mean())
    torch.testing.assert_close(WhoMadeIt().discriminator(pairs), wanted)
    passing = -(one.log_softmax(1)[:, 2].mean() + two.log_softmax(1)[:, 2].mean())
    torch.testing.assert_close(WhoMadeIt().generator(pairs), passing)
    caught = sum((1 - x.softmax(1)[:, 2]).log().mean() for x in (one, two))
    torch.testing.assert_close(WhoMadeIt(saturating=True).generator(pairs), caught)


def test_who_made_it_needs_one_logit_more_than_generators():
    pairs = many(torch.zeros(4, 2), torch.zeros(4, 2), torch.zeros(4, 2))
    with pytest.raises(ValueError, match="must give 3 logits"):
        WhoMadeIt().discriminator(pairs)


def test_who_made_it_is_safe_at_large_logits():
    sure = torch.tensor([[90.0, -90.0], [-90.0, 90.0]]).requires_grad_()
    for loss in (WhoMadeIt(), WhoMadeIt(saturating=True)):
        value = loss.discriminator(many(sure, sure)) + loss.generator(many(sure, sure))
        (slope,) = torch.autograd.grad(value, sure)
        assert value.isfinite()
        assert slope.isfinite().all()
