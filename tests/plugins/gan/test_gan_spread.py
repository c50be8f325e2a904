"""Regularisers that ask for different samples, weights, and the family of gradient penalties by their names."""

from __future__ import annotations

import pytest
import torch
from ganframe_gan.penalties import DiversitySensitive, GradientPenalty, L2Regularization, ModeSeeking
from stand_in import step
from torch import nn


class Maker(nn.Module):
    """Its weight times z, beside the label."""

    def __init__(self, factor=3.0):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor, dtype=torch.float64))

    def forward(self, z, label):
        return torch.cat((self.factor * z + label, label), 1)


Z = torch.tensor([[0.0, 1.0], [2.0, 4.0], [-1.0, 0.0]]).double()
LABEL = torch.tensor([[5.0], [7.0], [9.0]]).double()


def turn(maker, z=Z):
    fields = {"x": torch.zeros(len(z), 3).double()}
    return step(nn.Identity(), maker, fields=fields, latents={"z": z, "label": LABEL[: len(z)]}, turn="generator")


def differences(factor):
    """Mean absolute differences of samples and latents; the label, which both share, cancels."""
    pairs = [(0, 2), (1, 0), (2, 1)]
    made = [float((factor * (Z[i] - Z[j])).abs().sum()) / 3 for i, j in pairs]
    return made, [float((Z[i] - Z[j]).abs().mean()) for i, j in pairs]


def test_mode_seeking_is_the_inverse_of_the_mean_ratio():
    maker = Maker()
    made, latents = differences(3.0)
    value = ModeSeeking(eps=0.01).generator(turn(maker))
    assert float(value) == pytest.approx(1 / (sum(made) / sum(latents) + 0.01))
    assert torch.autograd.grad(value, maker.factor)[0] < 0, "wider apart costs less"
    assert float(ModeSeeking().generator(turn(Maker(0.0)))) == pytest.approx(1e5), "collapse costs 1 / eps"


def test_diversity_pays_for_each_row_up_to_a_bound():
    made, latents = differences(3.0)
    ratios = [a / b for a, b in zip(made, latents, strict=True)]
    assert float(DiversitySensitive().generator(turn(Maker()))) == pytest.approx(-sum(ratios) / 3)
    maker = Maker()
    value = DiversitySensitive(bound=1.0).generator(turn(maker))
    assert float(value) == -1.0
    assert torch.autograd.grad(value, maker.factor)[0] == 0


@pytest.mark.parametrize("loss", [ModeSeeking(), DiversitySensitive()])
def test_a_pair_needs_two_rows_and_equal_latents_do_no_harm(loss):
    with pytest.raises(ValueError, match="2 rows at least"):
        loss.generator(turn(Maker(), Z[:1]))
    maker = Maker()
    value = loss.generator(turn(maker, torch.zeros(3, 2).double()))
    assert value.isfinite()
    assert torch.autograd.grad(value, maker.factor)[0].isfinite()


def test_l2_is_the_squared_length_of_what_it_trains():
    judge, maker = nn.Sequential(nn.Linear(2, 2), nn.Conv1d(1, 2, 2)), nn.Linear(2, 3)
    judge[0].weight.data = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    judge[1].weight.data = torch.tensor([[[1.0, 0.0]], [[0.0, 5.0]]])
    value = L2Regularization().term(step(judge, maker, trains=("discriminator",)))
    assert float(value) == 15 + 26
    value.backward()
    assert torch.equal(judge[0].weight.grad, 2 * judge[0].weight)
    assert judge[0].bias.grad is None and maker.weight.grad is None
    with pytest.raises(ValueError, match="no weight"):
        L2Regularization().term(step(nn.Identity()))


class Curved(nn.Module):
    """sum over entries of x^2 / 2, whose gradient is x."""

    def __init__(self):
        super().__init__()
        self.one = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return self.one * x.square().flatten(1).sum(1, keepdim=True) / 2


NORMS = torch.tensor([0.5, 2.0, 3.0])


@pytest.mark.parametrize(
    ("penalty", "wanted"),
    [
        (GradientPenalty(), (0.25 + 1 + 4) / 3),
        (GradientPenalty(one_sided=True), (0 + 1 + 4) / 3),
        (GradientPenalty(center=0.0), (0.25 + 4 + 9) / 3),
        (GradientPenalty(center=0.0, reduction="max"), 9),
        (GradientPenalty(reduction="max"), 4),
        (GradientPenalty(center=2.5, reduction="max"), 4),
        (GradientPenalty(center=2.5, one_sided=True, reduction="max"), 0.25),
    ],
    ids=["WGAN-GP", "WGAN-LP", "0-GP", "MaxGP", "largest", "farthest below", "farthest above"],
)
def test_the_family_of_gradient_penalties_by_hand(penalty, wanted):
    # Real and fake rows agree, so that every mixture of them is the row, with a gradient of its own length.
    x = torch.stack((NORMS * 0.6, NORMS * 0.8), 1)
    made = step(Curved(), nn.Identity(), fields={"x": x}, latents={"z": x})
    value = penalty.discriminator(made)
    assert float(value.detach()) == pytest.approx(wanted, rel=1e-5)
    assert torch.autograd.grad(value, made.networks["discriminator"].one)[0].isfinite()
