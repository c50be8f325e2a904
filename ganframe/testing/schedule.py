"""Laws of schedules: finite rates, and the same ones after a restart."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from torch import nn

from ganframe.testing.case import Case, cases
from ganframe.testing.judge import REFUSALS, Refused, Violation, require

__all__ = ["LAWS", "cases", "subject"]

RATE = 0.1


@torch.enable_grad()
def _start(component: Any) -> tuple[torch.optim.Optimizer, Any]:
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=RATE, momentum=0.9)
    schedule = component.build(optimizer)
    if not isinstance(schedule, torch.optim.lr_scheduler.LRScheduler):
        raise Violation(f"build gives {type(schedule).__name__}, not an LRScheduler")
    return optimizer, schedule


def _rates(optimizer: torch.optim.Optimizer, schedule: Any, steps: int) -> list[float]:
    found = []
    for _ in range(steps):
        optimizer.step()
        schedule.step()
        found.append(float(optimizer.param_groups[0]["lr"]))
    return found


def subject(case: Case) -> Any:
    """The schedule component. Raises Refused where its options do not fit."""
    component = case.make()
    try:
        _rates(*_start(component), 2)
    except REFUSALS as error:
        raise Refused(str(error)) from error
    return component


def rates_are_finite(component: Any) -> None:
    """Every learning rate is a finite number, not below zero."""
    for rate in _rates(*_start(component), 30):
        require(math.isfinite(rate) and rate >= -1e-12, f"a learning rate of {RATE} becomes {rate}")


def state_round_trips(component: Any) -> None:
    """Built anew and given its state, it goes on with the same rates."""
    optimizer, schedule = _start(component)
    _rates(optimizer, schedule, 7)
    other, resumed = _start(component)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    resumed.load_state_dict(copy.deepcopy(schedule.state_dict()))
    want, got = _rates(optimizer, schedule, 9), _rates(other, resumed, 9)
    require(want == got, f"after a restart its rates are {got[:3]}, not {want[:3]}")


LAWS = (rates_are_finite, state_round_trips)
