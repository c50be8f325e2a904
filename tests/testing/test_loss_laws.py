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


def contrast(real, fake):
    """Every real row among all fakes: its value grows with their number."""
    lead = fake.reshape(1, -1) - real.reshape(-1, 1)
    return torch.cat((torch.zeros_like(lead[:, :1]), lead), 1).logsumexp(1).mean()


def test_a_loss_says_that_it_is_no_mean_over_rows():
    def generator(self, real, fake):
        return contrast(fake, real)

    one = loss_of(contrast, make)
    grows = component(type("Grows", (one,), {"__doc__": "Contrasts.", "generator": generator}))
    refused(grows, "it_is_a_mean_over_rows")
    check(component(type("Told", (grows,), {"__doc__": "Contrasts, and says so.", "mean_over_rows": False})))


def test_a_loss_says_that_its_sides_do_not_pull_apart():
    check(loss_of(judge, lambda fake: fake.square().mean(), pulls_apart=False))
    refused(loss_of(judge, lambda fake: fake.square().mean()), "the_sides_pull_apart", "learns nothing")


def test_a_loss_that_reads_the_time_and_draws_numbers_is_held_to_the_same_laws():
    def timed(self, fake, step):
        return F.softplus(-fake).sum() * step.now(1.0)

    def noisy(self, fake, step):
        return F.softplus(-fake + torch.rand(fake.shape, generator=step.rng)).mean()

    refused(component(type("Timed", (loss_of(judge, make),), {"__doc__": "Sums.", "generator": timed})), "it_is_a_mean_over_rows")
    check(component(type("Noisy", (loss_of(judge, make),), {"__doc__": "Draws a row's own noise.", "generator": noisy})))


@component
class Classes:
    """A logit a class and one for fakes: cross entropy of both sides."""

    examples = ({"options": {"label": "real.label", "fake_label": "fake.label"}, "real": (5,), "fake": (5,),
                 "label": (4,), "fake_label": (4,)},)

    label: str = wire("classes of the real rows")
    fake_label: str = wire("classes of the fakes")

    def discriminator(self, real, fake, label):
        return F.cross_entropy(real, label.argmax(1)) + F.cross_entropy(fake, torch.full((len(fake),), 4))

    def generator(self, fake, fake_label):
        return F.cross_entropy(fake, fake_label.argmax(1))


def test_a_loss_of_several_logits_gives_their_shape_and_plays():
    check(Classes)

    class Sum(Classes):
        """Sums over rows."""

        def generator(self, fake, fake_label):
            return F.cross_entropy(fake, fake_label.argmax(1), reduction="sum")

    refused(component(Sum), "it_is_a_mean_over_rows")

    class Nan(Classes):
        """Fails in the game alone."""

        def generator(self, fake, fake_label):
            return F.cross_entropy(fake, fake_label.argmax(1)) * (float("nan") if len(fake) == 8 else 1.0)

    refused(component(Nan), "it_plays")
