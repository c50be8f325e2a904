"""Curves: numbers that change with the step, as functions of it alone."""

from __future__ import annotations

import bisect
import math
from typing import TYPE_CHECKING

from ganframe import component, option

if TYPE_CHECKING:
    from ganframe import Now


@component
class Stretch:
    """A way from one value to another within some steps: `start` before `begin`, `end` from `begin + steps` on."""

    start: float = option(doc="the value before and at `begin`", curve=True)
    end: float = option(doc="the value from `begin + steps` on", curve=True)
    steps: int = option(doc="how many steps the way takes", min=1, curve=True)
    begin: int = option(0, "the step at which the way begins", min=0, curve=True)

    def at(self, now: Now) -> float:
        """The value at this step."""
        share = (now.step - now(self.begin)) / now(self.steps)
        if share <= 0:
            return now(self.start)
        return now(self.end) if share >= 1 else self.between(share, now(self.start), now(self.end))

    def between(self, share: float, start: float, end: float) -> float:
        """The value where this share of the way, above 0 and below 1, is done."""
        raise NotImplementedError


@component
class Ramp(Stretch):
    """A straight line: start + (end - start) · t, t the share of `steps` done."""

    def between(self, share: float, start: float, end: float) -> float:
        """The value where this share of the way is done."""
        return start + (end - start) * share


@component
class Cosine(Stretch):
    """Half a cosine (SGDR, arXiv:1608.03983, eq. 5): end + (start - end) · (1 + cos(pi · t)) / 2, t the share done."""

    def between(self, share: float, start: float, end: float) -> float:
        """The value where this share of the way is done."""
        return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


@component
class Exponential(Stretch):
    """Equal factors in equal times: start · (end / start)^t, t the share done; both ends of one sign and not 0."""

    def __attrs_post_init__(self) -> None:
        ends = (self.start, self.end)
        if all(isinstance(value, (int, float)) for value in ends) and self.start * self.end <= 0:
            raise ValueError("'start' and 'end' must have the same sign and not be 0")

    def between(self, share: float, start: float, end: float) -> float:
        """The value where this share of the way is done."""
        if start * end <= 0:
            raise ValueError(f"'start' and 'end' must have the same sign and not be 0; they are {start} and {end}")
        return start * (end / start) ** share


@component
class Logistic(Stretch):
    """DANN's schedule (arXiv:1505.07818, eq. 14): start + (end - start) · (2 / (1 + exp(-steepness · t)) - 1).

    Steep at first, then flat; t the share done. At the end `end` itself (the formula lacks 1e-4 there).
    """

    steepness: float = option(10.0, "the paper's gamma", min=1e-6)

    def between(self, share: float, start: float, end: float) -> float:
        """The value where this share of the way is done."""
        return start + (end - start) * (2 / (1 + math.exp(-self.steepness * share)) - 1)


class Breaks(tuple[int, ...]):
    """The steps at which a piecewise constant curve changes; called, the value at a moment.

    The curve's option and its method bear one name, `at`, so the option's value is the method too.
    """

    values: tuple[float, ...]

    def __new__(cls, at: tuple[int, ...], values: tuple[float, ...]) -> Breaks:
        self = super().__new__(cls, at)
        self.values = values
        return self

    def __call__(self, now: Now) -> float:
        return now(self.values[bisect.bisect_right(self, now.step)])


class Curve:
    """What every curve has."""

    def at(self, now: Now) -> float:
        """The value at this step."""
        raise NotImplementedError


@component
class Steps(Curve):
    """Constant pieces: values[0] before step at[0], values[1] from there on until at[1], … and the last for ever."""

    examples = ({"options": {"values": (1.0, 0.1, 0.01), "at": (10, 1000)}},)

    values: tuple[float, ...] = option(doc="one value more than `at` has steps", curve=True)
    at: tuple[int, ...] = option(doc="the steps at which the next value begins, ascending", min=0)

    def __attrs_post_init__(self) -> None:
        if len(self.values) != len(self.at) + 1:
            raise ValueError(f"'values' must have one entry more than 'at', not {len(self.values)} and {len(self.at)}")
        if list(self.at) != sorted(set(self.at)):
            raise ValueError(f"'at' must ascend, not {list(self.at)}")
        object.__setattr__(self, "at", Breaks(self.at, self.values))


@component
class HalfLife:
    """The decay of a moving average with a half-life in images or in steps, for `ema` (StyleGAN2-ADA's training loop).

    0.5 ^ (batch size / images), or 0.5 ^ (1 / steps). With `rampup` r above 0 the half-life is at most r times the
    images (or steps) so far. Exactly one of `images` and `steps` is given.
    """

    examples = (
        {"options": {"images": 10_000.0, "rampup": 0.05}},
        {"options": {"steps": 500.0}},
    )  # fmt: skip

    images: float | None = option(None, "half-life in real images", min=0.0, curve=True)
    steps: float | None = option(None, "half-life in steps", min=0.0, curve=True)
    rampup: float = option(0.0, "above 0: the half-life is at most this share of the run so far", min=0.0, curve=True)

    def __attrs_post_init__(self) -> None:
        if (self.images is None) == (self.steps is None):
            raise ValueError("give either 'images' or 'steps'")

    def at(self, now: Now) -> float:
        """The share of the average that is kept at this step."""
        if self.images is not None:
            return 0.5 ** (now.batch_size / self._limited(now, now(self.images), now.images))
        return 0.5 ** (1 / self._limited(now, now(self.steps), now.step))

    def _limited(self, now: Now, half_life: float, so_far: int) -> float:
        rampup = now(self.rampup)
        return max(min(half_life, so_far * rampup) if rampup > 0 else half_life, 1e-8)


CURVES: list[type] = [Ramp, Cosine, Exponential, Logistic, Steps, HalfLife]
