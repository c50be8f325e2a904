"""Laws of curves: a pure function of the moment."""

from __future__ import annotations

import math
from typing import Any

from ganframe.now import Now
from ganframe.testing.case import Case, cases
from ganframe.testing.judge import require

__all__ = ["LAWS", "cases", "subject"]

MOMENTS = (0, 1, 2, 10, 99, 1000, 10**6)


def subject(case: Case) -> tuple[Case, Any]:
    """The case and its curve."""
    return case, case.make()


def _at(curve: Any, step: int) -> float:
    return float(curve.at(Now(step=step, images=64 * step, batch_size=64)))


def values_are_numbers(s: tuple[Case, Any]) -> None:
    """Finite floats at every step."""
    for step in MOMENTS:
        value = s[1].at(Now(step=step, images=64 * step, batch_size=64))
        fine = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        require(fine, f"the value at step {step} is {value!r}, not a finite float")


def it_has_no_memory(s: tuple[Case, Any]) -> None:
    """The value at a step is the same whatever was asked before, and for another curve of the same options."""
    case, curve = s
    there = [_at(curve, step) for step in MOMENTS]
    back = [_at(curve, step) for step in reversed(MOMENTS)][::-1]
    fresh = case.make()
    alone = [_at(fresh, step) for step in reversed(MOMENTS)][::-1]
    require(there == back == alone, "its values hang on what was asked before")


LAWS = (values_are_numbers, it_has_no_memory)
