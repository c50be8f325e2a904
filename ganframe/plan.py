"""A spec, understood: components made, networks built on the meta device, every name checked, nothing allocated."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe import lint
from ganframe.compile import Compiler
from ganframe.component import Field, Shape
from ganframe.errors import Problem, SpecError, did_you_mean
from ganframe.names import Names
from ganframe.network import Network
from ganframe.parts import Facts, Loss, Parts, Stretch, resolve
from ganframe.registry import Registry
from ganframe.roles import Roles, names, roles
from ganframe.spec import expand
from ganframe.spec.model import Node, Spec
from ganframe.terms import SIDES, Term, Terms, wires


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
        made = {n: w for n, w in self.names.made.get(network, {}).items()}
        made |= {n: w for n, (maker, w) in self.names.makers.items() if maker == network}
        return {n: list(metas[built.node_of(w)].shape[1:]) for n, w in (made or {"output": None}).items()}

    def parameters(self, network: str) -> int:
        """A network's own parameters, frozen ones too."""
        return sum(row.parameters for row in self.networks[network].rows)


def plan(spec: Spec, registry: Registry, known: Facts | None = None) -> Plan:
    """Understand a spec. Raises SpecError with every independent fault."""
    parts = resolve(spec, registry, known)
    lint.lines(spec, registry, parts)
    before = len(spec.problems)
    expand.check(spec, parts.env)
    if len(spec.problems) > before:
        raise _refusal(spec)
    if parts.device.sync_batch_norm:
        place = spec.device["sync_batch_norm"].place
        spec.warnings.append(Problem(place, "device.sync_batch_norm", "changes nothing: a run is one process"))
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
        _Check(made).all()
    if spec.problems:
        raise _refusal(spec)
    return made


def _refusal(spec: Spec) -> SpecError:
    return SpecError(sorted(dict.fromkeys(spec.problems), key=lambda p: (p.place.file, p.place.line, p.place.column)))


def _known(spec: Spec, parts: Parts) -> dict[str, Tensor]:
    """Meta tensors of fields and latents, by name; a latent of a field's name must have the field's shape."""
    rows = parts.phases[0].options.batch_size
    known = {
        name: torch.empty((rows, *field.shape), dtype=dtype(field), device="meta") for name, field in parts.fields.items()
    }
    for name, latent in parts.latents.items():
        use = spec.latents[name]
        try:
            shape = latent.shape(parts.fields)
        except Exception as error:  # whatever a latent raises is the fault of its table
            if parts.fields or not isinstance(error, KeyError):
                spec.problem(use.node, use.path, f"'{use.type.value}' has no shape: {error}")
            continue
        shape = shape if isinstance(shape, Shape) else Shape(shape)
        if name in known and tuple(known[name].shape[1:]) != tuple(shape):
            message = f"stands for the data's field '{name}' of shape {tuple(known[name].shape[1:])}, but gives {shape}"
            spec.problem(use.node, use.path, message)
        known[name] = torch.empty((rows, *shape), dtype=shape.dtype, device="meta")
    return known


def dtype(field: Field) -> torch.dtype:
    """A field's torch dtype."""
    found = getattr(torch, field.dtype)
    assert isinstance(found, torch.dtype)
    return found


