"""Laws of hooks: events that exist, and a run that goes on as if nobody watched."""

from __future__ import annotations

import functools
import inspect
import tempfile
from pathlib import Path
from typing import Any

from torch import Tensor

from ganframe.errors import did_you_mean
from ganframe.events import EVENTS
from ganframe.testing import game
from ganframe.testing.case import Case, cases
from ganframe.testing.every import written
from ganframe.testing.judge import require, same_bits

__all__ = ["LAWS", "cases", "subject"]

#: What each event hands over beside the run.
ARGUMENTS = {
    "on_start": (), "on_step": ("step",), "on_evaluate": ("figures",), "on_checkpoint": ("path",), "should_stop": (),
    "on_stop": ("reason",),
}  # fmt: skip


def subject(case: Case) -> Any:
    """The hook."""
    return case.make()


def events_are_declared(hook: Any) -> None:
    """Its public methods are events, and take what the event hands over."""
    for name, method in inspect.getmembers(hook, inspect.ismethod):
        if name not in EVENTS:
            require(not name.startswith(("on_", "should_")), f"'{name}' is no event{did_you_mean(name, EVENTS)}")
            continue
        try:
            inspect.signature(method).bind(None, *[None for _ in ARGUMENTS[name]])
        except TypeError as error:
            require(False, f"{name} must take (run{''.join(f', {a}' for a in ARGUMENTS[name])}): {error}")


def every_is_a_number_of_steps(hook: Any) -> None:
    """`every`, where the class has it, is a whole number of steps from 1."""
    every = getattr(hook, "every", 1)
    require(type(every) is int and every >= 1, f"`every` is {every!r}, not a number of steps")


def training_goes_on_the_same(hook: Any) -> None:
    """A run with it, asked at every step, trains the same bits as one without it."""
    table = written(hook)
    if table is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        spec = game.watched() | {"hooks": {"it": table | {"every": 1}}}
        run = game.run(spec, game.registry("hook", type(hook)), Path(folder) / "with")
        whole = run.step == run.steps
        require(not whole or same_bits(run.model.tensors(), _unwatched()), "the run trains other weights with it")


@functools.cache
def _unwatched() -> dict[str, Tensor]:
    with tempfile.TemporaryDirectory() as folder:
        known = game.registry("dataset", game.KitPoints)
        return game.run(game.watched(), known, Path(folder) / "without").model.tensors()


LAWS = (events_are_declared, every_is_a_number_of_steps, training_goes_on_the_same)
