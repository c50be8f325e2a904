"""Does the discriminator tell real from made, and does it know the training rows by heart?"""

from __future__ import annotations

import math
from typing import Any

from ganframe_gan.diagnosis.case import Case, Logits
from ganframe_gan.diagnosis.finding import Finding, bars

#: A share of the way from training rows to made ones that held-out rows lie at: from here on the discriminator has
#: learned its rows by heart (ADA holds a like figure at 0.6, arXiv:2006.06676, section 3.1), or begins to.
KNOWS, BEGINS = 0.6, 0.3
#: Accuracy on both sides from which everything is separated, and below which the discriminator is blind.
ALL, BLIND = 0.99, 0.55

ASKS = (
    "The discriminator is a judge: it should tell real rows from made ones, but by what they look like, not because it "
    "remembers the rows it was trained on. Rows that it never saw show the difference: it should take them for real."
)


def ask(case: Case, generator: str, discriminator: str) -> Finding:
    """Accuracy on real, made and held-out rows, about the middle between the mean logits of real and made ones.

    `overfitting` is (E D(train) - E D(held out)) / (E D(train) - E D(made)): 0 where held-out rows look like training
    rows, 1 where they look made (r_v of Karras et al. 2020, arXiv:2006.06676, equation 1).
    """
    told = case.logits(generator, discriminator)
    if told is None:
        return finding(case, generator, discriminator, "note", "This discriminator gives no single number a row.")
    numbers = figures(told)
    verdict, says, change = judged(case, numbers)
    shown = {"real rows": numbers["real"], "made rows": numbers["fake"]}
    if told.held is not None:
        shown["real rows it never saw"] = numbers["held_out"]
    chart = bars("share of rows judged rightly", shown, 1.0)
    return finding(case, generator, discriminator, verdict, says, change, figures=numbers, bars=(chart,))


def figures(told: Logits) -> dict[str, float]:
    """Accuracies, and how far held-out rows lie on the way from real to made ones."""
    middle = (told.real.mean() + told.fake.mean()) / 2
    apart = float(told.real.mean() - told.fake.mean())
    found = {
        "real": float((told.real > middle).float().mean()),
        "fake": float((told.fake < middle).float().mean()),
        "held_out": math.nan, "gap": math.nan, "overfitting": math.nan,
    }  # fmt: skip
    if told.held is not None:
        found["held_out"] = float((told.held > middle).float().mean())
        found["gap"] = found["real"] - found["held_out"]
        found["overfitting"] = float(told.real.mean() - told.held.mean()) / apart if apart > 0 else math.nan
    return found


def judged(case: Case, numbers: dict[str, float]) -> tuple[str, str, str]:
    """Verdict, sentence and advice."""
    real, fake, share = numbers["real"], numbers["fake"], numbers["overfitting"]
    told = f"It is right about {real:.0%} of the real rows and {fake:.0%} of the made ones"
    known, share = not math.isnan(share), max(0.0, share)
    if known:
        told += f", and takes {numbers['held_out']:.0%} of the real rows that it never saw for real"
    elif case.held_out[0] is None:
        told += f" (held-out rows: none, {case.held_out[1]})"
    if known and share >= KNOWS and real >= BLIND:
        return "bad", (
            f"The discriminator knows its training rows by heart. {told}: on its scale from real to made, unseen real "
            f"rows lie at {share:.0%}."
        ), REMEDY  # fmt: skip
    if min(real, fake) >= ALL:
        return "look", f"The discriminator separates everything. {told}.", SEPARATES
    if known and share >= BEGINS and real >= BLIND:
        return "look", f"The discriminator begins to remember its rows. {told}: unseen ones lie at {share:.0%}.", REMEDY
    if max(real, fake) < BLIND:
        return "note", (
            f"{told}: it cannot tell them apart. With good samples that is how a game should end; with poor ones it "
            "learns nothing, and needs more layers or a higher lr."
        ), ""  # fmt: skip
    if known:
        return "good", f"{told}: it judges by what rows look like. Unseen ones lie at {share:.0%}.", ""
    return "good", f"{told}.", ""


REMEDY = (
    "more data, an augmentation on the discriminator (augment = \"ADA\"), {R1}, or fewer "
    "steps: keep the checkpoint from before the gap opened (run.keep_best)"
)
SEPARATES = "{R1}, a lower lr of the discriminator, or an augmentation on it"


def finding(
    case: Case, generator: str, discriminator: str, verdict: str, says: str, change: str = "", **more: Any
) -> Finding:
    """A finding of this question."""
    return Finding(
        name="accuracy", title="What the discriminator can tell", asks=ASKS, verdict=verdict, says=says, change=change,
        pair=case.called(generator, discriminator), **more,
    )  # fmt: skip
