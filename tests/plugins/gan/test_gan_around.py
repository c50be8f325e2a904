"""Games around games: noisy labels, the best fakes, pseudo-real fakes, normalised logits."""

from __future__ import annotations

import inspect

import pytest
import torch
from ganframe_gan.augmentations import ADA
from ganframe_gan.losses import (
    EBGAN,
    AdaptivePseudoAugmentation,
    GradientNormalization,
    Hinge,
    LabelNoise,
    NonSaturating,
    RelativisticPairing,
    TopK,
    Wasserstein,
)
from stand_in import logits, step
from torch import nn
from torch.nn import functional as F

AROUND = (LabelNoise, TopK, AdaptivePseudoAugmentation, GradientNormalization)


class Shown(nn.Module):
    """A learned factor times the first entry of a row."""

    def __init__(self, factor=1.0):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, x):
        return self.factor * x[:, :1]


def turn(real, fake, **more):
    """A turn whose logits are these numbers."""
    made = step(Shown(), nn.Identity(), fields={"x": real}, latents={"z": fake}, **more)
    return made


@pytest.mark.parametrize("cls", AROUND)
def test_the_game_must_read_logits_only(cls):
    with pytest.raises(ValueError, match="EBGAN also reads 'step'"):
        cls(game=EBGAN())


@pytest.mark.parametrize("cls", [LabelNoise, TopK, AdaptivePseudoAugmentation])
def test_real_logits_are_computed_only_where_the_game_reads_them(cls):
    real, fake = logits(1).float().detach(), logits(2).float().detach()
    made = turn(real, fake, turn="generator")
    loss = cls(game=Hinge())
    asked = inspect.signature(loss.generator).parameters
    loss.generator(**{"step": made, "fake": made.fake["discriminator"]} if "fake" in asked else {"step": made})
    assert "discriminator" not in made.real._known
    loss = cls(game=RelativisticPairing())
    loss.generator(**{"step": made, "fake": made.fake["discriminator"]} if "fake" in asked else {"step": made})
    assert "discriminator" in made.real._known


def test_noise_exchanges_pairs():
    real, fake = logits(1), logits(2)
    made = turn(real.detach(), fake.detach())
    game = Wasserstein()
    plain = LabelNoise(game=game, flip=0.0).discriminator(real, fake, made)
    torch.testing.assert_close(plain, game.discriminator(real, fake), rtol=0, atol=0)
    turned = LabelNoise(game=game, flip=1.0).discriminator(real, fake, made)
    torch.testing.assert_close(turned, game.discriminator(fake, real))
    made.rng.manual_seed(1)
    some = LabelNoise(game=Hinge(), flip=0.5).discriminator(real, fake, made)
    chosen = torch.rand(6, generator=torch.Generator().manual_seed(1)) < 0.5
    assert 0 < chosen.sum() < 6, "a case in which some are exchanged"
    mixed = [torch.where(chosen[:, None], a, b) for a, b in ((fake, real), (real, fake))]
    torch.testing.assert_close(some, Hinge().discriminator(*mixed))


def test_noise_is_smoothing_on_both_sides_in_the_mean():
    real, fake = logits(1), logits(2)
    made, loss = turn(real.detach(), fake.detach()), LabelNoise(flip=0.2)
    mean = sum(loss.discriminator(real, fake, made).detach() for _ in range(4000)) / 4000
    soft = F.binary_cross_entropy_with_logits(real, torch.full_like(real, 0.8))
    soft = soft + F.binary_cross_entropy_with_logits(fake, torch.full_like(fake, 0.2))
    torch.testing.assert_close(mean, soft.detach(), atol=0.05, rtol=0)


def test_the_generator_learns_from_its_best_fakes():
    fake = torch.tensor([[3.0], [-1.0], [5.0], [0.0]], requires_grad=True)
    made = turn(torch.zeros(4, 1), fake.detach(), turn="generator")
    value = TopK(game=Wasserstein(), share=0.5).generator(fake, made)
    assert float(value.detach()) == -4.0
    assert torch.autograd.grad(value, fake)[0][:, 0].tolist() == [-0.5, 0, -0.5, 0]
    assert float(TopK(game=Wasserstein(), share=0.0).generator(fake.detach(), made)) == -5.0, "one at least"
    whole = TopK(share=1.0).generator(fake, made)
    torch.testing.assert_close(whole, NonSaturating().generator(fake))
    torch.testing.assert_close(TopK().discriminator(fake, fake + 1), NonSaturating().discriminator(fake, fake + 1))


def test_patches_are_ranked_by_their_mean_and_real_rows_go_along():
    fake = torch.tensor([[9.0, -9.0], [1.0, 1.0], [0.0, 0.5]]).view(3, 1, 1, 2)
    made = turn(torch.tensor([[1.0], [2.0], [3.0]]), torch.zeros(3, 1), turn="generator")
    assert float(TopK(game=Wasserstein(), share=1 / 3).generator(fake, made)) == -1.0
    value = TopK(game=RelativisticPairing(), share=1 / 3).generator(torch.tensor([[0.0], [0.0], [7.0]]), made)
    torch.testing.assert_close(value, F.softplus(torch.tensor(3.0 - 7.0)))


