"""Laws of metrics: how the samples are cut into batches does not matter, and better samples score better."""

from __future__ import annotations

import math
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe.terms import parameters, wires
from ganframe.testing.case import Case, cases
from ganframe.testing.judge import (
    REFUSALS,
    Refused,
    generator,
    leaves_global_rng_alone,
    require,
    reseed,
)
from ganframe.testing.layer_case import Input
from ganframe.testing.world import ROWS, World, first_rows, worlds

__all__ = ["LAWS", "cases", "subject"]

Rows = dict[str, Tensor]


@attrs.frozen
class Subject:
    """A metric and data that it judges; `tensors` are values of its wires, standard normal, a row of the data each."""

    component: Any
    world: World
    drawn: bool
    tensors: Rows = attrs.field(factory=dict)

    def score(self, fake: Rows, order: Tensor | None = None, size: int = ROWS) -> dict[str, float]:
        """The figures of samples against the data, given in an order and in batches of a size."""
        order = torch.arange(ROWS) if order is None else order
        meter = self.component.build(self.world.fields(), self.world.facts(), torch.device("cpu"))
        for part in torch.split(order, size):
            made = {name: rows[part] for name, rows in fake.items()}
            given: dict[str, Any] = {name: rows[part] for name, rows in self.tensors.items()}
            given |= {"real": self.world.batch(part), "fake": made}
            if self.tensors:
                meter.update(**{name: given.get(name) for name in parameters(meter.update, self.tensors)})
            else:
                meter.update(given["real"], given["fake"])
        return dict(meter.compute())

    def worse(self) -> Rows:
        """Samples far from the data, under the data's own labels."""
        real = self.world.batch(torch.arange(ROWS))
        x = real["x"]
        if not x.is_floating_point():
            return real | {"x": torch.zeros_like(x)}
        low, high = self.world.fields()["x"].range or (-9.0, 9.0)
        noise = torch.rand(x.shape, generator=generator(9)) * (high - low) + low
        return real | {"x": torch.where(torch.arange(ROWS).view(-1, *[1] * (x.dim() - 1)) % 2 == 0, noise, noise[:1])}

    def some(self) -> Rows:
        """Samples near the data, in another order."""
        rows = self.world.batch(torch.randperm(ROWS, generator=generator(4)))
        x = rows["x"]
        if not x.is_floating_point():
            return rows
        return rows | {"x": x + 0.02 * torch.randn(x.shape, generator=generator(5))}


def subject(case: Case) -> Subject:
    """The metric with an example's `data`, else the first data that it judges. Raises Refused where it judges none."""
    component, said = case.make(), []
    drawn = {name: Input.of(case.given[name]).draw(ROWS, k) for k, name in enumerate(_wires(case, component))}
    for world in [first_rows(case.given["data"])] if "data" in case.given else worlds():
        made = Subject(component, world, case.drawn, drawn)
        try:
            made.score(made.some())
            return made
        except REFUSALS as error:
            said.append(str(error))
    reasons = "; ".join(dict.fromkeys(said))
    raise Refused(f"it judges no data; name a data set, `examples = ({{'data': ...}},)`; {reasons}")


def _wires(case: Case, component: Any) -> list[str]:
    """The wires that this metric has; its example says the shape of each. Raises Refused where it does not."""
    names = [*wires(component)]
    unknown = [name for name in names if name not in case.given]
    if unknown:
        raise Refused(f"its wires have no shapes: add them to `examples`, such as {{'{unknown[0]}': (5,)}}")
    return names


def figures_are_declared(s: Subject) -> None:
    """`compute` gives floats; `better` says of its figures "higher" or "lower", and names no other."""
    figures = s.score(s.some())
    require(figures and all(type(v) is float for v in figures.values()), f"its figures are no floats: {figures}")
    better = getattr(s.component, "better", {})
    unknown = sorted(set(better) - set(figures))
    require(not unknown, f"`better` names {', '.join(unknown)}, but the figures are {', '.join(figures)}")
    require(set(better.values()) <= {"higher", "lower"}, f"`better` must say 'higher' or 'lower': {better}")


def batches_do_not_matter(s: Subject) -> None:
    """Order of the rows and size of the batches change nothing; a second meter gives the same bits."""
    fake = s.some()
    reseed(1)
    before = torch.get_rng_state()
    whole = s.score(fake)
    leaves_global_rng_alone(before, "it")
    reseed(2)
    require(_same(whole, s.score(fake), 0.0), "a second meter gives other figures")
    order = torch.randperm(ROWS, generator=generator(6))
    for other in (s.score(fake, size=7), s.score(fake, order), s.score(fake, order, 11)):
        require(_same(whole, other, 1e-4), f"order or size of batches changes {whole} to {other}")


def _same(one: dict[str, float], two: dict[str, float], tolerance: float) -> bool:
    return one.keys() == two.keys() and all(
        one[k] == two[k] or math.isclose(one[k], two[k], rel_tol=tolerance, abs_tol=tolerance)
        or math.isnan(one[k]) and math.isnan(two[k])
        for k in one
    )  # fmt: skip


def better_samples_score_better(s: Subject) -> None:
    """The data itself scores at least as well as noise by every declared figure, and better by one.

    What compares tensors of its own is let off: nobody knows which would be better.
    """
    better = getattr(s.component, "better", {})
    if s.drawn or not better or s.tensors:
        return
    perfect, worse = s.score(s.world.batch(torch.arange(ROWS))), s.score(s.worse())
    lead = {name: _lead(perfect[name], worse[name], way) for name, way in better.items()}
    behind = [name for name, gap in lead.items() if gap < -1e-6]
    require(not behind, f"noise beats the data itself by {', '.join(behind)}: {worse} against {perfect}")
    require(any(gap > 0 for gap in lead.values()), f"noise scores like the data itself: {perfect}")


def _lead(perfect: float, worse: float, way: str) -> float:
    """How far the first is ahead; a figure that cannot be told counts as the worst."""
    if math.isnan(worse) or math.isnan(perfect):
        return float(not math.isnan(perfect)) - float(not math.isnan(worse))
    return perfect - worse if way == "higher" else worse - perfect


LAWS = (figures_are_declared, batches_do_not_matter, better_samples_score_better)
