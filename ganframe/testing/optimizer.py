"""Laws of optimizers: they descend, repeat themselves, and go on exactly from a saved state."""

from __future__ import annotations

import copy
import math
from typing import Any

import attrs
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganframe.testing.case import Case, cases
from ganframe.testing.judge import (
    REFUSALS,
    Refused,
    require,
    reseed,
    same_bits,
)

__all__ = ["LAWS", "cases", "subject"]

#: Parameters of a convex quadratic; an optimizer for matrices alone gets only the first.
SHAPES = ((4, 3), (5,))


@attrs.define(eq=False)
class Bowl:
    """A convex quadratic around zero and an optimizer on it; its gradients may be sparse, as an embedding's are."""

    params: list[nn.Parameter]
    optimizer: Any
    sparse: bool

    def loss(self) -> Tensor:
        """Half the sum of squares, steeper along some axes than others."""
        read = [F.embedding(torch.arange(len(p)), p, sparse=True) if self.sparse else p for p in self.params]
        parts = [(x * torch.linspace(0.5, 1.5, x.numel()).view_as(x)).square().sum() for x in read]
        return torch.stack(parts).sum() / 2

    def closure(self) -> Tensor:
        """The loss, its gradient left in the parameters."""
        self.optimizer.zero_grad()
        loss = self.loss()
        torch.autograd.backward(loss)
        return loss

    def run(self, steps: int) -> list[Tensor]:
        """The parameters after some steps."""
        for _ in range(steps):
            self.closure()
            self.optimizer.step(self.closure)
        return [p.detach().clone() for p in self.params]


@attrs.frozen
class Subject:
    """An optimizer component, the shapes it takes, whether as sparse gradients, and whether options were drawn."""

    component: Any
    shapes: tuple[tuple[int, ...], ...]
    sparse: bool
    drawn: bool

    def bowl(self) -> Bowl:
        """A fresh quadratic; parameters start between 1 and 2."""
        rng = torch.Generator().manual_seed(3)
        params = [nn.Parameter(1 + torch.rand(shape, generator=rng)) for shape in self.shapes]
        optimizer = self.component.build(params)
        require(isinstance(optimizer, torch.optim.Optimizer), f"build gives {type(optimizer).__name__}")
        return Bowl(params, optimizer, self.sparse)


def subject(case: Case) -> Subject:
    """The optimizer with the parameters it takes. Raises Refused where it takes none."""
    component, said = case.make(), ""
    for shapes, sparse in ((SHAPES, False), (SHAPES[:1], False), (SHAPES[:1], True)):
        made = Subject(component, shapes, sparse, case.drawn)
        try:
            made.bowl().run(1)
            return made
        except REFUSALS as error:
            said = said or str(error)
    raise Refused(f"it takes no parameters: {said}")


def it_descends(s: Subject) -> None:
    """With its usual options it makes a convex quadratic smaller."""
    if s.drawn:
        return
    bowl = s.bowl()
    start = float(bowl.loss())
    bowl.run(60)
    end = float(bowl.loss())
    require(math.isfinite(end) and end < start, f"60 steps take a convex quadratic from {start:.4g} to {end:.4g}")


def it_repeats_itself(s: Subject) -> None:
    """Two runs give the same bits, whatever torch's global seed is."""
    reseed(1)
    one = s.bowl().run(3)
    reseed(2)
    require(same_bits(one, s.bowl().run(3)), "two runs from the same start differ")


def state_round_trips(s: Subject) -> None:
    """Another optimizer with its `state_dict` goes on with the same bits."""
    bowl, other = s.bowl(), s.bowl()
    bowl.run(3)
    for mine, its in zip(other.params, bowl.params, strict=True):
        mine.data.copy_(its.data)
    other.optimizer.load_state_dict(copy.deepcopy(bowl.optimizer.state_dict()))
    require(same_bits(bowl.run(3), other.run(3)), "its state_dict does not hold all of it: a resumed run differs")


LAWS = (it_descends, it_repeats_itself, state_round_trips)
