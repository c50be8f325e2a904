"""The truncation trick: samples nearer to the mean, traded for variety (`[sample] truncation`).

Brock et al. 2019 (arXiv:1809.11096), section 3.1, for latents; Karras et al. 2019 (arXiv:1812.04948), appendix B, for
what a mapping network makes of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import torch
from torch import Tensor

from ganframe.component import Shape
from ganframe.errors import SpecError
from ganframe.given import of_classes, shape_of
from ganframe.network import SHARED

if TYPE_CHECKING:
    from ganframe.patch import Change
    from ganframe.plan import Plan
    from ganframe.sample import Common, Sampler

#: Rows that the mean is taken over, at least.
TRACKED = 4096
#: Standard errors from which a mean is told from 0.
_SURE = 4
#: Times that numbers beyond the threshold are drawn again.
_TRIES = 20_000


@attrs.frozen(eq=False)
class Truncated:
    """A latent whose numbers are kept near their mean; `mean` and `std` are those of all its numbers."""

    latent: Any
    name: str
    by: str
    strength: float
    mean: float
    std: float

    def shape(self, fields: Mapping[str, Any]) -> Shape:
        """The latent's."""
        return Shape(self.latent.shape(fields))

    def sample(self, rows: int, now: Any, real: Any, data: Any) -> Tensor:
        """Rows of the latent: scaled towards the mean, clamped, or drawn again until near."""
        drawn: Tensor = self.latent.sample(rows, now, real, data)
        if self.by == "scale":
            return self.mean + self.strength * (drawn - self.mean)
        reach = self.strength * self.std
        if self.by == "clamp":
            return drawn.clamp(self.mean - reach, self.mean + reach)
        for _ in range(_TRIES):
            far = (drawn - self.mean).abs() > reach
            if not far.any():
                return drawn
            drawn = torch.where(far, self.latent.sample(rows, now, real, data), drawn)
        raise SpecError(f"hardly a number of '{self.name}' lies within {self.strength} standard deviations of its mean")


def targets(plan: Plan) -> list[str]:
    """What is truncated where the spec does not say: what mapping networks make, else every latent of numbers.

    A mapping network reads latents of numbers, besides fields and classes, and is run by a generator, as an input or
    as a layer.
    """
    names = plan.names
    numbers = names.latents.keys() - set(names.fields) - of_classes(plan, ())
    mapping = {
        n for n, net in names.networks.items()
        if n not in names.made and set(net.inputs) & numbers and set(net.inputs) <= {*names.fields, *names.latents}
    }  # fmt: skip
    found: dict[str, None] = {}
    for generator in names.made:
        network = names.networks[generator]
        found.update(dict.fromkeys(entry for entry in network.inputs if entry in mapping))
        calls = {f"{SHARED}.{name}" for name in mapping}
        made = {node.name for node in network.graph.nodes if node.op == "call_module" and str(node.target) in calls}
        found.update(dict.fromkeys(f"{generator}.{wire}" for wire, node in network.wires.items() if node in made))
    return list(found) or [name for name in names.latents if name in numbers]


class Truncation:
    """What one draw truncates: latents as components of their own, wires as changes of their nodes."""

    def __init__(self, sampler: Sampler, common: Common, strength: float) -> None:
        options, plan = sampler.parts.sample, sampler.plan
        self.strength = strength
        self.latents: dict[str, Any] = {}
        self.changes: dict[str, dict[str, Change]] = {}
        asked = [options.truncate] if options.truncate else targets(plan)
        for name in asked:
            shape_of(plan, name)
            if name in common.latents and name not in common.given:
                self._latent(sampler, common, name, alone=bool(options.truncate))
        inner = [name for name in asked if name not in common.latents]
        if inner and options.truncate_by != "scale":
            raise SpecError(f"sample.truncate_by: '{inner[0]}' is no latent, it can be scaled only")
        for name, mean in means(sampler, common, inner).items():
            network, node = _target(plan, name)
            self.changes.setdefault(network, {})[node] = _towards(mean, strength)

    def _latent(self, sampler: Sampler, common: Common, name: str, *, alone: bool) -> None:
        options, latent = sampler.parts.sample, common.latents[name]
        rows = torch.cat([sampler.scene(-1 - k, common).latent(name) for k in range(-(-TRACKED // sampler.size))])
        std = float(rows.std()) if rows.is_floating_point() else 0.0
        if std > 0 and name not in of_classes(sampler.plan, sampler.frequencies):
            mean = float(rows.mean())
            known = abs(mean) > _SURE * std / rows.numel() ** 0.5
            near = Truncated(latent, name, options.truncate_by, self.strength, mean if known else 0.0, std)
            self.latents[name] = near
        elif alone:
            raise SpecError(f"sample.truncate: '{name}' is no latent of numbers that vary")


def means(sampler: Sampler, common: Common, names: list[str]) -> dict[str, Tensor]:
    """The mean (*shape) of wires over samples drawn for it, as a mapping network's tracked mean estimates it."""
    found: dict[str, list[Tensor]] = {name: [] for name in names}
    for k in range(-(-TRACKED // sampler.size) if names else 0):
        scene = sampler.scene(-1 - k, common)
        for name in names:
            found[name].append(sampler.wire(scene, name))
        scene.close()
    return {name: torch.cat(rows).mean(0) for name, rows in found.items()}


def _target(plan: Plan, name: str) -> tuple[str, str]:
    found = plan.names.target(name)
    assert found is not None
    return found


def _towards(mean: Tensor, strength: float) -> Change:
    return lambda x: mean + strength * (x - mean)
