"""What do directions of the latent space change?"""

from __future__ import annotations

from torch import Tensor

from ganframe_gan.diagnosis.case import Case, gaps
from ganframe_gan.diagnosis.finding import Finding, Shown, bars

#: Directions looked at, samples along each, and how many spreads they reach to either side.
COUNT, STEPS, REACH = 4, 7, 3.0

CHART = "mean change from end to end, in the samples' spread"
ASKS = (
    "Some directions in the latent space change samples more than others, and often each changes something of its own. "
    "A row of the picture goes along one of them, through the same sample in the middle."
)


def ask(case: Case) -> Finding:
    """The strongest directions (SeFa) of the latent, and how much of a sample each changes from end to end."""
    run = case.run
    found = run.directions("sefa", COUNT)
    made = run.walk(found, REACH, STEPS)[run.main].float()
    rows = made.reshape(-1, STEPS, *made.shape[1:])
    changes = (rows[:, -1] - rows[:, 0]).flatten(1).abs()
    wide = float(case.samples[run.main].float().std(0).mean()) or 1.0
    sizes = (changes.mean(1) / wide).tolist()
    told = [f"{i + 1} changes {share:.0%} of the values" for i, share in enumerate(wide_share(changes, wide))]
    said = f"The strongest directions of '{found.name}': {', '.join(told)}{classes(case, rows)}."
    file, lines = case.draw("directions", made, STEPS), case.text(made)
    text = "\n\n".join("\n".join(lines[i : i + STEPS]) for i in range(0, len(lines), STEPS)) if not file else ""
    caption = f"one direction a row, from -{REACH:g} to {REACH:g} standard deviations; the same sample in the middle"
    return Finding(
        name="directions", title="What latent directions change", asks=ASKS, verdict="note", says=said,
        figures={"strongest": sizes[0]},
        bars=(bars(CHART, {f"{i + 1}": it for i, it in enumerate(sizes)}),),
        shown=(Shown(caption, file, text),) if file or text else (),
    )  # fmt: skip


def wide_share(changes: Tensor, wide: float) -> list[float]:
    """The share of the values that change by more than the samples' spread, by direction."""
    return [float(share) for share in (changes > wide).float().mean(1)]


def classes(case: Case, rows: Tensor) -> str:
    """How many of the directions lead to another class, told by the nearest real rows."""
    known = case.classes()
    if known is None or case.training is None:
        return ""
    name, names = known
    _, at = gaps(rows.flatten(0, 1), case.training[case.run.main])
    found = case.training[name][at].argmax(1).reshape(rows.shape[:2])
    told = [
        f"{i + 1} from {names[int(codes[0])]} to {names[int(codes[-1])]}" for i, codes in enumerate(found)
        if codes[0] != codes[-1]
    ]  # fmt: skip
    return f"; by the nearest real rows, {', '.join(told)} of '{name}'" if told else ""
