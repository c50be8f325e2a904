"""What one look at a step tells of a generator and its discriminator, from what the step has computed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs
import torch
from torch import Tensor

if TYPE_CHECKING:
    from ganframe import Step

#: Fewer rows say nothing of how they are spread.
ROWS = 8


@attrs.frozen
class Look:
    """One look at a pair: what its discriminator makes of real and made rows, how these spread, and the gradients.

    `accuracy`: the lesser of the shares of real logits above the middle of both means, and of made ones below it.
    `overlap`: the share of pairs of a real and a made row in which the made one has the higher logit; 0.5 is blind.
    `equal`: every logit is the same number. `spread`: standard deviation over the made rows, mean over the elements,
    as a share of that of the real rows. `gradients`: the norm over all parameters by network. NaN: not to be told.
    """

    generator: str
    discriminator: str
    accuracy: float
    overlap: float
    equal: bool
    spread: float
    gradients: dict[str, float]


def looks(step: Step) -> Iterator[Look]:
    """A look at each pair of the step's last turn.

    Logits that the turn did not need are computed now, and what that moves in the networks is put back.
    """
    with torch.no_grad(), as_before(step.networks):
        for pair in step.pairs:
            if pair.discriminator:
                yield look(pair)


def look(step: Step) -> Look:
    """A look at one pair."""
    name = step.judged_names[0]
    real, fake = step.real[name], step.fake[name]
    told = logits(step.real[step.discriminator], real), logits(step.fake[step.discriminator], fake)
    pair = (step.generator, step.discriminator)
    return Look(*pair, *separation(*told), spread(real, fake), {n: gradient(step.networks[n]) for n in pair})


@contextmanager
def as_before(networks: Mapping[str, Any]) -> Iterator[None]:
    """Put the networks' buffers back: passes in train mode move batch norm's statistics, spectral norm's vectors."""
    kept = [(buffer, buffer.clone()) for network in networks.values() for buffer in network.buffers()]
    try:
        yield
    finally:
        for buffer, value in kept:
            buffer.copy_(value)


def logits(output: Tensor, judged: Tensor) -> Tensor | None:
    """One number a row (patches are averaged), or None for few rows and for a judge that gives a whole row back."""
    if len(output) < ROWS or output[0].numel() == judged[0].numel() > 1:
        return None
    return output.flatten(1).float().mean(1)


def separation(real: Tensor | None, fake: Tensor | None) -> tuple[float, float, bool]:
    """`accuracy`, `overlap` and `equal` of a look."""
    if real is None or fake is None:
        return math.nan, math.nan, False
    middle = (real.mean() + fake.mean()) / 2
    accuracy = torch.minimum((real > middle).float().mean(), (fake < middle).float().mean())
    both = torch.cat([real, fake])
    overlap = (fake[None] > real[:, None]).float().mean()
    return float(accuracy), float(overlap), bool(both.max() == both.min())


def spread(real: Tensor, fake: Tensor) -> float:
    """How widely made rows are spread, as a share of the real ones."""
    if len(real) < ROWS or not real.is_floating_point():
        return math.nan
    wide = float(real.float().std(0, correction=0).mean())
    return float(fake.float().std(0, correction=0).mean()) / wide if wide > 0 else math.nan


def gradient(network: torch.nn.Module) -> float:
    """The norm of the last gradient of all parameters; NaN where there is none."""
    return norm(p.grad for p in network.parameters() if p.grad is not None)


def norm(gradients: Iterable[Tensor]) -> float:
    """The norm of tensors taken together; NaN for none."""
    found = [gradient.norm() for gradient in gradients]
    return float(torch.stack(found).norm()) if found else math.nan
