"""What a hook of a run may listen to; each event is a tuple of bound methods, made once before the first step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import attrs

EVENTS = {
    "on_start": "once, after the networks are built or restored, before the first step",
    "on_step": "after every step, with the step's last turn; a dictionary of numbers that it gives are figures",
    "on_evaluate": "after metrics were computed, with their figures",
    "on_checkpoint": "after a checkpoint is safely on disk, with its folder",
    "should_stop": "after every step; any True ends the run",
    "on_stop": "once, however the run ends, with the reason",
}


@attrs.frozen
class Events:
    """The listeners of one run in the spec's order."""

    on_start: tuple[Callable[..., Any], ...] = ()
    on_step: tuple[tuple[str, Callable[..., Any], int], ...] = ()
    on_evaluate: tuple[Callable[..., Any], ...] = ()
    on_checkpoint: tuple[Callable[..., Any], ...] = ()
    should_stop: tuple[tuple[str, Callable[..., Any], int], ...] = ()
    on_stop: tuple[Callable[..., Any], ...] = ()


def bind(hooks: Iterable[tuple[str, object, int]]) -> Events:
    """Collect the bound methods of hooks, each given as (name in the spec, hook, every)."""
    hooks = list(hooks)

    def plain(event: str) -> tuple[Callable[..., Any], ...]:
        return tuple(getattr(hook, event) for _, hook, _ in hooks if hasattr(hook, event))

    def timed(event: str) -> tuple[tuple[str, Callable[..., Any], int], ...]:
        return tuple((name, getattr(hook, event), every) for name, hook, every in hooks if hasattr(hook, event))

    return Events(
        plain("on_start"), timed("on_step"), plain("on_evaluate"), plain("on_checkpoint"), timed("should_stop"),
        plain("on_stop"),
    )
