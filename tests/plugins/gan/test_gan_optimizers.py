"""Optimizers for games: their algorithms by hand, bilinear games, and state that goes on exactly."""

from __future__ import annotations

import copy
import inspect

import pytest
import torch
from ganframe_gan.curves import Ramp
from ganframe_gan.optimizers import ExtraAdam, Lookahead, OptimisticAdam
from torch import nn

from ganframe import component, option


@component
class SGD:
    """Plain gradient descent, to have something to wrap."""

    lr: float = option(0.1, "learning rate")
    momentum: float = option(0.0, "momentum")

    def build(self, params):
        return torch.optim.SGD(params, lr=self.lr, momentum=self.momentum)


@component
class Adam:
    """PyTorch's Adam, to have something to wrap that keeps a state."""

    lr: float = option(0.01, "learning rate")

    def build(self, params):
        return torch.optim.Adam(params, lr=self.lr)


ALL = (ExtraAdam(lr=0.01), OptimisticAdam(lr=0.01), Lookahead(inner=Adam(), k=3), Lookahead(inner=SGD(momentum=0.9)))


class AdamByHand:
    """Adam's step of a number, from the paper."""

    def __init__(self, lr=0.01, betas=(0.9, 0.999), eps=1e-8):
        self.lr, self.betas, self.eps, self.m, self.v, self.t = lr, betas, eps, 0.0, 0.0, 0

    def step(self, slope):
        self.t += 1
        self.m = self.betas[0] * self.m + (1 - self.betas[0]) * slope
        self.v = self.betas[1] * self.v + (1 - self.betas[1]) * slope**2
        mean, square = self.m / (1 - self.betas[0] ** self.t), self.v / (1 - self.betas[1] ** self.t)
        return -self.lr * mean / (square**0.5 + self.eps)


def slope(w):
    """The gradient of w^4 / 4 + w."""
    return w**3 + 1


def trained(recipe, steps, start=2.0):
    """A parameter in float64 after some steps on w^4 / 4 + w, and its optimizer."""
    w = nn.Parameter(torch.tensor([start], dtype=torch.float64))
    optimizer = recipe.build([w])

    def closure():
        optimizer.zero_grad()
        loss = (w**4 / 4 + w).sum()
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)
    return w, optimizer, closure


def test_optimistic_adam_follows_the_paper():
    w, last, adam = 2.0, 0.0, AdamByHand()
    for _ in range(5):
        step = adam.step(slope(w))
        w, last = w + 2 * step - last, step
    assert trained(OptimisticAdam(lr=0.01), 5)[0].item() == pytest.approx(w, rel=1e-12)


def test_extra_adam_follows_the_paper():
    w, adam = 2.0, AdamByHand(betas=(0.5, 0.9))
    for _ in range(5):
        ahead = w + adam.step(slope(w))
        w = w + adam.step(slope(ahead))
    assert trained(ExtraAdam(lr=0.01, betas=(0.5, 0.9)), 5)[0].item() == pytest.approx(w, rel=1e-12)


def test_only_extra_adam_needs_a_closure():
    params = [nn.Parameter(torch.zeros(2))]
    closures = [inspect.signature(recipe.build(params).step).parameters["closure"] for recipe in ALL]
    assert [closure.default is inspect.Parameter.empty for closure in closures] == [True, False, False, False]


def test_lookahead_follows_the_paper():
    fast = slow = 2.0
    for t in range(1, 9):
        fast = fast - 0.05 * slope(fast)
        if t % 3 == 0:
            slow = slow + 0.4 * (fast - slow)
            fast = slow
    found = trained(Lookahead(inner=SGD(lr=0.05), k=3, alpha=0.4), 8)[0].item()
    assert found == pytest.approx(fast, rel=1e-12)


def test_lookahead_refuses_an_optimizer_that_needs_a_closure():
    with pytest.raises(ValueError, match="as ExtraAdam does"):
        Lookahead(inner=ExtraAdam()).build([nn.Parameter(torch.zeros(2))])


