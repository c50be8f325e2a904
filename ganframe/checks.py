"""What can be wrong although every network builds: names, made fields, losses that reach nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from ganframe.errors import Problem, did_you_mean
from ganframe.parts import Loss, Watcher, dtype
from ganframe.spec import unread
from ganframe.spec.model import Node, Spec, Use
from ganframe.terms import SIDES, Term, wires

if TYPE_CHECKING:
    from ganframe.plan import Plan


def all_of(plan: Plan) -> None:
    """Record every such fault in the plan's spec, and plan for the wires that somebody asks for."""
    _Check(plan).all()


@attrs.frozen
class _Check:
    plan: Plan

    def all(self) -> None:
        self.made()
        self.judged()
        self.batches()
        if self.circles():
            return
        self.wires()
        self.reach()
        self.share_fake()
        self.unread_classes()

    @property
    def spec(self) -> Spec:
        return self.plan.spec

    def made(self) -> None:
        """What makes a field of the data must have its shape and dtype; reported on the maker's last line."""
        plan = self.plan
        for network, made in plan.names.made.items():
            for name, wire in made.items():
                self._wire_exists(network, name, wire)
                field = plan.parts.fields.get(name)
                if field is None or (wire is not None and wire not in plan.networks[network].wires):
                    continue
                meta = plan.metas[network][plan.networks[network].node_of(wire)]
                if tuple(meta.shape[1:]) != field.shape or meta.dtype != dtype(field):
                    told = f"makes '{name}' of shape {tuple(meta.shape[1:])} {str(meta.dtype)[6:]}"
                    spec = self.spec.networks[network]
                    last = spec.layers[-1].use if spec.layers else spec
                    self.spec.problem(last.node, last.path, f"{told}; the data's is {field.shape} {field.dtype}")

    def _wire_exists(self, network: str, name: str, wire: str | None) -> None:
        known = self.plan.networks[network].wires
        if wire is not None and wire not in known:
            spec = self.spec.networks[network]
            node = spec.makes.get(("fake", name)) or spec.node
            self.spec.problem(node, f"{spec.path}.makes.{name}", f"binds no wire '@{wire}'{did_you_mean(wire, known)}")

    def judged(self) -> None:
        """What a discriminator judges has a real side, and the discriminator reads it."""
        names = self.plan.names
        given = {n for network in self.spec.networks.values() for batch, n in network.makes if batch == "real"}
        atoms = frozenset({*names.fields, *names.latents})
        held = atoms | given
        for name, field in self.plan.roles.judged_field.items():
            spec = self.spec.networks[name]
            read = frozenset[str]().union(*(names.depends(entry, atoms) for entry in names.networks[name].inputs))
            if field not in held:
                hint = did_you_mean(field, held)
                told = f"judges '{field}', which is no field, no latent and not made as \"real.{field}\""
                self.spec.problem(spec.node.get("judges") or spec.node, f"{spec.path}.judges", f"{told}{hint}")
            elif field not in read:
                told = f"'{name}' judges '{field}', but reads nothing that hangs on it"
                self.spec.problem(spec.node.get("inputs") or spec.node, f"{spec.path}.inputs", told)

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
        """Every tensor that a loss or metric names exists, and is planned for; so is what inputs and makes read."""
        plan = self.plan
        for loss in plan.parts.losses.values():
            self._named(loss.component, loss.spec.use)
            if loss.spec.fake not in ("fake", *plan.names.batches):
                message = f"no batch '{loss.spec.fake}'{did_you_mean(loss.spec.fake, plan.names.batches)}"
                self.spec.problem(loss.spec.node.get("fake") or loss.spec.node, f"{loss.spec.path}.fake", message)
        for watcher in plan.parts.metrics:
            self._measured(watcher)
        for built in plan.networks.values():
            for name in built.inputs:
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

    def _named(self, component: Any, use: Use) -> None:
        """The tensors that a loss or metric names."""
        for name, (batch, inner) in wires(component).items():
            if self._path(batch, inner, use.options.get(name, use.node), f"{use.path}.{name}"):
                self.plan.names.want(inner)

    def _measured(self, watcher: Watcher) -> None:
        """The tensors that a metric names; those of a fake batch need a generator."""
        use = self.spec.metrics[watcher.name].use
        self._named(watcher.component, use)
        if self.spec.problems or self.plan.roles.generators:
            return
        for name, path in wires(watcher.component).items():
            if self.plan.names.reads_fake(*path):
                told = "hangs on a fake batch, and no network makes anything in `fake`"
                self.spec.problem(use.options.get(name, use.node), f"{use.path}.{name}", told)

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
        read = known.depends(inner, known.atoms_of(batch if batch in known.batches else "real"))
        nowhere = sorted(n for n in read if not known.known(n) and n not in self._reach())
        if nowhere:
            self.spec.problem(node, path, f"'{inner}' reads '{nowhere[0]}', which no batch has")
        return not nowhere

    def reach(self) -> None:
        """A loss that no phase lets reach a network is a mistake."""
        if self.spec.problems:
            return
        if not self.spec.losses:
            self.spec.warnings.append(Problem(self.spec.root.place, "losses", "there are none: nothing is trained"))
        terms = [term for stretch in self.plan.parts.phases for term in self.plan.terms(stretch)]
        played = {term.loss for term in terms}
        reached = {term.loss for term in terms if self._reaches(term)}
        for name, loss in self.plan.parts.losses.items():
            if name not in reached:
                why = "what it reads does not hang on what it trains" if name in played else self._unplayed(loss)
                self.spec.problem(loss.spec.node, loss.spec.path, f"reaches no network: {why}")

    def _unplayed(self, loss: Loss) -> str:
        """Why a loss is evaluated in no turn: a side of a game without its pair, or nothing that it trains."""
        names, judged = self.plan.names, self.plan.roles.judged_field
        if self.plan.roles.pairs or not any(hasattr(loss.component, side) for side in SIDES):
            return "nothing that it trains has a turn in which it is evaluated"
        makes = [f"'{name}' makes '{field}'" for name, made in names.made.items() for field in made]
        judges = [f"'{name}' judges '{field}'" for name, field in judged.items()]
        told = ", ".join(makes or ["no network makes a field (one called 'generator' does, or one with `makes`)"])
        known = ", ".join(judges or ["no network judges one (one called 'discriminator' does, or one with `judges`)"])
        return f"{told}; {known}"

    def _reaches(self, term: Term) -> bool:
        """Whether a network that a term trains computes what it reads; one that asks for the step may read anything."""
        paths, known = wires(term.component), self.plan.names
        asked = [name for name, _ in term.asks]
        if term.method is None or "step" in asked or "pairs" in asked:
            return True
        logits = {"real": ("real", term.discriminator or ""), "fake": (term.batch, term.discriminator or "")}
        read = [known.reads(*path, term.generator) for name in asked if (path := paths.get(name) or logits.get(name))]
        return any(networks & set(term.trains) for networks in read)

    def share_fake(self) -> None:
        """The shared fake pass must not read a network that the discriminators' turn trains."""
        plan = self.plan
        for stretch in plan.parts.phases:
            if not stretch.options.share_fake:
                continue
            trained = set(plan.trained(stretch)["discriminator"])
            for g in plan.roles.generators:
                atoms = frozenset(plan.names.fields) | frozenset(plan.names.latents)
                read = plan.names.runs(plan.names.depends(g, atoms))
                if read & trained:
                    both = ", ".join(sorted(read & trained))
                    told = f"the fake pass reads {both}, which the discriminators' turn trains"
                    self.spec.problem(self.spec.networks[g].node, "run.share_fake", told)

    def unread_classes(self) -> None:
        """Classes that were found in files and that nothing reads: one line, since they may be what was wanted."""
        spec, parts = self.spec, self.plan.parts
        options = attrs.asdict(parts.dataset, recurse=False).values() if parts.dataset is not None else ()
        if spec.data is None or spec.problems or not any(isinstance(value, Path) for value in options):
            return
        watching = [parts.sampler, *(w.component for w in (*parts.metrics, *parts.hooks)), *parts.latents.values()]
        said = {value for one in watching if attrs.has(type(one)) for value in attrs.asdict(one, recurse=False).values()
                if isinstance(value, str)}  # fmt: skip
        for name, field in parts.fields.items():
            if len(field.names) > 1 and field.shape == (len(field.names),) and name not in said | unread.mentions(spec):
                told = f"{len(field.names)} classes found, not used (add \"{name}\" to the `inputs` of both networks)"
                spec.warnings.append(Problem(spec.data.node.place, f"data: {name}", told))
