"""One network's optimizer, with the curves that drive it and the networks trained with it."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from ganframe import state
from ganframe.component import is_component, options
from ganframe.errors import SpecError
from ganframe.now import Now


class Owner:
    """The parameters of a network and of what is `trained_with` it, under one optimizer."""

    def __init__(self, name: str, networks: Mapping[str, nn.Module], component: Any, schedule: Any) -> None:
        self.name = name
        self.networks = tuple(networks)
        all_of = {f"{n}.{p}": v for n, module in networks.items() for p, v in module.named_parameters()}
        named = {name: parameter for name, parameter in all_of.items() if parameter.requires_grad}
        self.names = list(named)
        self.parameters = list(named.values())
        self.optimizer: Any = component.build(self.parameters) if self.parameters else None
        self.kinds = [type(component).__name__, type(schedule).__name__]
        self.schedule: Any = schedule.build(self.optimizer) if schedule is not None and self.parameters else None
        self.built = self._settings() if self.parameters else {}
        self.curves = _curves(component) if self.parameters else []
        self.wants_closure = bool(self.parameters) and _needs_closure(self.optimizer)

    def follow(self, now: Now) -> None:
        """Set what the spec gives as curves for this step."""
        for name, value in self.curves:
            number = tuple(now(v) for v in value) if isinstance(value, (tuple, list)) else now(value)
            for group in self.optimizer.param_groups:
                group[name] = number

    def step(self, clip: float, scaler: Any, closure: Callable[[], Tensor] | None) -> None:
        """One step, unless no parameter has a gradient."""
        if closure is not None:
            self.optimizer.step(closure)
            return
        if not any(p.grad is not None for p in self.parameters):
            return
        if scaler is not None:
            scaler.unscale_(self.optimizer)
        self.clip(clip)
        if scaler is not None:
            scaler.step(self.optimizer)
        else:
            self.optimizer.step()

    def clip(self, norm: float) -> None:
        """Limit the norm of the gradient over all parameters; 0 is no limit."""
        if norm:
            nn.utils.clip_grad_norm_(self.parameters, norm)

    def advance(self) -> None:
        """Step the schedule, also where a phase does not train this network."""
        if self.schedule is None:
            return
        with warnings.catch_warnings():
            if self.schedule.last_epoch == 0:  # torch minds a schedule that goes before its optimizer
                warnings.simplefilter("ignore")
            self.schedule.step()

    def state(self) -> dict[str, Any]:
        """All that a checkpoint must keep, by parameter name."""
        if self.optimizer is None:
            return {}
        schedule = self.schedule.state_dict() if self.schedule is not None else None
        return {
            "optimizer": state.optimizer_state(self.optimizer, self.names), "schedule": schedule, "kinds": self.kinds,
            "built": self.built, "curves": [name for name, _ in self.curves],
        }  # fmt: skip

    def load(self, saved: Mapping[str, Any]) -> None:
        """Continue from `state()`; the schedule was built before, so that the learning rate is the saved one.

        Options that the spec has changed since are the spec's. SpecError for another optimizer or schedule than the
        saved one.
        """
        if self.optimizer is None:
            return
        optimizer, schedule = saved["optimizer"], saved["schedule"]
        if "built" in saved:  # older checkpoints have none
            self._compare(saved)
            groups = _moved(optimizer["groups"], saved["built"]["groups"], self.built["groups"])
            if self.schedule is not None:
                groups = [{**group, "lr": old["lr"]} for group, old in zip(groups, optimizer["groups"], strict=True)]
            dropped = {name for name in saved["curves"] if name not in dict(self.curves)}
            for group, built in zip(groups, self.built["groups"], strict=True):
                group.update({name: built[name] for name in dropped})
            optimizer = {**optimizer, "groups": groups}
            schedule = _moved(schedule, saved["built"]["schedule"], self.built["schedule"])
        state.load_optimizer(self.optimizer, self.names, optimizer)
        if self.schedule is not None:
            self.schedule.load_state_dict(schedule)

    def _settings(self) -> dict[str, Any]:
        """What the spec alone decides of optimizer and schedule: all of them before the first step."""
        groups = [{k: v for k, v in g.items() if k not in state.IMPLEMENTATION} for g in self.optimizer.param_groups]
        schedule = self.schedule.state_dict() if self.schedule is not None else None
        return copy.deepcopy({"groups": groups, "schedule": schedule})

    def _compare(self, saved: Mapping[str, Any]) -> None:
        """Raise SpecError where the saved state would not mean what the spec says."""
        optimizer, schedule = saved["kinds"]
        told = ""
        if optimizer != self.kinds[0]:
            told = f"optimizer: the run goes on with {optimizer}, with which it began; only its options can change"
        elif schedule != self.kinds[1]:
            told = "schedule: the run goes on with the schedule with which it began; only its options can change"
        elif self.schedule is not None and _rates(self.built) != _rates(saved["built"]):
            told = "optimizer.lr: the schedule goes on from the learning rate with which it began"
        if told:
            raise SpecError(f"networks.{self.name}.{told}")


def _rates(built: Mapping[str, Any]) -> list[Any]:
    return [group.get("initial_lr") for group in built["groups"]]


def _moved(kept: Any, then: Any, now: Any) -> Any:
    """`kept`, which grew from `then`, with what differs in `now`."""
    if isinstance(kept, dict) and isinstance(then, dict) and isinstance(now, dict):
        return {key: _moved(value, then.get(key), now.get(key)) for key, value in kept.items()}
    if isinstance(kept, list) and isinstance(then, list) and isinstance(now, list) and len(kept) == len(now):
        return [_moved(*three) for three in zip(kept, then, now, strict=True)]
    return kept if then == now else now


def _curves(component: Any) -> list[tuple[str, Any]]:
    found = []
    for name in options(type(component)):
        value = getattr(component, name)
        entries = value if isinstance(value, (tuple, list)) else (value,)
        if any(is_component(entry) and hasattr(entry, "at") for entry in entries):
            found.append((name, value))
        elif is_component(value):
            found += _curves(value)
    return found


def _needs_closure(optimizer: Any) -> bool:
    closure = inspect.signature(optimizer.step).parameters.get("closure")
    return closure is not None and closure.default is inspect.Parameter.empty
