"""A spec, understood: components made, networks built on the meta device, every name checked, nothing allocated."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe import checks, lint, measure
from ganframe.compile import Compiler
from ganframe.component import Field, Shape
from ganframe.environment import size
from ganframe.errors import PluginFault, Problem, SpecError
from ganframe.feed import read
from ganframe.given import one_hot
from ganframe.names import Names
from ganframe.network import Network
from ganframe.parts import Facts, Loss, Parts, Stretch, dtype, resolve
from ganframe.registry import Registry
from ganframe.roles import Roles, names, roles
from ganframe.spec import expand
from ganframe.spec.model import Spec
from ganframe.spec.names import field_faults, stock_faults
from ganframe.terms import SIDES, Term, Terms


@attrs.define(eq=False)
class Plan:
    """Everything known of a run before it begins."""

    spec: Spec
    registry: Registry
    parts: Parts
    networks: dict[str, Network]
    names: Names
    roles: Roles
    metas: dict[str, dict[str, Tensor]]

    @property
    def first(self) -> str:
        """The data's first field."""
        return next(iter(self.parts.fields), "")

    def trained(self, stretch: Stretch) -> dict[str, tuple[str, ...]]:
        """The networks that each side's turns train in a stretch of the run."""
        allowed = None if stretch.trains is None else self.roles.with_followers(stretch.trains)
        return {
            side: tuple(n for n in self.networks if self.roles.side(n) == side and (allowed is None or n in allowed))
            for side in SIDES
        }

    def losses(self, stretch: Stretch) -> list[Loss]:
        """The losses that take part in a stretch."""
        return [
            loss for name, loss in self.parts.losses.items() if stretch.losses is None or name in stretch.losses
        ]

    def terms(self, stretch: Stretch) -> list[Term]:
        """Every term of a stretch, in the spec's order."""
        make = Terms(self.names, self.roles, self.trained(stretch))
        return [term for loss in self.losses(stretch) for term in make.of(loss)]

    def output(self, network: str) -> dict[str, list[int]]:
        """What `check --json` says of a network: made names, or `output`, with shapes without the batch dimension."""
        built, metas = self.networks[network], self.metas[network]
        made = dict(self.names.made.get(network, {}))
        made |= {n: w for n, (maker, w) in self.names.makers.items() if maker == network}
        return {n: list(metas[built.node_of(w)].shape[1:]) for n, w in (made or {"output": None}).items()}

    def parameters(self, network: str) -> int:
        """A network's own parameters, frozen ones too."""
        return sum(row.parameters for row in self.networks[network].rows)

    def decay(self, network: str) -> Any:
        """A network's `ema`, or that of the network it is trained with, unless it says `ema = false`; None for none."""
        leader: str | None = network
        while leader is not None:
            spec = self.spec.networks[leader]
            if spec.ema is not None:
                return None if spec.ema.value is False else self.parts.training[leader].ema
            leader = spec.trained_with
        return None


def plan(spec: Spec, registry: Registry, known: Facts | None = None) -> Plan:
    """Understand a spec. Raises SpecError with every independent fault."""
    parts = resolve(spec, registry, known)
    spec.problems += stock_faults(spec, registry)
    spec.problems += field_faults(spec, parts.fields) if parts.fields else []
    lint.lines(spec, registry, parts)
    before = len(spec.problems)
    expand.check(spec, parts.env)
    if len(spec.problems) > before:
        raise _refusal(spec, registry)
    if parts.device.sync_batch_norm and size() == 1:
        place = spec.device["sync_batch_norm"].place
        spec.warnings.append(Problem(place, "device.sync_batch_norm", "changes nothing in one process"))
    first = next(iter(parts.fields), "")
    compiler = Compiler(
        spec, registry, parts.resolver, parts.env, parts.phases[0].options.batch_size,
        _known(spec, parts), bool(parts.fields),
    )  # fmt: skip
    networks = compiler.all()
    made = Plan(
        spec, registry, parts, networks, names(spec, tuple(parts.fields), parts.latents, networks),
        roles(spec, first), compiler.metas,
    )  # fmt: skip
    if len(networks) == len(spec.networks) and parts.fields:
        checks.all_of(made)
        if known is None:
            measure.check(spec, parts)
    if spec.problems:
        raise _refusal(spec, registry)
    return made


def _refusal(spec: Spec, registry: Registry) -> SpecError:
    """Every fault in the file's order; the exit status is a plugin's where a name is missing that a broken one has."""
    problems = sorted(dict.fromkeys(spec.problems), key=lambda p: (p.place.file, p.place.line, p.place.column))
    error = SpecError(problems)
    if any(str(broken) in problem.message for broken in registry.broken for problem in problems):
        error.status = PluginFault.status
    return error


def _known(spec: Spec, parts: Parts) -> dict[str, Tensor]:
    """Meta tensors of fields and latents, by name; a latent of a field's name must have the field's shape."""
    rows = parts.phases[0].options.batch_size
    known = {
        name: torch.empty((rows, *field.shape), dtype=dtype(field), device="meta")
        for name, field in parts.fields.items()
    }
    for name, latent in parts.latents.items():
        use = spec.latents[name]
        try:
            shape = latent.shape(parts.fields)
        except Exception as error:  # whatever a latent raises is the fault of its table
            if parts.fields:
                spec.problem(use.node, use.path, f"'{use.type.value}' has no shape: {error}")
            continue
        shape = shape if isinstance(shape, Shape) else Shape(shape)
        if name in known and tuple(known[name].shape[1:]) != tuple(shape):
            message = f"stands for the data's field '{name}' of shape {tuple(known[name].shape[1:])}, but gives {shape}"
            spec.problem(use.node, use.path, message)
        try:
            known[name] = torch.empty((rows, *shape), dtype=shape.dtype, device="meta")
        except RuntimeError:  # more elements than a 64-bit number counts
            spec.problem(use.node, use.path, f"a batch of {rows:_} rows of shape {shape} is too large for any tensor")
    return known


def facts_of(parts: Parts) -> Facts:
    """What a checkpoint keeps of the data."""
    return Facts(parts.fields, parts.facts)


def frequencies(data: Any, fields: dict[str, Field], rows: int = 2048) -> dict[str, list[float]]:
    """How often each class of a one-hot field occurs, counted over up to `rows` rows spread over the data.

    For the field `label` the data's own fact `frequencies` goes first.
    """
    count = min(len(data), rows)
    indices = torch.linspace(0, len(data) - 1, count).round().long()
    batch = read(data, indices, torch.Generator().manual_seed(0))
    told = data.facts().get("frequencies")
    found = {"label": [float(share) for share in told]} if told is not None and "label" in fields else {}
    counted = {name: batch[name].mean(0).tolist() for name in fields if one_hot(batch[name])}
    return {**counted, **found}
