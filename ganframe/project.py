"""Projection: the latents whose samples come nearest to given rows, found by gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
import torch
from torch import Tensor

from ganframe import probe
from ganframe.errors import SpecError
from ganframe.given import of_classes, shape_of
from ganframe.names import root
from ganframe.sample import main_field
from ganframe.truncation import targets

if TYPE_CHECKING:
    from ganframe.sample import Common, Sampler

#: Drawn samples among which a search begins with the nearest.
STARTS = 512
#: How much of a class a search begins with, where the class is searched for too.
_SURE = 0.8


@attrs.frozen(eq=False)
class Projected:
    """Latents by name that rebuild the given rows, what they make, and how far that is from the rows.

    `errors` are mean squared differences a number of the row, `before` those of the nearest of the drawn samples.
    """

    latents: dict[str, Tensor]
    rebuilt: Tensor
    errors: Tensor
    before: Tensor


@attrs.frozen(eq=False)
class Search:
    """How a projection searches: Adam with a rate that falls to 0 along a cosine; `features` weighs their distance."""

    steps: int = 300
    lr: float = 0.1
    features: float = 0.1


def project(
    sampler: Sampler, rows: Tensor, names: tuple[str, ...] = (), given: Mapping[str, Tensor] | None = None,
    search: Search | None = None, seed: int = 0,
) -> Projected:
    """Find latents for rows (N, *shape) of the field that samples show.

    `names` are the latents or inner wires that are searched for; else what a mapping network makes, or all latents of
    numbers, and every one-hot field that is not given, as a mixture of classes. The distance is the mean square over
    the row plus that over what every layer with weights of its discriminators makes of it, each in units of its
    spread. The result depends on the arguments alone. Karras et al. 2020 (arXiv:1912.04958), appendix D.
    """
    search = search or Search()
    field = main_field({n for made in sampler.plan.names.made.values() for n in made}, sampler.parts.fields)
    shape = shape_of(sampler.plan, field)
    if tuple(rows.shape[1:]) != tuple(shape) or not shape.dtype.is_floating_point:
        raise SpecError(f"'{field}' takes rows of numbers of shape {shape}, not {tuple(rows.shape[1:])}")
    sampler.seed = seed
    with probe.probing(sampler, given or {}) as common:
        found = [_Chunk(sampler, common, field, part, names, search).found() for part in rows.split(sampler.size)]
    return Projected(
        {name: torch.cat([one.latents[name] for one in found]) for name in found[0].latents},
        *(torch.cat([getattr(one, part) for one in found]) for part in ("rebuilt", "errors", "before")),
    )


class _Chunk:
    """The search for up to a chunk of rows at once; each row has latents of its own."""

    def __init__(
        self, sampler: Sampler, common: Common, field: str, rows: Tensor, names: tuple[str, ...], search: Search
    ) -> None:
        self.sampler, self.common, self.field, self.search = sampler, common, field, search
        self.rows = rows.to(sampler.device)
        self.count = len(rows)
        self.classes = self._classes()
        self.names = (*(names or tuple(targets(sampler.plan))), *self.classes)
        for name in self.names:
            shape_of(sampler.plan, name)
        self.judges = self._judges()

    def _classes(self) -> tuple[str, ...]:
        """One-hot names that the samples hang on and that are not given."""
        names = self.sampler.plan.names
        read = {n for g in names.made for n in names.depends(g, frozenset(names.fields) | names.latents.keys())}
        classes = of_classes(self.sampler.plan, self.sampler.frequencies)
        return tuple(sorted(read & classes - self.common.given.keys()))

    def _judges(self) -> tuple[str, ...]:
        """The networks that judge the field."""
        plan = self.sampler.plan
        return tuple(name for name, judged in plan.roles.judges.items() if judged == self.field)

    def found(self) -> Projected:
        """Begin with the nearest samples, descend, and keep the best of every row."""
        start, before = self._nearest()
        held = {name: self._free(name, value).requires_grad_() for name, value in start.items()}
        adam = torch.optim.Adam(list(held.values()), lr=self.search.lr)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, self.search.steps)
        best, errors, rebuilt = dict(start), before.clone(), self._made(start).detach()
        with probe.Listener(self._judging(), first=False) as listener:
            wanted = self._scaled(listener, self.rows)
            for _ in range(self.search.steps):
                latents = {name: self._bound(name, value) for name, value in held.items()}
                made = self._made(latents)
                error = _square(made - self.rows)
                rebuilt, errors = self._better(error, errors, made, rebuilt, latents, best)
                distance = error.sum() + self.search.features * self._apart(listener, made, wanted)
                adam.zero_grad()
                distance.backward()
                adam.step()
                schedule.step()
        return Projected({n: v.cpu() for n, v in best.items()}, rebuilt.cpu(), errors.cpu(), before.cpu())
