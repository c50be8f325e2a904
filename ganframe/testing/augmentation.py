"""Laws of augmentations: same shape, same stream same bits, and a gradient through them."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe.now import Now
from ganframe.testing.case import Case, cases
from ganframe.testing.judge import (
    REFUSALS,
    Refused,
    finite,
    generator,
    leaves_global_rng_alone,
    near,
    require,
    reseed,
    same_bits,
)
from ganframe.testing.world import worlds

__all__ = ["LAWS", "cases", "subject"]

ROWS = 6


@attrs.frozen
class Subject:
    """An augmentation and values that it takes."""

    component: Any
    values: Tensor

    def apply(self, x: Tensor | None = None, seed: int = 0, state: dict[str, Tensor] | None = None) -> Tensor:
        """The augmented values under a seed; with the state it starts with, where it has one."""
        x = self.values if x is None else x
        now = Now(step=3, images=3 * ROWS, batch_size=ROWS, rng=generator(seed))
        if not hasattr(self.component, "state"):
            return self.component(x, now)  # type: ignore[no-any-return]
        return self.component(x, now, self.component.state() if state is None else state)  # type: ignore[no-any-return]


def subject(case: Case) -> Subject:
    """The augmentation with the first data that it takes, pictures first. Raises Refused where it takes none."""
    component, said = case.make(), ""
    for world in sorted(worlds(), key=lambda w: w.fields()["x"].view != "picture"):
        values = world.columns["x"][:ROWS]
        try:
            if values.is_floating_point():
                Subject(component, values).apply()
                return Subject(component, values)
        except REFUSALS as error:
            said = said or str(error)
    raise Refused(f"it takes no data: {said}")


def shape_stays(s: Subject) -> None:
    """Shape and dtype are kept, values are finite, and its input is not changed in place."""
    kept = s.values.clone()
    out = s.apply()
    require(out.shape == kept.shape and out.dtype == kept.dtype, f"{tuple(kept.shape)} becomes {tuple(out.shape)}")
    require(finite(out), "a value is not finite")
    require(same_bits(kept, s.values), "it changes its input in place")


def the_stream_decides(s: Subject) -> None:
    """The same `now.rng` gives the same bits; torch's global random numbers stay as they are."""
    reseed(1)
    one = s.apply()
    reseed(2)
    before = torch.get_rng_state()
    two = s.apply()
    leaves_global_rng_alone(before, "it")
    require(same_bits(one, two), "the same stream gives other values")


def gradients_pass(s: Subject) -> None:
    """A gradient reaches its input, and a gradient penalty can be taken through it."""
    x = s.values.clone().requires_grad_()
    out = s.apply(x)
    require(out.requires_grad, "no gradient passes")
    (slope,) = torch.autograd.grad(out.square().sum(), x, create_graph=True)
    require(finite(slope), "the gradient is not finite")
    if slope.requires_grad:
        (twice,) = torch.autograd.grad(slope.square().sum(), x)
        require(finite(twice), "the gradient of a gradient penalty is not finite")


def strength_zero_changes_nothing(s: Subject) -> None:
    """With its option `p` at 0 it is the identity."""
    if any(a.name == "p" for a in attrs.fields(type(s.component))):
        still = Subject(attrs.evolve(s.component, p=0.0), s.values)
        require(near(s.values, still.apply(), 1e-5), "with p = 0 it changes its input")


def state_keeps_its_form(s: Subject) -> None:
    """`update` keeps the names, shapes and dtypes of `state`, which is finite; so a checkpoint can hold it."""
    if not hasattr(s.component, "state"):
        return
    state = s.component.state()
    before = {name: (tuple(t.shape), t.dtype) for name, t in state.items()}
    if hasattr(s.component, "update"):
        for seed in range(3):
            logits = torch.randn(ROWS, 1, generator=generator(seed))
            s.component.update(state, logits, Now(step=seed, images=seed * ROWS, batch_size=ROWS, rng=generator(seed)))
    after = {name: (tuple(t.shape), t.dtype) for name, t in state.items()}
    require(before == after and finite(state), f"its state changes from {before} to {after}, or is not finite")
    require(finite(s.apply(state=state)), "with its updated state a value is not finite")


LAWS = (shape_stays, the_stream_decides, gradients_pass, strength_zero_changes_nothing, state_keeps_its_form)
