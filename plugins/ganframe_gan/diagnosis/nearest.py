"""Are samples copies of training rows?"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from ganframe_gan.diagnosis.case import Case, spread
from ganframe_gan.diagnosis.finding import Finding, Shown
from ganframe_gan.metrics.neighbours import CHUNK

#: Samples drawn beside their neighbours.
DRAWN = 8
#: Median distance to the nearest training row, as a share of that between real rows: copies, nearly so, and strange.
COPIES, NEAR, FAR = 0.35, 0.6, 3.0

ASKS = (
    "A generator should make new rows, not hand out its training data. So each sample is compared with the training "
    "row most like it; real rows have neighbours too, and how far these are is the yardstick."
)


def ask(case: Case) -> Finding:
    """Distances of samples to their nearest training rows, against those of training rows to their nearest other one.

    As in the metric `NearestNeighbour`, but `ratio` is that of medians, which a few odd samples don't move.
    """
    if case.training is None:
        return finding("note", "The data is not here, so that no sample can be compared with it.")
    made, real = case.samples[case.run.main], case.training[case.run.main]
    if len(real) < 2:
        return finding("note", "There is only one training row.")
    numbers = distances(case, real)
    verdict, says, change = judged(numbers)
    return finding(verdict, says, change, figures=numbers, shown=pairs(case, made[:DRAWN], real))


def distances(case: Case, real: Tensor) -> dict[str, float]:
    """`ratio` and `authentic`."""
    gap, place = case.nearest
    yardstick = others(real[spread(len(real), min(case.rows, len(real)))], real)
    ratio = float(gap.median() / yardstick.median()) if yardstick.median() > 0 else math.nan
    return {"ratio": ratio, "authentic": float((gap > others(real[place], real)).double().mean())}


def others(some: Tensor, real: Tensor) -> Tensor:
    """The distance of some of the real rows to their nearest other one."""
    flat = real.flatten(1).float()
    return torch.cat([torch.cdist(it.flatten(1).float(), flat).kthvalue(2, 1).values for it in some.split(CHUNK)])


def judged(numbers: dict[str, float]) -> tuple[str, str, str]:
    """Verdict, sentence and advice."""
    ratio, authentic = numbers["ratio"], numbers["authentic"]
    told = f"Samples are {ratio:.2f} times as far from their nearest training row as training rows are from each other"
    told += f"; {authentic:.0%} are farther from it than its own nearest neighbour is (about half for new rows)"
    if ratio != ratio:
        return "note", "Most training rows have a twin.", ""
    if ratio < COPIES:
        return "bad", f"The generator hands out copies of its training rows. {told}.", REMEDY
    if ratio < NEAR:
        return "look", f"The samples keep close to training rows. {told}.", REMEDY
    if ratio > FAR:
        said = "The samples are far from anything real: no copies, but nothing like the data either"
        return "look", f"{said}. {told}.", STRANGE
    return "good", f"The samples are no copies. {told}.", ""


STRANGE = "more steps or a larger network if they still get better; else {R1} or a lower lr"
REMEDY = "more data, fewer steps, a smaller generator, or an augmentation on the discriminator"


def pairs(case: Case, made: Tensor, real: Tensor) -> tuple[Shown, ...]:
    """Samples, and below each the nearest training row: drawn, or as text where the view speaks."""
    at = case.nearest[1][: len(made)]
    caption = "samples, and below each the training row most like it"
    file = case.draw("neighbours", torch.cat([made, real[at]]), len(made))
    if file:
        return (Shown(caption, file),)
    told = [case.text(rows) for rows in (made, real[at])]
    if not told[0]:
        return ()
    lines = [f"made:     {one}\ntraining: {other}" for one, other in zip(*told, strict=True)]
    return (Shown(caption, text="\n\n".join(lines)),)


def finding(verdict: str, says: str, change: str = "", **more: Any) -> Finding:
    """A finding of this question."""
    return Finding(
        name="neighbours", title="Whether samples are copies", asks=ASKS, verdict=verdict, says=says, change=change,
        **more,
    )  # fmt: skip