@attrs.frozen
class _Check:
    """What can be wrong although every network builds."""

    plan: Plan

    def all(self) -> None:
        self.made()
        self.batches()
        if self.circles():
            return
        self.wires()
        self.reach()
        self.share_fake()

    @property
    def spec(self) -> Spec:
        return self.plan.spec

    def made(self) -> None:
        """What makes a field of the data must have its shape and dtype; reported on the maker's last line."""
        plan = self.plan
        for network, made in plan.names.made.items():
            for name, wire in made.items():
                self._wire_exists(network, wire)
                field = plan.parts.fields.get(name)
                if field is None or (wire is not None and wire not in plan.networks[network].wires):
                    continue
                meta = plan.metas[network][plan.networks[network].node_of(wire)]
                if tuple(meta.shape[1:]) != field.shape or meta.dtype != dtype(field):
                    told = f"makes '{name}' of shape {tuple(meta.shape[1:])} {str(meta.dtype)[6:]}"
                    last = self.spec.networks[network].layers[-1]
                    self.spec.problem(last.use.node, last.path, f"{told}; the data's is {field.shape} {field.dtype}")

    def _wire_exists(self, network: str, wire: str | None) -> None:
        known = self.plan.networks[network].wires
        if wire is not None and wire not in known:
            spec = self.spec.networks[network]
            self.spec.problem(spec.node, f"{spec.path}.makes", f"binds no wire '@{wire}'{did_you_mean(wire, known)}")

    def batches(self) -> None:
        """Names in `[batches]` exist, those replaced and those that replace them."""
        for batch, replaced in self.spec.batches.items():
            for name, node in replaced.items():
                where, _, inner = str(node.value).partition(".")
                self._path(where, inner, node, f"batches.{batch}.{name}")
                reach = self._reach()
                if name not in reach:
                    hint = did_you_mean(name, reach)
                    message = f"nothing is called '{name}' that could be replaced; there are {', '.join(reach)}{hint}"
                    self.spec.problem(node, f"batches.{batch}.{name}", message, key=True)

    def circles(self) -> bool:
        """Batches whose replaced names need one another."""
        known = self.plan.names
        for circle in known.circles():
            batch, name = circle[0]
            told = " -> ".join(".".join(path) for path in circle)
            node = self.spec.batches[batch][name]
            self.spec.problem(node, f"batches.{batch}.{name}", f"batches need one another in a circle: {told}")
            return True
        return False

    def _reach(self) -> list[str]:
        known = self.plan.names
        made = (n for names in known.made.values() for n in names)
        return sorted({*known.fields, *known.latents, *known.networks, *known.makers, *made})

    def wires(self) -> None:
        """Every tensor that a loss names exists, and is planned for; so is what inputs and makes read."""
        plan = self.plan
        for loss in plan.parts.losses.values():
            for name, (batch, inner) in wires(loss.component).items():
                node = loss.spec.use.options.get(name, loss.spec.node)
                if self._path(batch, inner, node, f"{loss.spec.path}.{name}"):
                    plan.names.want(inner)
            if loss.spec.fake not in ("fake", *plan.names.batches):
                message = f"no batch '{loss.spec.fake}'{did_you_mean(loss.spec.fake, plan.names.batches)}"
                self.spec.problem(loss.spec.node.get("fake") or loss.spec.node, f"{loss.spec.path}.fake", message)
        for network in plan.networks.values():
            for name in network.inputs:
                plan.names.want(name)
        for replaced in plan.names.batches.values():
            for _, name in replaced.values():
                plan.names.want(name)
        for name in (*plan.names.makers, *(n for made in plan.names.made.values() for n in made)):
            plan.names.want(name)
        for network, made in plan.names.made.items():
            for wire in made.values():
                if wire is not None and wire in plan.networks[network].wires:
                    plan.names.want(f"{network}.{wire}")

    def _path(self, batch: str, inner: str, node: Node, path: str) -> bool:
        known = self.plan.names
        if any(p.place == node.place for p in self.spec.problems):
            return False
        if batch not in ("real", "fake", *known.batches):
            hint = did_you_mean(batch, ("real", "fake", *known.batches))
            there = ", ".join(("real", "fake", *known.batches))
            self.spec.problem(node, path, f"no batch '{batch}'; there are {there}{hint}")
            return False
        if not known.known(inner) and not any(inner in made for made in known.made.values()):
            network, _, wire = inner.partition(".")
            inside = self.plan.networks[network].wires if network in self.plan.networks else None
            reach = inside if inside is not None else self._reach()
            what = f"network '{network}' binds no wire '{wire}'" if inside is not None else f"unknown name '{inner}'"
            hint = did_you_mean(wire if inside is not None else inner, reach)
            self.spec.problem(node, path, f"{what}; there are {', '.join(sorted(set(reach)))}{hint}")
            return False
        return True

    def reach(self) -> None:
        """A loss that no phase lets reach a network is a mistake."""
        if self.spec.problems:
            return
        reached = {term.loss for stretch in self.plan.parts.phases for term in self.plan.terms(stretch)}
        for name, loss in self.plan.parts.losses.items():
            if name not in reached:
                message = "reaches no network: nothing that it trains has a turn in which it is evaluated"
                self.spec.problem(loss.spec.node, loss.spec.path, message)

    def share_fake(self) -> None:
        """The shared fake pass must not read a network that the discriminators' turn trains."""
        plan = self.plan
        for stretch in plan.parts.phases:
            if not stretch.options.share_fake:
                continue
            trained = set(plan.trained(stretch)["discriminator"])
            for g in plan.roles.generators:
                atoms = frozenset(plan.names.fields) | frozenset(plan.names.latents)
                read = plan.names.depends(g, atoms) | {*_shared(plan.networks[g])}
                if read & trained:
                    told = f"the fake pass reads {', '.join(sorted(read & trained))}, which the discriminators' turn trains"
                    self.spec.problem(self.spec.networks[g].node, "run.share_fake", told)


def _shared(network: Network) -> set[str]:
    found = set(network.shared)
    for other in network.shared.values():
        found |= _shared(other)
    return found


def facts_of(parts: Parts) -> Facts:
    """What a checkpoint keeps of the data."""
    return Facts(parts.fields, parts.facts)


def frequencies(data: Any, fields: dict[str, Field], rows: int = 2048) -> dict[str, list[float]]:
    """How often each class of a one-hot field occurs, counted over up to `rows` rows spread over the data.

    For the field `label` the data's own fact `frequencies` goes first.
    """
    count = min(len(data), rows)
    indices = torch.linspace(0, len(data) - 1, count).round().long()
    batch = data.batch(indices, torch.Generator().manual_seed(0))
    told = data.facts().get("frequencies")
    found = {"label": [float(share) for share in told]} if told is not None and "label" in fields else {}
    for name in fields:
        value = batch[name]
        if name not in found and value.dim() == 2 and value.shape[1] > 1 and value.is_floating_point() and _one_hot(value):
            found[name] = value.mean(0).tolist()
    return found


def _one_hot(value: Tensor) -> bool:
    return bool(((value == 0) | (value == 1)).all() and (value.sum(1) == 1).all())
