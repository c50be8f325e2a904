"""Does the generator make all there is in the data, or only some of it?"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from ganframe_gan.diagnosis.case import MANY, Case
from ganframe_gan.diagnosis.finding import Bars, Finding, Shown, bars
from ganframe_gan.metrics import neighbours

#: Shares of real rows with a sample near by: below the first a part of the data is missing, below the second some.
MISSING, SOME = 0.4, 0.6
#: A class is made where its share of the samples is at least this part of its share of the data.
THERE = 0.2
#: Classes that a chart shows at most, and samples that a picture does.
CHARTED, DRAWN, LINES = 32, 2000, 16
#: The neighbour that a real row's neighbourhood reaches to (Naeem et al. use 5).
K = 5

ASKS = (
    "A generator can fool its judge with a few good samples made again and again, and leave out the rest of the data: "
    "mode collapse. So each real row is asked whether a sample lies near it, as near as its fifth real neighbour."
)


def ask(case: Case) -> Finding:
    """Coverage (Naeem et al. 2020, arXiv:2002.09797) of real rows by samples, and classes by nearest real rows."""
    made = case.samples[case.run.main]
    if case.training is None:
        return finding("note", "The data is not here, so that nothing tells what is missing.")
    every = case.training[case.run.main]
    at = torch.linspace(0, len(every) - 1, min(len(made), len(every))).round().long()
    numbers = {"coverage": covered(every[at], made)}
    told = f"{numbers['coverage']:.0%} of the real rows have a sample near them (new real rows: about 97%)"
    classes = case.classes()
    charts: tuple[Bars, ...] = ()
    shares: dict[str, tuple[float, float]] = {}
    if classes is not None:
        name, names = classes
        shares = made_classes(case, name, names)
        there = [it for it, (real, own) in shares.items() if own >= THERE * real]
        numbers |= {"classes": float(len(there)), "of_classes": float(len(names))}
        told += f"; samples fall into {len(there)} of {len(names)} classes of '{name}'"
        own_shares = {label: own for label, (_, own) in shares.items()}
        charts = (bars(f"share of samples by the nearest real row's {name}", own_shares),)
    verdict, says, change = judged(numbers, told)
    return finding(
        verdict, says, change, figures=numbers, bars=charts if len(shares) <= CHARTED else (), shown=together(case)
    )


def together(case: Case) -> tuple[Shown, ...]:
    """Many samples as their view shows them at its best."""
    view = case.run.view(case.run.main)
    if case.folder is None or ".png" not in view.suffixes:
        lines = case.text(case.samples[case.run.main][:LINES])
        return (Shown("samples", text="\n".join(lines)),) if lines else ()
    case.folder.mkdir(exist_ok=True)
    count = min(getattr(view, "samples", 64), DRAWN)
    case.run.write(case.folder / "samples.png", count)
    caption = "samples; what is known of the data lies behind, pale" if count >= MANY else "samples"
    return (Shown(caption, "samples.png"),)


def covered(real: Tensor, made: Tensor) -> float:
    """The share of real rows in whose neighbourhood there is a sample; NaN for few rows."""
    if min(len(real), len(made)) <= K:
        return math.nan
    return neighbours.figures(real.flatten(1).double(), made.flatten(1).double(), K)["coverage"]


def made_classes(case: Case, name: str, names: tuple[str, ...]) -> dict[str, tuple[float, float]]:
    """By class, its share of the data and of the samples' nearest real rows."""
    assert case.training is not None
    own = case.training[name][case.nearest[1]].float().mean(0).tolist()
    real = case.run.frequencies[name]
    return {label: (real[i], own[i]) for i, label in enumerate(names)}


def judged(numbers: dict[str, float], told: str) -> tuple[str, str, str]:
    """Verdict, sentence and advice."""
    coverage, lost = numbers["coverage"], numbers.get("of_classes", 0.0) - numbers.get("classes", 0.0)
    if coverage < MISSING:
        return "bad", f"Much of the data is never made: mode collapse. {told}.", REMEDY
    if lost > 0.5 * numbers.get("of_classes", 1.0):
        return "bad", f"Most classes are never made: mode collapse. {told}.", REMEDY
    if coverage < SOME or lost:
        return "look", f"Some of the data is hardly made. {told}.", REMEDY
    return "good", f"The samples cover the data. {told}.", ""


REMEDY = (
    "RelativisticPairing with R1 and R2, a larger batch, Pack in the discriminator, or more discriminator_steps; if "
    "the discriminator is not ahead, a higher lr for it"
)


def finding(verdict: str, says: str, change: str = "", **more: Any) -> Finding:
    """A finding of this question."""
    return Finding(
        name="modes", title="What of the data is made", asks=ASKS, verdict=verdict, says=says, change=change, **more
    )  # fmt: skip
