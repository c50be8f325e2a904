"""A loss with logits, tensors and a game to try it on."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe.component import options
from ganframe.testing import game
from ganframe.testing.case import Case
from ganframe.testing.every import written
from ganframe.testing.judge import REFUSALS, Refused, finite, generator
from ganframe.testing.layer_case import Input

#: Shapes that wires are tried with where no example gives them: vectors, series, pictures.
GUESSES = ((5,), (6, 5), (3, 8, 8))
METHODS = ("discriminator", "generator", "term")
ROWS = 6

Tensors = dict[str, Tensor]


@attrs.frozen
class Subject:
    """A loss and what its wires hold; `uniform` wires lie between 0 and 1, the others are standard normal."""

    case: Case
    component: Any
    wires: dict[str, Input]
    uniform: bool

    def methods(self) -> dict[str, Callable[..., Any]]:
        """Its bound methods that give a scalar."""
        return {name: getattr(self.component, name) for name in METHODS if hasattr(self.component, name)}

    def of_logits(self) -> dict[str, Callable[..., Any]]:
        """The methods that are given logits and nothing else."""
        return {name: m for name, m in self.methods().items() if 0 < len(asks(m)) == len(asks(m) & {"real", "fake"})}

    def of_wires(self) -> dict[str, Callable[..., Any]]:
        """The methods that are given their own wires and nothing else."""
        return {name: m for name, m in self.methods().items() if asks(m) and asks(m) <= set(self.wires)}

    def draw(self, seed: int = 1) -> Tensors:
        """Values of the wires."""
        found = {}
        for k, (name, wire) in enumerate(self.wires.items()):
            value = wire.draw(ROWS, seed + k)
            normal = value.is_floating_point() and not self.uniform
            found[name] = value if normal or not value.is_floating_point() else value.sigmoid()
        return found

    def game(self) -> game.Table | None:
        """The table of `[losses.it]` for a game, or None where TOML cannot hold its options by themselves."""
        return written(self.component)


def asks(method: Callable[..., Any]) -> set[str]:
    """What a method is given: the names of its parameters."""
    return set(inspect.signature(method).parameters)


def logits(method: Callable[..., Any], values: Tensor, other: Tensor | None = None) -> Tensors:
    """Arguments of a method of logits: `fake`, and `real` (the same rows, or the other ones)."""
    every = {"fake": values, "real": values.flip(0) if other is None else other}
    return {name: every[name] for name in asks(method)}


def subject(case: Case) -> Subject:
    """The loss with values for its wires: an example's, or the first guess it takes. Raises Refused where none fits."""
    component = case.make()
    names = [n for n, a in options(case.cls).items() if a.metadata.get("wire") and getattr(component, n) is not None]
    if not names:
        return Subject(case, component, {}, False)
    given = {name: Input.of(case.given[name]) for name in names if name in case.given}
    open_names = [name for name in names if name not in given]
    said = ""
    for shape, codes, uniform in itertools.product(GUESSES, (None, shape_of_codes, tuple), (True, False)):
        guess = {name: Input(shape) for name in open_names}
        if codes is not None and len(open_names) > 1:
            guess[open_names[-1]] = Input(codes(shape), torch.int64, shape[-1])
        made = Subject(case, component, {name: (given | guess)[name] for name in names}, uniform)
        try:
            drawn = made.draw()
            if all(finite(m(**{n: drawn[n] for n in asks(m)})) for m in made.of_wires().values()):
                return made
            said = "a value is not finite"
        except REFUSALS as error:
            said = str(error)
    raise Refused(f"no values suit its wires {', '.join(names)} ({said}): add `examples` that give their shapes")


def shape_of_codes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """One code in place of the last axis."""
    return shape[:-1]


def spread_logits(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """Logits from -90 to 90."""
    return torch.linspace(-90, 90, ROWS * max(1, int(torch.tensor(shape).prod()))).view(ROWS, *shape).to(dtype)


def some_logits(seed: int, rows: int = ROWS) -> Tensor:
    """Logits of usual size (rows, 1)."""
    return 2 * torch.randn(rows, 1, generator=generator(seed))
