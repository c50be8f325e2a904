"""What goes wrong in a game, in plain words."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from ganframe import component, option

if TYPE_CHECKING:
    from ganframe import Run, Step
    from ganframe_gan.hooks.looks import Look

#: Shares of rows on the right side from which a discriminator separates everything.
ALL = 0.99
#: A spread below this share of the data's is next to none, one above this many times it is too wide.
ALIKE, WIDE = 0.1, 5.0
#: A generator's gradient below this is none; one this many times the median of the looks so far has run away.
NONE, AWAY = 1e-6, 100.0
#: Steps between two sentences.
PAUSE = 1000


@component
class Watch:
    """Says what is wrong with a game and what to change: one sentence at most in a thousand steps.

    Looks every `every` steps at the logits, samples and gradients of the step just taken, at next to no cost, and says
    what held at `patience` looks in a row: samples that all look alike (spread below a tenth of the data's) or are too
    wide (above five times it), a discriminator that gives every row one number or separates everything (99 % of both
    sides; a critic, whose loss goes below zero, is meant to), a generator without gradient, gradients that ran away
    (a hundred times their median). It says so again while that lasts, ever more rarely.
    """

    every = 500
    patience: int = option(4, "looks in a row, `every` steps apart, at which a fault must show", min=1)

    @cached_property
    def _memory(self) -> Memory:
        return Memory(self.patience)

    def on_step(self, run: Run, step: Step) -> None:
        """Look at every pair of the step's last turn, and say the gravest fault that is to be told."""
        from ganframe_gan.hooks.looks import looks

        if step is None:
            return
        memory = self._memory
        memory.critic |= any(value < 0 for name, value in run.values().items() if ".discriminator" in name)
        lasting = [fault for look in looks(step) for fault in memory.lasting(run.step, faults(look, memory))]
        if lasting and run.step >= memory.silent_until:
            fault = lasting[0]
            lasted = f"{fault.evidence}for {run.step - memory.since[fault.key]} steps"
            print(f"step {run.step}: {fault.what} ({lasted}); {advice(run, fault.change)}", file=sys.stderr, flush=True)
            memory.told(fault, run.step + PAUSE)


@attrs.frozen
class Fault:
    """A fault that may show at a look: a key that tells it from others, what is wrong, by which number, what to try."""

    key: str
    holds: bool
    what: str
    evidence: str
    change: str


def faults(look: Look, memory: Memory) -> Iterator[Fault]:
    """Every fault there may be, the gravest first, and whether this look shows it."""
    g, d = look.generator, look.discriminator
    yield Fault(
        f"alike {g}", look.spread < ALIKE, f"the samples of the {g} all look alike",
        f"{100 * look.spread:.1f} % of the real spread ", "try {R1}, a lower lr or an earlier checkpoint",
    )
    yield Fault(
        f"equal {d}", look.equal, f"the {d} gives every row the same number", "",
        "its units may have died: try LeakyReLU or a lower lr",
    )
    yield Fault(
        f"separates {d}", look.accuracy >= ALL and not memory.critic, f"the {d} separates everything",
        f"accuracy {look.accuracy:.2f} ", "try {R1}, a lower lr or augmentation",
    )
    for name, norm in look.gradients.items():
        usual = memory.usual(name, norm)
        yield Fault(
            f"away {name}", norm > AWAY * usual, f"the gradients of the {name} have run away",
            f"{norm / usual:.0f} times their usual norm ", "try run.clip_grad_norm or a lower lr",
        )
    yield Fault(
        f"still {g}", look.gradients[g] < NONE, f"the {g} has no gradient to learn from",
        f"norm {look.gradients[g]:.1g} ", "try {R1}, a lower lr of the discriminator or another loss",
    )
    yield Fault(
        f"still {d}", look.gradients.get(d) == 0, f"the gradient of the {d} is exactly zero", "",
        "its loss is saturated: try {R1}, a lower lr or another loss",
    )
    yield Fault(
        f"wide {g}", look.spread > WIDE, f"the samples of the {g} are too wide",
        f"{look.spread:.1f} times the real spread ", "end it with Tanh for pictures, or try a lower lr",
    )


def advice(run: Run, change: str) -> str:
    """What to change, with the penalty for `{R1}`; one that the spec has already is to be made larger."""
    losses = run.plan.parts.losses.items()
    there = next((name for name, loss in losses if getattr(loss.component, "differentiates", ())), None)
    return change.format(R1="R1" if there is None else f"a larger losses.{there}.weight")


@attrs.define(eq=False)
class Memory:
    """How often in a row each fault showed, since when, and at which count it is told next."""

    patience: int
    critic: bool = False
    silent_until: int = 0
    since: dict[str, int] = attrs.field(factory=dict)
    _streaks: dict[str, int] = attrs.field(factory=dict)
    _due: dict[str, int] = attrs.field(factory=dict)
    _norms: dict[str, list[float]] = attrs.field(factory=dict)

    def lasting(self, step: int, found: Iterator[Fault]) -> list[Fault]:
        """Count one look; the faults that have lasted long enough to be told."""
        lasted = []
        for fault in found:
            self._streaks[fault.key] = self._streaks.get(fault.key, 0) + 1 if fault.holds else 0
            if not fault.holds:
                self.since[fault.key] = step
            elif self._streaks[fault.key] >= self._due.setdefault(fault.key, self.patience):
                lasted.append(fault)
            self.since.setdefault(fault.key, 0)
        return lasted

    def told(self, fault: Fault, silent_until: int) -> None:
        """Say nothing until then, and wait twice as long until this fault is told again."""
        self.silent_until = silent_until
        self._due[fault.key] = 2 * self._streaks[fault.key]

    def usual(self, network: str, norm: float) -> float:
        """The median norm of a network's gradients so far, infinite until `patience` of them are known."""
        kept = self._norms.setdefault(network, [])
        usual = (len(kept) >= self.patience and statistics.median(kept)) or float("inf")
        if norm == norm:
            kept.append(norm)
        return usual
