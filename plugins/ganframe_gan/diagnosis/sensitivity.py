"""How do samples move with the latent?"""

from __future__ import annotations

from torch import Tensor

from ganframe_gan.diagnosis.case import Case
from ganframe_gan.diagnosis.finding import Finding, bars

#: Samples whose Jacobian is taken, and singular values that a chart shows at most.
ROWS, SHOWN = 4, 16
#: Change of a sample by a usual latent step as a share of the data's own spread: below it the latent does next to
#: nothing.
DEAF = 0.05
#: A spread of the samples from which they differ, whatever the latent does just here.
ALIKE = 0.3
#: A singular value below this share of the largest is a direction that does nothing.
DEAD = 1e-3

ASKS = (
    "The generator turns random numbers, the latent, into a sample. If its samples are to differ, they must move when "
    "the latent moves: the singular values of the Jacobian say how far, in each direction of the latent, the largest "
    "first. Their ratio, largest to smallest, is the condition number."
)


def ask(case: Case) -> Finding:
    """Singular values of d sample / d latent at a few samples: spectrum, condition and effective number of directions.

    `directions` is (sum s^2)^2 / sum s^4; `reach` the root of sum s^2 over the number of values of a sample, as a share
    of the data's standard deviation: how far a latent step of one in all directions moves a sample, to the first order.
    """
    found = case.run.jacobian(ROWS)
    values = found.values.double()
    power = values.square()
    conditions = values[:, 0] / values[:, -1].clamp(min=1e-30)
    numbers = {
        "largest": float(values[:, 0].mean()),
        "condition": float(conditions.median()),
        "directions": float((power.sum(1).square() / power.square().sum(1).clamp(min=1e-300)).mean()),
        "dead": float((values < DEAD * values[:, :1]).double().sum(1).mean()),
        "reach": reach(case, power),
    }
    made = case.samples[case.run.main].double()
    verdict, says, change = judged(numbers, found.name, values.shape[1], scale(made) / (breadth(case) or 1.0))
    mean = values.mean(0).tolist()
    count = min(SHOWN, len(mean))
    picked = [round(i * (len(mean) - 1) / max(1, count - 1)) for i in range(count)]
    chart = bars(f"singular values by rank, mean of {ROWS} samples", {f"{i + 1}": mean[i] for i in picked})
    return Finding(
        name="jacobian", title="How samples move with the latent", asks=ASKS, verdict=verdict, says=says, change=change,
        figures=numbers, bars=(chart,),
    )  # fmt: skip


def reach(case: Case, power: Tensor) -> float:
    """Root mean square change of a value, as a share of the data's spread."""
    wide, size = breadth(case), case.samples[case.run.main][0].numel()
    return float((power.sum(1) / size).sqrt().mean()) / wide if wide > 0 else float("nan")


def breadth(case: Case) -> float:
    """The data's spread; that of the samples where there is no data."""
    return scale((case.training if case.training is not None else case.samples)[case.run.main].double())


def scale(rows: Tensor) -> float:
    """The root mean square deviation of a value from its mean over the rows."""
    return float(rows.var(0, correction=0).mean().sqrt())


def judged(numbers: dict[str, float], latent: str, size: int, spread: float) -> tuple[str, str, str]:
    """Verdict, sentence and advice; `spread` is that of the samples, as a share of the data's."""
    said = (
        f"A latent step of one moves samples by {numbers['reach']:.2f} of the data's spread; of {size} directions of "
        f"'{latent}' about {numbers['directions']:.1f} carry the change (condition number {numbers['condition']:.3g})"
    )
    if numbers["reach"] < DEAF and spread > ALIKE:
        return "good", f"{said}. Samples differ all the same: they change in jumps, from one sort to another.", ""
    if numbers["reach"] < DEAF:
        return "bad", f"The generator all but ignores its latent. {said}.", (
            "{R1}, another loss (RelativisticPairing), a larger batch, norm layers in the generator; check "
            "that no other input decides the sample alone"
        )
    if numbers["dead"] >= 0.5 * size and size > 2:
        return "look", f"{said}; {numbers['dead']:.0f} directions do nothing.", (
            "a smaller latent, or a wider first layer of the generator"
        )
    return "good", f"{said}.", ""

