"""The two sides of the game: what each trains in its turns, and which terms are due in a step."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import torch

from ganframe.optimize import Owner
from ganframe.terms import Term


@attrs.frozen(eq=False)
class Due:
    """The terms of a turn, sorted by what they do in it; made once for every set of terms that comes due together."""

    terms: tuple[Term, ...]
    evaluated: tuple[Term, ...]
    marking: tuple[Term, ...]
    preparing: tuple[Term, ...]
    following: tuple[Term, ...]

    @classmethod
    def of(cls, terms: Iterable[Term]) -> Due:
        """Sort terms."""
        terms = tuple(terms)
        return cls(
            terms, tuple(t for t in terms if t.method is not None), tuple(t for t in terms if t.marks),
            tuple(t for t in terms if t.prepare is not None), tuple(t for t in terms if t.after is not None),
        )  # fmt: skip


@attrs.define(eq=False)
class Side:
    """What one side's turns of a stretch train, all resolved before the first step."""

    name: str
    trained: tuple[str, ...]
    parameters: dict[str, list[torch.nn.Parameter]]
    resting: list[torch.nn.Parameter]
    owners: list[Owner]
    terms: list[Term]
    clip: float
    awake: list[torch.nn.Parameter] = attrs.field(init=False)
    wants_closure: bool = attrs.field(init=False)
    _periods: tuple[int, ...] = attrs.field(init=False)
    _due: dict[tuple[bool, ...], Due] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.awake = [p for name in self.trained for p in self.parameters[name]]
        self.wants_closure = any(owner.wants_closure for owner in self.owners)
        self._periods = tuple({term.every for term in self.terms if term.every > 1})

    def of(self, trains: Iterable[str]) -> list[torch.nn.Parameter]:
        """The parameters of these networks."""
        return [p for name in trains for p in self.parameters[name]]

    def due(self, step: int) -> Due:
        """The terms of this step: lazy ones every so many."""
        key = tuple(step % every == 0 for every in self._periods)
        if key not in self._due:
            self._due[key] = Due.of(term for term in self.terms if step % term.every == 0)
        return self._due[key]
