"""How fast a run goes."""

from __future__ import annotations

import time

import attrs


@attrs.define(eq=False)
class Pace:
    """Steps a second since the last look, and the whole time."""

    began: float
    first: int
    _looked: float
    _step: int

    @classmethod
    def at(cls, step: int) -> Pace:
        """A pace that starts now, at this many finished steps."""
        moment = time.monotonic()
        return cls(moment, step, moment, step)

    def look(self, step: int) -> float:
        """Steps a second since the last look; over the whole time where no step was made since."""
        moment = time.monotonic()
        if step > self._step and moment > self._looked:
            rate = (step - self._step) / (moment - self._looked)
            self._step, self._looked = step, moment
            return rate
        return self.mean(step)

    def mean(self, step: int) -> float:
        """Steps a second over the whole time."""
        seconds = self.seconds()
        return (step - self.first) / seconds if seconds > 0 else 0.0

    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began
