"""A loss with logits, tensors, a moment and a game to try it on."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe.component import options
from ganframe.now import Now
from ganframe.testing import game
from ganframe.testing.case import Case
from ganframe.testing.every import written
from ganframe.testing.judge import REFUSALS, Refused, finite, generator
from ganframe.testing.layer_case import Input
from ganframe.testing.world import worlds

#: Shapes that wires are tried with where no example gives them: vectors, series, pictures.
GUESSES = ((5,), (6, 5), (3, 8, 8))
METHODS = ("discriminator", "generator", "term")
ROWS = 6

#: Logits that a loss is tried with: of usual ones one a row, of any size also without an axis and by patches.
LOGITS = ((1,), (), (1, 4, 4))

Tensors = dict[str, Tensor]


class Engine(AttributeError):
    """A method wants more of its step than the kit can give it by itself."""


class Moment:
    """Stands for the step of a method that reads nothing of it but the time, its state and random numbers."""

    def __init__(self, component: Any, rows: int) -> None:
        self.now = Now(0, 0, rows, "run", torch.device("cpu"), generator(2))
        self.index, self.rows, self.drew, self._component = 0, rows, False, component

    def __getattr__(self, name: str) -> Any:
        if name == "rng":
            self.drew = True
            return self.now.rng
        if name != "state":
            raise Engine(name)
        try:
            self.state = self._component.state(worlds()[0].fields()) if hasattr(self._component, "state") else {}
        except REFUSALS as error:
            raise Engine(str(error)) from error
        return self.state


@attrs.frozen
class Method:
    """A bound method that gives a scalar, and what it is given: logits and wires, and a moment if it wants one."""

    component: Any
    bound: Callable[..., Any]
    takes: frozenset[str]

    def __call__(self, **tensors: Tensor) -> Any:
        """Its value. Raises Engine where it wants a whole step."""
        return self.told(**tensors)[0]

    def told(self, **tensors: Tensor) -> tuple[Any, bool]:
        """Its value, and whether it drew random numbers."""
        moment = Moment(self.component, len(next(iter(tensors.values()))))
        wants = "step" in inspect.signature(self.bound).parameters
        return self.bound(**tensors, **({"step": moment} if wants else {})), moment.drew


@attrs.frozen
class Subject:
    """A loss and what its wires hold; `uniform` wires lie between 0 and 1, the others are standard normal.

    `shape` is that of its logits, where an example gives it; without one it takes any.
    """

    case: Case
    component: Any
    wires: dict[str, Input]
    uniform: bool
    shape: tuple[int, ...] | None = None
    methods: dict[str, Method] = attrs.field(factory=dict)

    def of_logits(self) -> dict[str, Method]:
        """The methods that are given logits, and perhaps wires."""
        return {name: m for name, m in self.methods.items() if m.takes & {"real", "fake"}}

    def of_wires(self) -> dict[str, Method]:
        """The methods that are given their own wires alone."""
        return {name: m for name, m in self.methods.items() if not m.takes & {"real", "fake"}}

    def draw(self, seed: int = 1) -> Tensors:
        """Values of the wires."""
        found = {}
        for k, (name, wire) in enumerate(self.wires.items()):
            value = wire.draw(ROWS, seed + k)
            normal = value.is_floating_point() and not self.uniform
            found[name] = value if normal or not value.is_floating_point() else value.sigmoid()
        return found

    def given(self, method: Method, fake: Tensor | None = None, real: Tensor | None = None) -> Tensors:
        """Arguments of a method: these logits (usual ones where left out; the fake ones flipped), and its wires."""
        fake = self.logits(1) if fake is None else fake
        every = {**self.draw(), "fake": fake, "real": fake.flip(0) if real is None else real}
        return {name: every[name] for name in every if name in method.takes}

    def logits(self, seed: int) -> Tensor:
        """Logits of usual size."""
        return 2 * torch.randn(ROWS, *(self.shape or LOGITS[0]), generator=generator(seed))

    def game(self) -> game.Table | None:
        """The table of `[losses.it]` for a game, or None where TOML cannot hold its options by themselves."""
        return written(self.component)


def subject(case: Case) -> Subject:
    """The loss with values for its wires: an example's, or the first guess it takes. Raises Refused where none fits."""
    component = case.make()
    names = [n for n, a in options(case.cls).items() if a.metadata.get("wire") and getattr(component, n) is not None]
    shapes = [tuple(case.given[side]) for side in ("real", "fake") if side in case.given]
    given = {name: Input.of(case.given[name]) for name in names if name in case.given}
    open_names = [name for name in names if name not in given]
    said = ""
    for shape, codes, uniform in itertools.product(GUESSES, (None, shape_of_codes, tuple), (True, False)):
        guess = {name: Input(shape) for name in open_names}
        if codes is not None and len(open_names) > 1:
            guess[open_names[-1]] = Input(codes(shape), torch.int64, shape[-1])
        made = Subject(case, component, {n: (given | guess)[n] for n in names}, uniform, (*shapes, None)[0])
        try:
            return attrs.evolve(made, methods=dict(_usable(made)))
        except REFUSALS as error:
            said = str(error)
            if not names:
                raise
    raise Refused(f"no values suit its wires {', '.join(names)} ({said}): add `examples` that give their shapes")


def _usable(made: Subject) -> Iterator[tuple[str, Method]]:
    """The methods that can be tried without the engine. Raises where the wires' values do not suit one of them."""
    for name in METHODS:
        bound = getattr(made.component, name, None)
        if bound is None:
            continue
        takes = frozenset(inspect.signature(bound).parameters) - {"step"}
        if not takes or not takes <= {"real", "fake", *made.wires}:
            continue
        method = Method(made.component, bound, takes)
        try:
            value = method(**made.given(method))
        except Engine:
            continue
        if made.wires and not finite(value):
            raise ValueError("a value is not finite")
        yield name, method


def shape_of_codes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """One code in place of the last axis."""
    return shape[:-1]


def spread_logits(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """Logits from -90 to 90."""
    return torch.linspace(-90, 90, ROWS * max(1, int(torch.tensor(shape).prod()))).view(ROWS, *shape).to(dtype)
