"""Schedules and initializers are PyTorch's, number by number."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from ganframe_torch import leftout
from ganframe_torch.initializers import INITIALIZERS
from ganframe_torch.schedules import SCHEDULES
from torch import nn
from torch.nn import init
from torch.optim import lr_scheduler
from torch_inputs import written

BY_NAME = {c.__name__: c for c in SCHEDULES}
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "StepLR": [{"step_size": 3}, {"step_size": 2, "gamma": 0.5}],
    "MultiStepLR": [{"milestones": [2, 5], "gamma": 0.5}],
    "ConstantLR": [{}, {"factor": 0.5, "total_iters": 4}],
    "LinearLR": [{}, {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 6}],
    "ExponentialLR": [{"gamma": 0.9}],
    "PolynomialLR": [{}, {"total_iters": 8, "power": 2.0}],
    "CosineAnnealingLR": [{"T_max": 7, "eta_min": 0.01}],
    "CosineAnnealingWarmRestarts": [{"T_0": 3, "T_mult": 2}],
    "CyclicLR": [{"base_lr": 0.01, "max_lr": 0.2, "step_size_up": 3, "mode": "exp_range", "gamma": 0.9}],
    "OneCycleLR": [{"max_lr": 0.3, "total_steps": 12}, {"max_lr": 0.3, "epochs": 3, "steps_per_epoch": 4}],
}


def rates(make: Any, steps: int = 12) -> list[tuple[float, float]]:
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
    schedule, found = make(optimizer), []
    for _ in range(steps - 1):
        found.append((optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]))
        optimizer.step()
        schedule.step()
    return found


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_schedule_is_pytorchs(name: str) -> None:
    for given in OPTIONS[name]:
        got = rates(BY_NAME[name](**written(BY_NAME[name], given)).build)
        assert got == rates(lambda o, kw=given: getattr(lr_scheduler, name)(o, **kw))
        assert len(set(got)) > 1


def test_schedules_are_made_of_schedules() -> None:
    warm, cosine = BY_NAME["LinearLR"](total_iters=3), BY_NAME["CosineAnnealingLR"](T_max=8)
    parts = (lambda o: lr_scheduler.LinearLR(o, total_iters=3), lambda o: lr_scheduler.CosineAnnealingLR(o, 8))
    sequence = BY_NAME["SequentialLR"](schedulers=(warm, cosine), milestones=(3,))
    assert rates(sequence.build) == rates(lambda o: lr_scheduler.SequentialLR(o, [p(o) for p in parts], [3]))
    chain = BY_NAME["ChainedScheduler"](schedulers=(warm, cosine))
    assert rates(chain.build) == rates(lambda o: lr_scheduler.ChainedScheduler([p(o) for p in parts], o))


def test_every_schedule_is_there_or_left_out() -> None:
    found = {n for n, c in vars(lr_scheduler).items() if inspect.isclass(c) and issubclass(c, lr_scheduler.LRScheduler)}
    assert found == set(BY_NAME) | set(leftout.LEFT_OUT_OF_SCHEDULES)
    assert not set(BY_NAME) & set(leftout.LEFT_OUT_OF_SCHEDULES)
    assert set(OPTIONS) | {"SequentialLR", "ChainedScheduler"} == set(BY_NAME)


FILLED = {c.__name__: c for c in INITIALIZERS}
FUNCTIONS: dict[str, tuple[Any, dict[str, Any]]] = {
    "Uniform": (init.uniform_, {"a": -1.0, "b": 2.0}),
    "Normal": (init.normal_, {"mean": 1.0, "std": 0.1}),
    "TruncNormal": (init.trunc_normal_, {"std": 0.5, "a": -1.0, "b": 1.0}),
    "Constant": (init.constant_, {"val": 0.5}),
    "Ones": (init.ones_, {}),
    "Zeros": (init.zeros_, {}),
    "Eye": (init.eye_, {}),
    "Dirac": (init.dirac_, {"groups": 2}),
    "XavierUniform": (init.xavier_uniform_, {"gain": 2.0}),
    "XavierNormal": (init.xavier_normal_, {"gain": 2.0}),
    "KaimingUniform": (init.kaiming_uniform_, {"a": 0.2, "mode": "fan_out", "nonlinearity": "leaky_relu"}),
    "KaimingNormal": (init.kaiming_normal_, {"nonlinearity": "relu"}),
    "Orthogonal": (init.orthogonal_, {"gain": 0.5}),
    "Sparse": (init.sparse_, {"sparsity": 0.25, "std": 0.5}),
}


def stream(seed: int = 4) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_initializer_is_pytorchs(name: str) -> None:
    function, given = FUNCTIONS[name]
    shape = (4, 2, 3, 3) if name == "Dirac" else (6, 5)
    component, draws = FILLED[name], "generator" in inspect.signature(function).parameters
    variants = [given] if name in ("Constant", "Sparse") else [{}, given]
    for arguments in variants:
        got, want = torch.full(shape, 7.0), torch.full(shape, 7.0)
        before = torch.get_rng_state()
        component(**written(component, arguments))(got, stream())
        assert torch.equal(torch.get_rng_state(), before)
        if name == "Sparse":
            assert (got == 0).sum(0).tolist() == [2] * 5
            torch.manual_seed(9)
            again = torch.empty(shape)
            component(**arguments)(again, stream())
            assert torch.equal(got, again)
            continue
        function(want, **arguments, **({"generator": stream()} if draws else {}))
        assert torch.equal(got, want)


def test_every_initializer_is_there_or_left_out() -> None:
    fills = {n for n, f in vars(init).items() if inspect.isfunction(f) and not n.startswith("_")}
    deprecated = {n for n in fills if f"{n}_" in fills}
    assert fills - deprecated == {f.__name__ for f, _ in FUNCTIONS.values()} | set(leftout.LEFT_OUT_OF_INIT)
    assert set(FUNCTIONS) == set(FILLED)