def test_pseudo_augmentation_shows_fakes_as_real():
    real, fake = logits(1), logits(2)
    made = turn(real.detach(), fake.detach(), state=AdaptivePseudoAugmentation(p=0.4).state({}))
    found = AdaptivePseudoAugmentation(game=Wasserstein()).discriminator(real, fake, made)
    chosen = (torch.rand(6, generator=torch.Generator().manual_seed(1)) < 0.4)[:, None]
    assert 0 < chosen.sum() < 6, "a case in which some are exchanged"
    torch.testing.assert_close(found, fake.mean() - torch.where(chosen, fake, real).mean())
    slopes = torch.autograd.grad(found, (real, fake))
    assert torch.equal(slopes[0] == 0, chosen)
    torch.testing.assert_close(slopes[1], (1 - chosen.double()) / 6)


def test_pseudo_augmentation_follows_overfitting_as_ada_does():
    loss = AdaptivePseudoAugmentation(p=0.1, interval=2, images=60, target=0.6)
    ada, theirs = ADA(p=0.1, every=2, images=60, max_p=1.0), ADA(p=0.1).state()
    mine, trace = loss.state({}), []
    for seed in range(12):
        real = logits(seed).detach().float() + (3 if seed < 8 else -3)
        made = turn(real, real, state=mine)
        loss.after(made)
        ada.update(theirs, real, made.now)
        trace.append(float(mine["p"]))
        assert torch.equal(mine["p"], theirs["p"])
    assert max(trace) > 0.8 and trace[-1] < 0.6, "it rises while the judge is sure, and falls again"
    before = mine["turns"].clone()
    loss.after(turn(logits(1).detach().float(), logits(1).detach().float(), state=mine, turn="generator"))
    assert torch.equal(mine["turns"], before)


def test_the_bound_holds_the_probability():
    loss = AdaptivePseudoAugmentation(interval=1, images=1, max_p=0.3)
    mine = loss.state({})
    loss.after(turn(torch.ones(4, 1), torch.ones(4, 1), state=mine))
    assert float(mine["p"]) == pytest.approx(0.3)


class Bent(nn.Module):
    """A small judge in double precision."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1)).double()

    def forward(self, x):
        return self.body(x)


def normal_by_hand(judge, x):
    """f / (|slope| + |f|), a row at a time, by the whole Jacobian."""
    rows = []
    for row in x:
        slope = torch.autograd.functional.jacobian(lambda v: judge(v[None])[0, 0], row, create_graph=True)
        f = judge(row[None])[0, 0]
        rows.append(f / (slope.square().sum().sqrt() + f.abs()))
    return torch.stack(rows)[:, None]


@pytest.mark.parametrize("game", [Hinge(), Wasserstein(), RelativisticPairing()])
def test_normalised_logits_are_the_papers(game):
    judge, maker = Bent(), nn.Linear(2, 3).double()
    x, z = torch.randn(4, 3, dtype=torch.float64), torch.randn(4, 2, dtype=torch.float64)
    loss = GradientNormalization(game=game)
    made = step(judge, maker, fields={"x": x}, latents={"z": z})
    for batch in loss.differentiates:
        getattr(made, batch).mark()
    value = loss.discriminator(made.real["discriminator"], made.fake["discriminator"], made)
    sides = {"real": normal_by_hand(judge, x), "fake": normal_by_hand(judge, maker(z).detach())}
    wanted = game.discriminator(**sides)
    torch.testing.assert_close(value, wanted)
    weight = judge.body[0].weight
    torch.testing.assert_close(torch.autograd.grad(value, weight)[0], torch.autograd.grad(wanted, weight)[0])

    made = step(judge, maker, fields={"x": x}, latents={"z": z}, turn="generator")
    made.real.mark()
    value = loss.generator(made)
    sides = {"real": normal_by_hand(judge, x), "fake": normal_by_hand(judge, maker(z))}
    wanted = game.generator(**{name: sides[name] for name in inspect.signature(game.generator).parameters})
    torch.testing.assert_close(value, wanted)
    torch.testing.assert_close(
        torch.autograd.grad(value, maker.weight)[0], torch.autograd.grad(wanted, maker.weight)[0]
    )


def test_normalised_logits_do_not_know_the_judges_scale_and_stay_finite():
    x, z = torch.randn(4, 3), torch.randn(4, 3)
    values = []
    for factor in (1.0, 1000.0, 0.0):
        made = step(Shown(factor), nn.Identity(), fields={"x": x}, latents={"z": z})
        made.real.mark()
        made.fake.mark()
        loss = GradientNormalization().discriminator(made.real["discriminator"], made.fake["discriminator"], made)
        assert torch.autograd.grad(loss, made.networks["discriminator"].factor)[0].isfinite()
        values.append(float(loss.detach()))
    assert values[0] == pytest.approx(values[1], rel=1e-5) and values[2] == 2.0
    with pytest.raises(ValueError, match=r"one logit a row, not \(3,\)"):
        made = step(nn.Identity(), nn.Identity(), fields={"x": x}, latents={"z": z})
        GradientNormalization().discriminator(made.real["x"], made.fake["x"], made)
