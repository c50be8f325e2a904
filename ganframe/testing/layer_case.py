"""A layer with inputs to try it on: from its examples, or the first standard shape that it builds for."""

from __future__ import annotations

import inspect
import itertools
from pathlib import Path
from typing import Any

import attrs
import torch
from torch import Tensor, nn

from ganframe.component import Shape
from ganframe.testing.case import Case
from ganframe.testing.case import cases as plain_cases
from ganframe.testing.judge import (
    REFUSALS,
    Refused,
    Violation,
    generator,
    require,
    reseed,
    tensors,
)

#: What a layer without examples is tried on: vectors, pictures, sequences, volumes, tokens.
STANDARD: tuple[Any, ...] = ((16,), (4, 8, 8), (6, 12), (4, 16), (2, 4, 8, 8), ("int64", (6,), 4))


@attrs.frozen
class Input:
    """One tensor that a component takes: shape without the batch dimension, dtype, and for integers the bound."""

    shape: tuple[int, ...]
    dtype: torch.dtype = torch.float32
    high: int = 2

    @classmethod
    def of(cls, said: Any) -> Input:
        """From an example's `(8, 4, 4)`, `("int64", (20,), 100)` or `("bool", (20,))`."""
        if said and isinstance(said[0], str):
            return cls(tuple(said[1]), getattr(torch, said[0]), *said[2:])
        return cls(tuple(said))

    def draw(self, rows: int, seed: int) -> Tensor:
        """Standard normal floats, uniform integers, or booleans whose first entry of a row is true."""
        rng = generator(seed)
        if self.dtype == torch.bool:
            values = torch.rand(rows, *self.shape, generator=rng) < 0.7
            values.view(rows, -1)[:, 0] = True
            return values
        if self.dtype.is_floating_point:
            return torch.randn(rows, *self.shape, generator=rng, dtype=self.dtype)
        return torch.randint(self.high, (rows, *self.shape), generator=rng, dtype=self.dtype)


@attrs.frozen
class Subject:
    """A layer and the inputs of its forward in order; None stands for an optional one left out."""

    component: Any
    inputs: tuple[Input | None, ...]

    def build(self, seed: int = 0) -> nn.Module:
        """The module, its weights drawn under the seed."""
        reseed(seed)
        module = self.component.build(*[None if i is None else Shape(i.shape, i.dtype) for i in self.inputs])
        if not isinstance(module, nn.Module):
            raise Violation(f"build gives {type(module).__name__}, not an nn.Module")
        return module

    def draw(self, rows: int, seed: int = 1) -> list[Tensor | None]:
        """Inputs of that many rows."""
        return [None if i is None else i.draw(rows, seed + k) for k, i in enumerate(self.inputs)]

    def meta(self, rows: int, training: bool) -> list[Tensor]:
        """The outputs on the meta device, as the compiler infers shapes."""
        with torch.device("meta"):
            module = self.build().train(training)
            args = [None if i is None else torch.empty(rows, *i.shape, dtype=i.dtype) for i in self.inputs]
            return tensors(module(*args))

    def names(self) -> list[str]:
        """The names of the inputs; further entries of `*more` are numbered."""
        known = [p.name for p in inspect.signature(self.component.build).parameters.values()]
        return [known[i] if i < len(known) else f"{known[-1]}[{i - len(known) + 1}]" for i in range(len(self.inputs))]

    def says(self, flag: str) -> Any:
        """A class attribute of the layer such as `random`, False where it has none."""
        return getattr(self.component, flag, False)

    @property
    def batches(self) -> tuple[int, int]:
        """Batch sizes to try; a layer that folds rows gets whole groups."""
        return (4, 8) if self.says("changes_rows") else (2, 5)


def cases(kind: str, cls: type, folder: Path) -> list[Case]:
    """The examples, or the first standard shape that the layer builds for. Raises LookupError where none fits."""
    if getattr(cls, "examples", ()):
        return plain_cases(kind, cls, folder)
    said = []
    for size, x in itertools.product((4, 2, 1), STANDARD):
        (plain,) = plain_cases(kind, cls, folder, size)
        case = attrs.evolve(plain, given={"x": x})
        try:
            made = subject(case)
            made.meta(made.batches[-1], training=True)
            return [case]
        except Exception as error:
            said.append(f"{x}: {' '.join(str(error).split())[:120]}")
    tried = "; ".join(said[: len(STANDARD)])
    raise LookupError(f"it builds for no standard input; add `examples = ({{'x': (8, 4, 4)}},)`; tried {tried}")


def subject(case: Case) -> Subject:
    """The layer with its inputs. Raises Refused where options and shapes do not go together."""
    component = case.make()
    made = Subject(component, _inputs(component, case.given))
    if case.drawn:
        try:
            made.meta(made.batches[-1], training=True)
            if any(i is not None and not i.dtype.is_floating_point for i in made.inputs):
                made.build()(*made.draw(made.batches[-1]))  # whether these codes suit only the values can tell
        except REFUSALS as error:
            raise Refused(str(error)) from error
    return made


def _inputs(component: Any, given: dict[str, Any]) -> tuple[Input | None, ...]:
    """The inputs an example gives, in the order of build's parameters."""
    first, *others = inspect.signature(component.build).parameters.values()
    left = dict(given)
    wires: list[Input | None] = [Input.of(left.pop(first.name, None) or left.pop("x"))]
    for parameter in others:
        if parameter.kind is parameter.VAR_POSITIONAL:
            wires += [Input.of(one) for one in left.pop(parameter.name, ())]
        elif parameter.name in left:
            wires.append(Input.of(left.pop(parameter.name)))
        elif parameter.default is None:
            wires.append(None)
        else:
            raise Violation(f"its examples must give the wire '{parameter.name}'")
    require(not left, f"its examples give {', '.join(left)}, which build does not take")
    while wires[-1] is None:
        wires.pop()
    return tuple(wires)
