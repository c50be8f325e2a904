"""The schedulers of torch.optim.lr_scheduler."""

from __future__ import annotations

from typing import Any

from torch.optim import Optimizer, lr_scheduler
from torch.optim.lr_scheduler import LRScheduler

from ganframe import option
from ganframe_torch import leftout, signature
from ganframe_torch.classes import Wrapped, make, usable


class Schedule(Wrapped):
    """A class of torch.optim.lr_scheduler."""

    def build(self, optimizer: Optimizer) -> LRScheduler:
        """The schedule of this optimizer's learning rate, stepped once a step."""
        return self._torch(optimizer=optimizer, **self.arguments())


class Composed(Schedule):
    """A schedule made of schedules."""

    def build(self, optimizer: Optimizer) -> LRScheduler:
        """The schedule of this optimizer's learning rate, made of the `schedulers`."""
        parts = [part.build(optimizer) for part in self.schedulers]
        return self._torch(optimizer=optimizer, schedulers=parts, **self.arguments())


def schedule(cls: type[LRScheduler]) -> type:
    """The schedule component of a class of torch.optim.lr_scheduler."""
    found = usable(signature.arguments(cls.__init__), cls.__name__)
    path = f"torch.optim.lr_scheduler.{cls.__name__}"
    rest = [a for a in found if a.name != "schedulers"]
    if len(rest) == len(found):
        return make(Schedule, cls, cls.__name__, path, found)
    parts = option(doc="the schedules it is made of", kind="schedule")
    return make(Composed, cls, cls.__name__, path, rest, fields={"schedulers": (tuple[Any, ...], parts)})


def with_examples(schedules: list[type]) -> list[type]:
    """The schedules, those whose options hang on each other with an example for the conformance kit."""
    named = {cls.__name__: cls for cls in schedules}
    named["OneCycleLR"].examples = ({"options": {"max_lr": 0.2, "total_steps": 100}},)
    parts = (named["LinearLR"](), named["CosineAnnealingLR"](T_max=20))
    named["SequentialLR"].examples = ({"options": {"schedulers": parts, "milestones": (5,)}},)
    return schedules


SCHEDULES = with_examples([
    schedule(cls)
    for cls in vars(lr_scheduler).values()
    if isinstance(cls, type) and issubclass(cls, LRScheduler) and cls.__name__ not in leftout.LEFT_OUT_OF_SCHEDULES
])  # fmt: skip
