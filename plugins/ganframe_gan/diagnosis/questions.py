"""All questions, asked in the order in which a newcomer would."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs
import torch

from ganframe import SpecError
from ganframe_gan.diagnosis import (
    direction,
    gradients,
    modes,
    nearest,
    saliency,
    sensitivity,
    separation,
    watched,
    ways,
)
from ganframe_gan.diagnosis.case import Case
from ganframe_gan.diagnosis.finding import Finding
from ganframe_gan.hooks.watch import advice

#: Questions about a pair, and about the samples of the run: name, title and what is asked.
PAIRS: tuple[tuple[str, str, Callable[..., Finding]], ...] = (
    ("watch", "Plain faults", watched.ask),
    ("accuracy", "What the discriminator can tell", separation.ask),
    ("saliency", "What the discriminator looks at", saliency.ask),
    ("gradients", "What the players learn from", gradients.ask),
    ("direction", "Whether the discriminator is heard", direction.ask),
)
SAMPLES: tuple[tuple[str, str, Callable[..., Finding]], ...] = (
    ("modes", "What of the data is made", modes.ask),
    ("neighbours", "Whether samples are copies", nearest.ask),
    ("jacobian", "How samples move with the latent", sensitivity.ask),
    ("directions", "What latent directions change", ways.ask),
)

#: What a question meets that cannot be asked of this run: no such data, no derivative, a latent that is no vector.
UNANSWERED = (SpecError, RuntimeError, NotImplementedError, ValueError, KeyError, TypeError)


def findings(case: Case) -> Iterator[Finding]:
    """The answers; a question that this run does not allow is answered with why."""
    for name, title, ask in PAIRS:
        for pair in case.pairs:
            with torch.enable_grad():
                yield answered(case.called(*pair), name, title, ask, case, *pair)
    for name, title, ask in SAMPLES if case.run.main else ():
        yield answered("", name, title, ask, case)


def answered(pair: str, name: str, title: str, ask: Callable[..., Finding], case: Case, *names: str) -> Finding:
    """What a question found, or why it found nothing."""
    try:
        found = ask(case, *names)
        return attrs.evolve(found, change=advice(case.run, found.change))
    except UNANSWERED as error:
        told = (str(error.args[0] if isinstance(error, KeyError) and error.args else error).splitlines() or [""])[0]
        why = told.rstrip('. ') or type(error).__name__
        says = f"Cannot be told of this run: {why}."
        return Finding(name=name, title=title, asks="", verdict="note", says=says, pair=pair)
