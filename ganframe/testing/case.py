"""The ways to make a component that its laws are tried on: the author's examples first, then drawn options."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import attrs
from hypothesis import HealthCheck, Phase, given, settings

from ganframe.component import options
from ganframe.testing import strategies
from ganframe.testing.judge import REFUSALS, Refused


@attrs.frozen
class Case:
    """A class, the options to make it with, and what its example says besides (shapes of wires, a field).

    `notes` is what laws found out of an example, for the drawn cases that follow it.
    """

    kind: str
    cls: type
    options: dict[str, Any] = attrs.field(factory=dict)
    given: dict[str, Any] = attrs.field(factory=dict)
    drawn: bool = False
    notes: dict[str, Any] = attrs.field(factory=dict)

    def make(self) -> Any:
        """The component. Raises Refused where the class refuses the options."""
        try:
            return self.cls(**self.options)
        except REFUSALS as error:
            raise Refused(f"{self.cls.__name__} cannot be made: {error}") from error

    def __str__(self) -> str:
        return ", ".join(f"{name} = {value!r}" for name, value in self.options.items()) or "all defaults"


def cases(kind: str, cls: type, folder: Path, size: int = 4) -> list[Case]:
    """The author's examples, or else one case with required options filled in (numbers by `size`).

    `examples` is a tuple of tables: `options`, and what the kind's laws read besides. A class that needs files has
    `example(cls, folder) -> dict[str, Any]`, a class method that writes them into the folder and returns options.
    """
    examples = getattr(cls, "examples", ())
    if examples:
        return [_example(kind, cls, dict(one)) for one in examples]
    if inspect.ismethod(getattr(cls, "example", None)):
        return [Case(kind, cls, dict(cls.example(folder)))]  # type: ignore[attr-defined]
    return [_example(kind, cls, {}, size)]


def _example(kind: str, cls: type, said: dict[str, Any], size: int = 4) -> Case:
    given_options = dict(said.pop("options", {}))
    required = [a for name, a in options(cls).items() if a.default is attrs.NOTHING and name not in given_options]
    return Case(kind, cls, given_options | {a.name: strategies.least(a, size) for a in required}, said)


def explore(case: Case, max_examples: int, judge: Any) -> None:
    """Judge the case again with options drawn by hypothesis, the same ones every time."""
    fixed = frozenset(case.options) if hasattr(case.cls, "examples") or hasattr(case.cls, "example") else frozenset()
    strategy = strategies.drawn(case.cls, case.options, fixed)
    if strategy is None or max_examples < 1:
        return

    @settings(
        max_examples=max_examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def try_options(drawn: dict[str, Any]) -> None:
        judge(attrs.evolve(case, options=drawn, drawn=True))

    try_options()
