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
from ganframe.sample import main_field
from ganframe.truncation import targets

if TYPE_CHECKING:
    from ganframe.sample import Common, Sampler

#: Drawn samples among which a search begins with the nearest.
STARTS = 512
#: How much of a class a search begins with, where the class is searched for too.
_SURE = 0.8
_TINY = 1e-8


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
    made = {name: None for makes in sampler.plan.names.made.values() for name in makes}
    field = main_field(made, sampler.parts.fields)
    shape = shape_of(sampler.plan, field)
    if tuple(rows.shape[1:]) != tuple(shape) or not shape.dtype.is_floating_point:
        raise SpecError(f"'{field}' takes rows of numbers of shape {shape}, not {tuple(rows.shape[1:])}")
    sampler.seed = seed
    with probe.probing(sampler, given or {}) as common:
        found = [
            _Chunk(sampler, _given_to(common, k, sampler.size), field, part, names, search).found()
            for k, part in enumerate(torch.split(rows, sampler.size))
        ]
    return Projected(
        {name: torch.cat([one.latents[name] for one in found]) for name in found[0].latents},
        *(torch.cat([getattr(one, part) for one in found]) for part in ("rebuilt", "errors", "before")),
    )


def _given_to(common: Common, chunk: int, size: int) -> Common:
    """With the given rows of a chunk, the same in whichever chunk is drawn."""
    at = torch.arange(chunk * size, (chunk + 1) * size)
    return attrs.evolve(common, given={name: value[at % len(value)] for name, value in common.given.items()})


class _Chunk:
    """The search for up to a chunk of rows at once; each row has latents of its own."""

    def __init__(
        self, sampler: Sampler, common: Common, field: str, rows: Tensor, names: tuple[str, ...], search: Search
    ) -> None:
        plan = sampler.plan
        self.sampler, self.common, self.field, self.search = sampler, common, field, search
        self.rows = rows.to(sampler.device)
        self.generator = next(name for name, made in plan.names.made.items() if field in made)
        self.judges = tuple(d for g, d in plan.roles.pairs if g == self.generator)
        self.classes = self._classes()
        self.names = (*(names or tuple(targets(plan))), *self.classes)
        if not self.names:
            raise SpecError("no latent of numbers is drawn, so that there is nothing to search for")

    def _classes(self) -> tuple[str, ...]:
        """One-hot names that the samples hang on and that are not given."""
        plan = self.sampler.plan
        read = plan.names.depends(self.generator, frozenset({*plan.names.fields, *plan.names.latents}))
        return tuple(sorted((read & of_classes(plan, self.sampler.frequencies)) - self.common.given.keys()))

    def found(self) -> Projected:
        """Begin with the nearest samples, descend, and keep the best of every row."""
        best, errors, rebuilt = self._nearest()
        before = errors.clone()
        free = {name: self._freed(name, value).requires_grad_() for name, value in best.items()}
        adam = torch.optim.Adam(list(free.values()), lr=self.search.lr)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, self.search.steps)
        with probe.Listener({n: self.common.networks[n] for n in self.judges}, first=False) as listener:
            wanted = self._wanted(listener, best)
            for _ in range(self.search.steps):
                latents = {name: self._bound(name, value) for name, value in free.items()}
                made, features = self._made(listener, latents)
                error = (made - self.rows).square().flatten(1).mean(1)
                nearer = error.detach() < errors
                errors = torch.where(nearer, error.detach(), errors)
                rebuilt = _chosen(nearer, made.detach(), rebuilt)
                best = {name: _chosen(nearer, latents[name].detach(), value) for name, value in best.items()}
                distance = error.sum() + self.search.features * _apart(features, wanted)
                adam.zero_grad()
                distance.backward()  # type: ignore[no-untyped-call]
                adam.step()
                schedule.step()
        return Projected({n: v.cpu() for n, v in best.items()}, rebuilt.cpu(), errors.cpu(), before.cpu())

    @torch.no_grad()
    def _nearest(self) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """Of drawn samples the nearest to each row: latents, mean squared difference and sample."""
        rows, size = self.rows.flatten(1), self.sampler.size
        varied = any(len(torch.unique(value, dim=0)) > 1 for value in self.common.given.values())
        own = torch.eye(len(rows), size, dtype=torch.bool, device=rows.device)
        kept: list[tuple[Tensor, dict[str, Tensor], Tensor]] = []
        for k in range(-(-STARTS // size)):
            scene = self.sampler.scene(k, self.common)
            made = scene.fake(self.generator)[self.field].float()
            far = torch.cdist(rows, made.flatten(1)).square() / rows.shape[1]
            error, at = torch.where(own | (not varied), far, torch.inf).min(1)
            kept.append((error, {name: self.sampler.wire(scene, name).float()[at] for name in self.names}, made[at]))
            scene.close()
        errors, which = torch.stack([error for error, _, _ in kept]).min(0)
        row = torch.arange(len(rows), device=rows.device)
        latents = {name: torch.stack([found[name] for _, found, _ in kept])[which, row] for name in self.names}
        return latents, errors, torch.stack([made for _, _, made in kept])[which, row]

    def _made(self, listener: probe.Listener, latents: dict[str, Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Samples of these latents, and what the layers of their judges make of them."""
        scene = probe.scene(self.sampler, self.common, latents)
        fake = scene.fake(self.generator)
        made: Tensor = fake[self.field].float()[: len(self.rows)]
        listener.heard.clear()
        for judge in self.judges:
            fake[judge]
        features = [value[: len(self.rows)].float() for value in listener.heard]
        scene.close()
        return made, features

    @torch.no_grad()
    def _wanted(self, listener: probe.Listener, latents: dict[str, Tensor]) -> list[tuple[Tensor, Tensor]]:
        """What the judges' layers make of the rows, with the inverse variance of each layer's values."""
        scene = probe.scene(self.sampler, self.common, latents)
        at = torch.arange(self.sampler.size) % len(self.rows)
        real = scene.fake(self.generator).replace(**{self.field: self.rows[at]})
        listener.heard.clear()
        for judge in self.judges:
            real[judge]
        features = [value[: len(self.rows)].float() for value in listener.heard]
        scene.close()
        return [(value, 1 / (value.square().mean() + _TINY)) for value in features]

    def _freed(self, name: str, value: Tensor) -> Tensor:
        """What is searched for: of a class the logarithm of its shares."""
        if name not in self.classes:
            return value.clone()
        return (_SURE * value + (1 - _SURE) / value.shape[1]).log()

    def _bound(self, name: str, value: Tensor) -> Tensor:
        return value.softmax(1) if name in self.classes else value


def _apart(features: list[Tensor], wanted: list[tuple[Tensor, Tensor]]) -> Tensor:
    """The mean over layers of the mean squared difference, in units of the layer's mean square; summed over rows."""
    pairs = zip(features, wanted, strict=True)
    each = [(made - value).square().mean(1).sum() * scale for made, (value, scale) in pairs]
    return torch.stack(each).mean() if each else torch.zeros(())


def _chosen(which: Tensor, one: Tensor, other: Tensor) -> Tensor:
    return torch.where(which.reshape(-1, *[1] * (one.dim() - 1)), one, other)