def test_lookahead_shares_its_groups_with_the_inner_optimizer():
    w, optimizer, closure = trained(Lookahead(inner=SGD(lr=0.05), k=100), 1)
    optimizer.param_groups[0]["lr"] = 0.0
    before = w.item()
    optimizer.step(closure)
    assert w.item() == before
    other = nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer.add_param_group({"params": [other]})
    other.grad = torch.ones(1, dtype=torch.float64)
    optimizer.step()
    assert other.item() < 1
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    optimizer.param_groups[0]["lr"] = 0.5
    optimizer.step(closure)
    schedule.step()
    assert optimizer.inner.param_groups[0]["lr"] == pytest.approx(0.05)


@pytest.mark.parametrize("recipe", ALL)
def test_state_goes_on_exactly(recipe):
    whole, *_ = trained(recipe, 7)
    w, optimizer, _ = trained(recipe, 4)
    other, fresh, closure = trained(recipe, 0)
    other.data.copy_(w.data)
    fresh.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    for _ in range(3):
        fresh.step(closure)
    assert torch.equal(other, whole)


@pytest.mark.parametrize("recipe", ALL)
def test_state_put_back_parameter_by_parameter_goes_on_exactly(recipe):
    whole, *_ = trained(recipe, 7)
    w, optimizer, _ = trained(recipe, 4)
    saved = copy.deepcopy(optimizer.state_dict())
    other, fresh, closure = trained(recipe, 0)
    other.data.copy_(w.data)
    assert saved.keys() == {"state", "param_groups"}
    fresh.param_groups[0].update({k: v for k, v in saved["param_groups"][0].items() if k != "params"})
    fresh.state[other] = saved["state"][0]
    for _ in range(3):
        fresh.step(closure)
    assert torch.equal(other, whole)


@pytest.mark.parametrize("recipe", ALL)
def test_parameters_without_a_gradient_rest_and_may_join_later(recipe):
    early, late = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    optimizer = recipe.build([early, late])
    plays = [early]

    def closure():
        optimizer.zero_grad()
        loss = sum(p.square().sum() for p in plays)
        loss.backward()
        return loss

    for _ in range(4):
        closure()
        optimizer.step(closure)
    assert torch.equal(late, torch.ones(2))
    assert (early < 1).all()
    plays.append(late)
    for _ in range(4):
        closure()
        optimizer.step(closure)
    assert (late < 1).all()


def orbit(recipe, steps=1500):
    """How far from the solution (0, 0) two players of x · y end who start at distance 1."""
    x, y = nn.Parameter(torch.tensor([0.6])), nn.Parameter(torch.tensor([0.8]))
    players = [(recipe.build([x]), x, 1.0), (recipe.build([y]), y, -1.0)]
    for _ in range(steps):
        for optimizer, p, sign in players:
            def closure(p=p, sign=sign):
                p.grad = None
                loss = sign * (x * y).sum()
                p.grad = torch.autograd.grad(loss, p)[0]
                return loss

            closure()
            optimizer.step(closure)
    return float(torch.hypot(x, y).detach())


def test_bilinear_games_are_solved_by_looking_ahead_only():
    circling = orbit(Adam(lr=0.01))
    assert circling > 0.5
    assert orbit(OptimisticAdam(lr=0.01, betas=(0.0, 0.9))) < circling / 2
    assert orbit(ExtraAdam(lr=0.01, betas=(0.0, 0.9))) < circling / 2


def test_a_curve_begins_with_its_first_value():
    recipe = OptimisticAdam(lr=Ramp(start=0.5, end=0.0, steps=10), betas=(0.0, Ramp(start=0.9, end=0.99, steps=10)))
    group = recipe.build([nn.Parameter(torch.zeros(2))]).param_groups[0]
    assert (group["lr"], group["betas"]) == (0.5, (0.0, 0.9))


def test_weight_decay_and_eps_reach_adam():
    group = ExtraAdam(weight_decay=0.1, eps=1e-3).build([nn.Parameter(torch.zeros(2))]).param_groups[0]
    assert (group["weight_decay"], group["eps"], group["fused"]) == (0.1, 1e-3, True)
