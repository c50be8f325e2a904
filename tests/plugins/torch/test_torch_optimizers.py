"""Optimizers: PyTorch's steps, bit for bit, on PyTorch's own inputs; fused where it can be; curves read at step 0."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from ganframe_torch.optimizers import OPTIMIZERS
from torch import Tensor, nn
from torch.testing._internal.common_optimizers import optim_db
from torch_inputs import written

import ganframe
from ganframe import Now

BY_NAME = {c.__name__: c for c in OPTIMIZERS}
FUSED = {"Adam", "AdamW", "Adagrad", "SGD"}


@ganframe.component
class Line:
    """first + slope * step"""

    first: float = ganframe.option(0.0, "at step 0")
    slope: float = ganframe.option(0.0, "a step")

    def at(self, now: Now) -> float:
        return self.first + self.slope * now.step


def network(name: str) -> nn.Module:
    torch.manual_seed(0)
    if name == "SparseAdam":
        return nn.Embedding(5, 3, sparse=True)
    layers = [nn.Linear(3, 4, bias=name != "Muon"), nn.Tanh(), nn.Linear(4, 2, bias=name != "Muon")]
    return nn.Sequential(*layers)


def trained(name: str, make: Any, steps: int = 5) -> list[Tensor]:
    """The parameters after some steps of a small regression."""
    model = network(name)
    optimizer = make(model.parameters())
    x = torch.arange(5) if name == "SparseAdam" else torch.randn(8, 3, generator=torch.Generator().manual_seed(1))

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = (model(x) - 1).square().mean()
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)
    return [p.detach() for p in model.parameters()]


@pytest.mark.parametrize("info", optim_db, ids=lambda i: i.optim_cls.__name__)
def test_optimizer_is_pytorchs(info: Any) -> None:
    component = BY_NAME[info.optim_cls.__name__]
    for given in info.optim_inputs_func("cpu"):
        options = written(component, given.kwargs)
        plain = {k: v.item() if isinstance(v, Tensor) else v for k, v in given.kwargs.items()}
        if component.__name__ in FUSED and not plain.keys() & {"fused", "foreach"}:
            plain["fused"] = True
        got = trained(component.__name__, component(**options).build)
        want = trained(component.__name__, lambda p, kw=plain: info.optim_cls(p, **kw))
        assert all(map(torch.equal, got, want)), given.desc
        start = list(network(component.__name__).parameters())
        assert given.kwargs.get("lr") == 0 or not all(map(torch.equal, got, start))


def test_every_optimizer_is_there() -> None:
    found = {n for n, c in vars(torch.optim).items() if inspect.isclass(c) and issubclass(c, torch.optim.Optimizer)}
    assert found - {"Optimizer"} == set(BY_NAME) == {i.optim_cls.__name__ for i in optim_db}


def flags(name: str, **options: Any) -> Any:
    return BY_NAME[name](**options).build(network(name).parameters()).param_groups[0].get("fused")


def test_the_fused_form_is_taken_unless_told_otherwise() -> None:
    assert {name for name in BY_NAME if name != "SparseAdam" and flags(name)} == FUSED
    for name in FUSED:
        assert flags(name, fused=False) is False
        assert flags(name, foreach=True) is None
        assert flags(name, foreach=False) is None


def test_parameters_that_cannot_be_fused_are_not() -> None:
    whole = nn.Parameter(torch.zeros(3, dtype=torch.complex64))
    assert BY_NAME["Adam"]().build([whole]).param_groups[0]["fused"] is None
    far = [{"params": [nn.Parameter(torch.empty(3, device="meta"))]}]
    assert BY_NAME["SGD"]().build(far).param_groups[0]["fused"] is None
    named = BY_NAME["Adam"]().build(network("Adam").named_parameters())
    assert named.param_groups[0]["fused"] is True


@pytest.mark.parametrize("name", sorted(FUSED))
def test_fused_steps_are_those_of_the_plain_form(name: str) -> None:
    got = trained(name, BY_NAME[name]().build)
    want = trained(name, BY_NAME[name](fused=False).build)
    torch.testing.assert_close(got, want)


def test_a_curve_begins_with_its_value_at_step_0() -> None:
    options = {"lr": Line(first=0.5, slope=1.0), "betas": (0.5, Line(first=0.25)), "weight_decay": Line(first=0.125)}
    group = BY_NAME["AdamW"](**options).build(network("AdamW").parameters()).param_groups[0]
    assert (group["lr"], group["betas"], group["weight_decay"]) == (0.5, (0.5, 0.25), 0.125)
    assert BY_NAME["SGD"](momentum=Line(first=0.75)).build(network("SGD").parameters()).defaults["momentum"] == 0.75


@pytest.mark.parametrize("component", OPTIMIZERS, ids=lambda c: c.__name__)
def test_what_may_be_a_curve_is_read_at_every_step(component: type) -> None:
    """Changing the group's number after the first step changes the second one as if it had been there before."""
    name = component.__name__
    usual = {"betas": (0.5, 0.9), "etas": (0.4, 1.3), "lr": 0.05}
    extra = {"SGD": {"momentum": 0.5}, "ASGD": {"t0": 0.0}}.get(name, {})
    for option in sorted(component._curves):
        value = usual.get(option, 0.25)
        plain = trained(name, component(**extra).build)
        changed = trained(name, lambda p, o=option, v=value: changing(component(**extra).build(p), o, v))
        assert not all(map(torch.equal, plain, changed)), option


def changing(optimizer: torch.optim.Optimizer, option: str, value: Any) -> torch.optim.Optimizer:
    step = optimizer.step

    def then_change(closure: Any) -> None:
        step(closure)
        for group in optimizer.param_groups:
            assert option in group
            group[option] = value

    optimizer.step = then_change  # type: ignore[method-assign]
    return optimizer


def test_curves_are_marked() -> None:
    marked = {name: set(c._curves) for name, c in BY_NAME.items()}
    assert all("lr" in curves for name, curves in marked.items() if name != "Rprop")
    assert marked["Adam"] == {"lr", "betas", "weight_decay"}
    assert marked["SGD"] == {"lr", "momentum", "dampening", "weight_decay"}


@pytest.mark.parametrize("name", sorted(BY_NAME))
@pytest.mark.parametrize("wrong", [-1e-3, float("inf"), float("nan")])
def test_a_rate_that_is_no_rate_is_refused(name: str, wrong: float) -> None:
    with pytest.raises(ValueError, match="'lr' must be"):
        BY_NAME[name](lr=wrong)


def test_adafactor_may_have_no_first_epsilon() -> None:
    given = BY_NAME["Adafactor"](eps=("none", 1e-2)).build(network("Adafactor").parameters())
    assert given.defaults["eps"] == (None, 1e-2)
    assert BY_NAME["Adafactor"]().eps == ("none", 1e-3)
