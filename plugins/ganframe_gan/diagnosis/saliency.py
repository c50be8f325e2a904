"""What does the discriminator look at?"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from ganframe_gan.diagnosis.case import Case
from ganframe_gan.diagnosis.finding import Finding, Shown
from ganframe_gan.hooks.looks import logits

#: Samples drawn of either kind.
DRAWN = 8
#: The share of the values that is looked at most, and the share of the gradient on them that is too much.
TOP, NARROW = 0.1, 0.8

ASKS = (
    "The discriminator's answer hangs on some parts of a row more than on others. Where a small change would move its "
    "answer most is where it looks."
)


def ask(case: Case, generator: str, discriminator: str) -> Finding:
    """|d logit / d x| at real and made rows: its norm, the share on the tenth of values looked at most, and maps."""
    maps = {kind: looked(case, generator, discriminator, kind) for kind in ("real", "fake")}
    told = {kind: it for kind, it in maps.items() if it is not None}
    if not told:
        return finding(case, generator, discriminator, "note", "There is no gradient of one number at these rows.")
    numbers = {f"{kind}_norm": float(it[1].flatten(1).norm(dim=1).mean()) for kind, it in told.items()}
    numbers |= {f"{kind}_focus": focus(it[1]) for kind, it in told.items()}
    chance = case.run.networks[discriminator].random
    verdict, says, change = judged(numbers, chance)
    shown = drawn(case, told, f"saliency-{discriminator}", case.sample_of(generator, discriminator))
    return finding(case, generator, discriminator, verdict, says, change, figures=numbers, shown=shown)


def looked(case: Case, generator: str, discriminator: str, kind: str) -> tuple[Tensor, Tensor] | None:
    """Rows and d logit / d row; None where there is none, or no real rows are here."""
    if kind == "real" and case.run.data is None:
        return None
    step = case.game.step("discriminator", generator, discriminator)
    batch, name = getattr(step, kind), case.sample_of(generator, discriminator)
    batch.mark((name,))
    at = batch[name]
    number = logits(batch[discriminator], batch[step.judged_names[0]])
    if number is None or not at.requires_grad or not number.requires_grad:
        return None
    (found,) = torch.autograd.grad(number.sum(), at, allow_unused=True)
    return None if found is None else (at.detach().float().cpu(), found.detach().float().cpu())


def focus(gradient: Tensor) -> float:
    """The share of |gradient| on the tenth of the values where it is largest; NaN for fewer than ten."""
    flat = gradient.flatten(1).abs()
    most = flat.shape[1] // round(1 / TOP)
    if not most:
        return math.nan
    return float((flat.topk(most, dim=1).values.sum(1) / flat.sum(1).clamp(min=1e-20)).mean())


def judged(numbers: dict[str, float], chance: bool) -> tuple[str, str, str]:
    """Verdict, sentence and advice; one that looks at parts by chance may look at few of them at once."""
    known = {word: numbers[f"{kind}_norm"] for kind, word in KINDS.items() if f"{kind}_norm" in numbers}
    slopes = [f"{slope:.3g} at {word} rows" for word, slope in known.items()]
    told = f"Its answer changes with slope {' and '.join(slopes)}"
    narrow = max((numbers.get(f"{kind}_focus", 0.0) for kind in KINDS), default=0.0)
    if narrow == narrow and narrow > 0:
        told += f"; the tenth of the values that it looks at most has {narrow:.0%} of that"
    if numbers.get("fake_norm", 1.0) == 0:
        return "bad", f"{told}: it is blind to made rows.", "{R1}, or LeakyReLU for ReLU in the discriminator"
    if narrow > NARROW and not chance:
        return "look", f"{told}: it judges by very little of a row.", (
            "an augmentation (DiffAugment with cutout), dropout in the discriminator; see what those values are"
        )
    return "good", f"{told}.", ""


KINDS = {"real": "real", "fake": "made"}


def drawn(case: Case, told: dict[str, tuple[Tensor, Tensor]], name: str, of: str) -> tuple[Shown, ...]:
    """Rows of both kinds of the field `of`, each above its map, as one picture."""
    field = case.run.fields.get(of)
    if field is None:
        return ()
    low, high = field.range or (-1.0, 1.0)
    rows = []
    for values, gradient in told.values():
        some = gradient[:DRAWN].abs()
        top = some.flatten(1).amax(1).clamp(min=1e-20).reshape(-1, *[1] * (some.dim() - 1))
        rows += [values[:DRAWN], low + (high - low) * some / top]
    file = case.draw(name, torch.cat(rows), min(DRAWN, len(rows[0])), of)
    kinds = " and ".join(f"{KINDS[kind]} rows" for kind in told)
    caption = f"{kinds}, each above the map of what its discriminator looks at (the strongest value of a map is full)"
    return (Shown(caption, file),) if file else ()


def finding(
    case: Case, generator: str, discriminator: str, verdict: str, says: str, change: str = "", **more: Any
) -> Finding:
    """A finding of this question."""
    return Finding(
        name="saliency", title="What the discriminator looks at", asks=ASKS, verdict=verdict, says=says, change=change,
        pair=case.called(generator, discriminator), **more,
    )  # fmt: skip
