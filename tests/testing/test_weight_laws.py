"""The kit refuses initializers, parametrizations, curves, optimizers and schedules that break one law each."""


import pytest
import torch
from torch import nn

from ganframe import component, option
from ganframe.testing import check
from tests.testing.refusal import refused


def initializer_of(fill, **attributes):
    return component(type("Broken", (), {
        "__doc__": "Fills.", "__call__": lambda self, weight, rng: fill(weight, rng), **attributes,
    }))  # fmt: skip


@pytest.mark.parametrize(
    ("fill", "law"),
    [
        (lambda w, rng: w.normal_(), "the_stream_decides"),
        (lambda w, rng: w.normal_(generator=torch.Generator().manual_seed(3)), "another_seed_gives_other_weights"),
        (lambda w, rng: w[0].normal_(generator=rng), "the_stream_decides"),
        (lambda w, rng: w.fill_(torch.inf), "shape_and_dtype_stay"),
        (lambda w, rng: w.new_empty(0).set_(w.untyped_storage()).normal_(generator=rng), "only_the_weight_changes"),
    ],
)
def test_initializer(fill, law):
    refused(initializer_of(fill), law)


def test_initializer_statistics():
    declared = {"__annotations__": {"std": float}, "std": option(0.5, "standard deviation")}
    refused(initializer_of(lambda w, rng: w.normal_(0, 1, generator=rng), **declared), "spread_is_as_declared")
    check(initializer_of(lambda w, rng: w.fill_(0.0)))


def test_initializer_whose_gain_does_nothing():
    declared = {"__annotations__": {"gain": float}, "gain": option(1.0, "factor")}
    refused(initializer_of(lambda w, rng: w.normal_(generator=rng), **declared), "gain_scales")


def test_parametrization_that_loses_the_weight():
    @component
    class Lost:
        """Takes the weight away."""

        def __call__(self, module):
            module.kernel = module.weight
            del module._parameters["weight"]
            return module

    refused(Lost, "weight_stays_readable")


def test_parametrization_with_hidden_state():
    class Scale(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = float(torch.rand(()))

        def forward(self, weight):
            return weight * self.scale

    @component
    class Drawn:
        """Scales by a number that it forgets to save."""

        def __call__(self, module):
            nn.utils.parametrize.register_parametrization(module, "weight", Scale())
            return module

    refused(Drawn, "state_round_trips")


def test_curve_with_memory():
    asked = []

    @component
    class Counts:
        """Counts how often it was asked."""

        def at(self, now):
            asked.append(now.step)
            return float(len(asked))

    refused(Counts, "it_has_no_memory")


def test_curve_that_overflows():
    @component
    class Wild:
        """Grows without end."""

        def at(self, now):
            return 10.0**now.step if now.step < 400 else float("inf")

    refused(Wild, "values_are_numbers")


class Rule(torch.optim.Optimizer):
    """Plain descent with a factor, plus noise, plus a hidden count."""

    def __init__(self, params, lr, noise=0.0, hidden=False):
        super().__init__(params, {"lr": lr})
        self.noise, self.hidden, self.count = noise, hidden, 0

    @torch.no_grad()
    def step(self, closure=None):
        self.count += self.hidden
        for group in self.param_groups:
            for p in group["params"]:
                p -= group["lr"] * p.grad / (1 + self.count) + self.noise * torch.randn_like(p)


@pytest.mark.parametrize(
    ("settings", "law"),
    [
        ({"lr": -0.1}, "it_descends"),
        ({"lr": 0.1, "noise": 0.001}, "it_repeats_itself"),
        ({"lr": 0.1, "hidden": True}, "state_round_trips"),
    ],
)
def test_optimizer(settings, law):
    build = {"build": lambda self, params: Rule(params, **settings)}
    refused(component(type("Broken", (), {"__doc__": "An optimizer.", **build})), law)


def test_schedule_that_forgets():
    class Forgets(torch.optim.lr_scheduler.LRScheduler):
        def __init__(self, optimizer):
            self.rates = iter(range(100, 0, -1))
            super().__init__(optimizer)

        def get_lr(self):
            return [next(self.rates) * base for base in self.base_lrs]

        def state_dict(self):
            return {}

    build = {"build": lambda self, optimizer: Forgets(optimizer)}
    refused(component(type("Broken", (), {"__doc__": "A schedule.", **build})), "state_round_trips")
