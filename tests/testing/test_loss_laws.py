"""The kit refuses losses and penalties that break one law each, and passes their sound twins."""


import pytest
import torch
from torch.nn import functional as F

from ganframe import component, wire
from ganframe.testing import check
from tests.testing.refusal import judge, loss_of, make, refused


def test_a_sound_loss_passes():
    check(loss_of(judge, make))


@pytest.mark.parametrize(
    ("discriminator", "generator", "law"),
    [
        (lambda real, fake: -(torch.sigmoid(real).log() + (1 - torch.sigmoid(fake)).log()).mean(), make,
         "logits_of_any_size_are_finite"),
        (judge, lambda fake: fake[0].mean() + F.softplus(-fake).mean(), "order_of_rows_does_not_matter"),
        (judge, lambda fake: F.softplus(-fake).sum(), "it_is_a_mean_over_rows"),
        (judge, lambda fake: F.softplus(fake).mean(), "the_sides_pull_apart"),
        (judge, lambda fake: 0 * fake.mean(), "the_sides_pull_apart"),
        (judge, lambda fake: F.softplus(-fake), "logits_of_any_size_are_finite"),
    ],
)  # fmt: skip
def test_loss(discriminator, generator, law):
    refused(loss_of(discriminator, generator), law)


def test_loss_with_python_state():
    calls = []

    def forgetful(fake):
        calls.append(1)
        return make(fake) * (1 + 0.01 * len(calls))

    refused(loss_of(judge, forgetful), "it_plays", "differ")


def test_loss_whose_state_changes_its_form():
    def after(self, step):
        step.state["mean"] = torch.zeros(3)

    broken = loss_of(judge, make, state=lambda self, fields: {"mean": torch.zeros(())}, after=after)
    refused(broken, "it_plays", "state")


def test_loss_of_tensors():
    @component
    class First:
        """Looks at the first row alone."""

        input: str = wire("what was made")

        def term(self, input):
            return input[0].square().sum()

    refused(First, "order_of_rows_does_not_matter")


def test_loss_of_tensors_without_gradient():
    @component
    class Dead:
        """Gives no gradient."""

        input: str = wire("what was made")

        def term(self, input):
            return input.detach().square().mean()

    refused(Dead, "tensors_give_a_gradient")


def penalty_of(value):
    """A penalty of the discriminator's slopes (rows, 2) at real points, and of the points."""

    def discriminator(self, real, step):
        (x,) = step.real.judged
        (slope,) = torch.autograd.grad(real.sum(), x, create_graph=True)
        return value(slope, x)

    return component(type("Broken", (), {
        "__doc__": "A penalty.", "differentiates": ("real",), "discriminator": discriminator,
    }))  # fmt: skip


def test_a_sound_penalty_passes():
    check(penalty_of(lambda slope, x: slope.square().sum(1).mean() / 2))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (lambda slope, x: -slope.square().sum(1).mean(), "it is -"),
        (lambda slope, x: (slope * x).square().sum(1).mean(), "depends on the batch"),
        (lambda slope, x: slope[:, 0].square().mean(), "direction"),
    ],
)
def test_penalty(value, words):
    refused(penalty_of(value), "slopes_of_a_linear_judge", words)
