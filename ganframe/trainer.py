"""A plan made real: networks on the device, optimizers, averages, and one step of the run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from ganframe import streams
from ganframe.feed import Feed, Whole
from ganframe.model import Model, twice_differentiated
from ganframe.now import Now
from ganframe.optimize import Owner
from ganframe.parts import Stretch
from ganframe.scene import Latents, Scene
from ganframe.sides import Side
from ganframe.terms import SIDES, Term
from ganframe.turn import Player


class Trainer:
    """Everything that changes while a run trains."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.plan = plan = model.plan
        self.device = device = model.device
        self.seed = plan.parts.run.seed
        self.networks = model.networks
        self.programs = model.programs
        self.augmenters = model.augmenters
        leaders = (name for name in plan.networks if plan.parts.training[name].optimizer is not None)
        self.owners = {name: self._owner(name) for name in leaders}
        self.states: dict[str, dict[str, Tensor]] = {}
        self.group = device.group
        self.feed = Feed(plan.parts.data, plan.parts.sampler, self.seed, device.torch_device, self.group)
        adapt = self.adapt if self.augmenters else None
        self.player = Player(self.networks, self.states, device, self.stream, self.reseed, adapt)
        self.player.scalars = self._scalars
        self.player.contexts = self._contexts()
        self.joint = self._joint()
        self.sides: dict[str, dict[str, Side]] = {s.name: self._sides(s) for s in plan.parts.phases}
        self._start_states()
        self.terms: dict[str, Term] = {}
        self.spent = dict.fromkeys(("data", *SIDES), 0.0)
        self.detour = 0
        self.settled = ""

    def stretch(self, step: int) -> Stretch:
        """The phase that a step belongs to; the last one goes on for ever."""
        phases = self.plan.parts.phases
        return next((phase for phase in phases if step < phase.end), phases[-1])

    def now(self, step: int) -> Now:
        """The moment of a step."""
        stretch = self.stretch(step)
        size = stretch.options.batch_size
        return Now(step, self.feed.position, size, stretch.name, self.device.torch_device)

    def step(self, step: int) -> None:
        """One step: the discriminators' turns, then the generators', then averages and schedules (rule 11)."""
        stretch, now = self.stretch(step), self.now(step)
        sides, options = self.sides[stretch.name], stretch.options
        if self.settled != stretch.name:
            self._settle(stretch)
        for owner in self.owners.values():
            owner.follow(now)
        due = {side: sides[side].due(step) for side in SIDES}
        turns = {side: getattr(options, f"{side}_steps") if due[side].evaluated else 0 for side in SIDES}
        share = options.share_fake and turns["generator"] > 0 and not sides["generator"].wants_closure
        fields: dict[str, Tensor] | None = None
        shared: list[Scene] | None = None
        for turn in range(turns["discriminator"]):
            fields = self._next(options.batch_size)
            scenes = self._scenes(fields, options, now, turn)
            began = perf_counter()
            if share and turn + 1 == turns["discriminator"]:
                shared = scenes()
                self._make_fakes(shared, sides["generator"], step)
                scenes = self._detached(scenes, shared)
            self.player.play(sides["discriminator"], due["discriminator"], scenes, turn, now)
            self.spent["discriminator"] += perf_counter() - began
        for turn in range(turns["generator"]):
            if fields is None:
                fields = self._next(options.batch_size)
            scenes = self._scenes(fields, options, now, turns["discriminator"] + turn)
            began = perf_counter()
            if shared is not None:
                scenes, shared = _once(shared), None
            self.player.play(sides["generator"], due["generator"], scenes, turns["discriminator"] + turn, now)
            self.spent["generator"] += perf_counter() - began
        for average in self.model.averages.values():
            average.move(now)
        for owner in self.owners.values():
            owner.advance()
        for side in SIDES:
            if turns[side]:
                self.terms.update({term.label: term for term in due[side].terms if term.value is not None})

    def _next(self, rows: int) -> dict[str, Tensor]:
        began = perf_counter()
        fields = self.feed.next(rows)
        self.spent["data"] += perf_counter() - began
        return fields

    def shares(self) -> dict[str, float]:
        """How this process's steps were spent, as shares of one: waiting for data, and each side's turns.

        Measured on the CPU: an accelerator may still be at work when a turn is counted as done.
        """
        whole = sum(self.spent.values())
        return {name: seconds / whole for name, seconds in self.spent.items()} if whole else {}

    def values(self) -> dict[str, float]:
        """The latest unweighted value of every term, by its name in `metrics.jsonl`."""
        return {label: float(term.value) for label, term in self.terms.items() if term.value is not None}

    def state(self) -> dict[str, Any]:
        """Everything but the networks that a resumed run needs."""
        return {
            "position": self.feed.position,
            "detour": self.detour,
            "owners": {name: owner.state() for name, owner in self.owners.items()},
            "losses": {name: dict(kept) for name, kept in self.states.items()},
            "augmentations": {name: augmenter.states for name, augmenter in self.augmenters.items()},
            "values": {label: term.value for label, term in self.terms.items()},
        }

    def load(self, tree: Mapping[str, Any]) -> None:
        """Continue from `state()`."""
        self.feed.position, self.detour = tree["position"], tree["detour"]
        for name, owner in self.owners.items():
            owner.load(tree["owners"][name])
        here = self.device.torch_device
        for name, kept in tree["losses"].items():
            self.states[name] = {key: value.to(here) for key, value in kept.items()}
        for name, states in tree["augmentations"].items():
            self.augmenters[name].states = [{key: value.to(here) for key, value in kept.items()} for kept in states]
        terms = {t.label: t for sides in self.sides.values() for side in sides.values() for t in side.terms}
        for label, value in tree["values"].items():
            if label in terms:
                terms[label].value = value
                self.terms[label] = terms[label]

    def stream(self, *key: int | str) -> torch.Generator:
        """A random stream of this run."""
        return streams.generator(self.seed, *self._detoured, *key)

    def reseed(self, step: int, turn: int, part: int = 0) -> None:
        """Set the global generator, which only layers draw from, for a part of a turn."""
        key = (step, turn, part) if part else (step, turn)
        self.device.reseed(streams.seed(self.seed, *self._detoured, "layers", *key))

    @property
    def _detoured(self) -> tuple[int | str, ...]:
        return ("detour", self.detour) if self.detour else ()

    def take_detour(self, number: int) -> None:
        """Go on from here on other random streams and other batches, so that a fault is not repeated to the bit."""
        self.detour = number
        self.feed.position += self.now(0).batch_size

    def adapt(self, network: str, scene: Scene, now: Now) -> None:
        """Let adaptive augmentation see the real logits of a discriminator's turn."""
        if network in self.augmenters and network in self.plan.roles.discriminators:
            pair = next((g for g, d in self.plan.roles.pairs if d == network), None)
            self.augmenters[network].adapt(scene.real_for(pair), network, now)

    def scene(
        self, latents: Latents, fields: Mapping[str, Tensor], now: Now, part: slice | None, key: tuple[int, ...]
    ) -> Scene:
        """The batches of one part of a turn."""
        drawn = itertools.count()

        def augment_stream(network: str) -> torch.Generator:
            return self.stream("augment", network, *key, next(drawn))

        return Scene(
            self.plan.names, self.networks, self.programs, self.augmenters, now, latents, fields, part, self.joint,
            augment_stream,
        )  # fmt: skip

    def _settle(self, stretch: Stretch) -> None:
        """Freeze what the whole phase does not train (rule 11)."""
        sides = [it for side, it in self.sides[stretch.name].items() if getattr(stretch.options, f"{side}_steps")]
        learning = {name for side in sides for term in side.terms if term.method is not None for name in term.trains}
        for name, network in self.networks.items():
            network.train(name in learning)
        self.settled = stretch.name

    def _scenes(self, fields: dict[str, Tensor], options: Any, now: Now, turn: int) -> Callable[[], list[Scene]]:
        """The scenes of this process's parts of a batch; latents are drawn for the whole one and then cut."""
        rows, parts, group = options.batch_size, options.accumulate, self.group
        latents = Latents(
            self.plan.parts.latents, rows, Now(now.step, now.images, rows, now.phase, now.device),
            fields if group.size == 1 else Whole(fields, group), self.plan.parts.data,
            lambda name: self.stream("latent", name, now.step, turn),
        )  # fmt: skip
        size = rows // parts // group.size

        def make() -> list[Scene]:
            if parts * group.size == 1:
                return [self.scene(latents, fields, now, None, (now.step, turn))]
            found = []
            for i in range(parts):
                own, whole = slice(i * size, (i + 1) * size), group.rank * parts + i
                part = slice(whole * size, (whole + 1) * size)
                mine = {name: value[own] for name, value in fields.items()}
                found.append(self.scene(latents, mine, now, part, (now.step, turn, whole)))
            return found

        return make

    def _make_fakes(self, scenes: list[Scene], side: Side, step: int) -> None:
        self.player.wake(side)
        for i, scene in enumerate(scenes):
            self.reseed(step, -1, self.group.rank * len(scenes) + i)
            with self.device.autocast(), self.group.turn():
                for generator, made in self.plan.names.made.items():
                    for name in made:
                        scene.fake(generator)[name]

    def _detached(self, scenes: Callable[[], list[Scene]], shared: list[Scene]) -> Callable[[], list[Scene]]:
        def make() -> list[Scene]:
            fresh = scenes()
            for scene, source in zip(fresh, shared, strict=True):
                scene.latents = source.latents
                for generator in self.plan.names.made:
                    values = source.fake(generator).runs[generator]
                    scene.fake(generator).runs[generator] = {name: v.detach() for name, v in values.items()}
            return fresh

        return make

    def _owner(self, name: str) -> Owner:
        members = (name, *(n for n in self.plan.roles.followers[name] if self.plan.roles.owner[n] == name))
        training = self.plan.parts.training[name]
        return Owner(name, {n: self.networks[n] for n in members}, training.optimizer, training.schedule)

    def _contexts(self) -> tuple[Callable[[], Any], ...]:
        """What forward passes need around them where kernels lack a derivative that this run takes."""
        modules = {type(m) for network in self.networks.values() for m in network.modules()}
        twice = twice_differentiated(self.plan)
        attention = (torch.nn.MultiheadAttention, torch.nn.TransformerEncoderLayer, torch.nn.TransformerDecoderLayer)
        found: list[Callable[[], Any]] = []
        if any(issubclass(kind, torch.nn.RNNBase) for kind in modules):
            found.append(self.device.no_cudnn_rnn)
        if twice and any(issubclass(kind, attention) for kind in modules):
            found.append(self.device.math_attention)
        return tuple(found)

    def _joint(self) -> dict[str, tuple[str, ...]]:
        joint: dict[str, tuple[str, ...]] = {}
        for g, d in self.plan.roles.pairs:
            if self.plan.spec.networks[d].joint:
                joint[g] = (*joint.get(g, ()), d)
        return joint

    def _sides(self, stretch: Stretch) -> dict[str, Side]:
        trained, terms = self.plan.trained(stretch), self.plan.terms(stretch)
        owned = {id(p) for owner in self.owners.values() for p in owner.parameters}
        parameters = {n: [p for p in net.parameters() if id(p) in owned] for n, net in self.networks.items()}
        sides = {}
        for side in SIDES:
            resting = [p for n in self.networks if n not in trained[side] for p in parameters[n]]
            owners = [o for o in self.owners.values() if set(o.networks) & set(trained[side])]
            mine = [term for term in terms if term.side == side]
            sides[side] = Side(side, trained[side], parameters, resting, owners, mine, stretch.options.clip_grad_norm)
        return sides

    def _scalars(self) -> list[Tensor]:
        """Single numbers among the states of losses and augmentations: moving averages, balances, strengths."""
        states = [*self.states.values(), *(kept for it in self.augmenters.values() for kept in it.states)]
        return [v for kept in states for v in kept.values() if v.numel() == 1 and v.is_floating_point()]

    def align(self) -> None:
        """Give every process what the leader has; needed where a checkpoint is written, as all go on from it."""
        if self.group.size > 1:
            model = self.model
            self.group.spread([*model.tensors().values(), *model.hidden().values()])
            states = [*self.states.values(), *(kept for it in self.augmenters.values() for kept in it.states)]
            self.group.spread([value for kept in states for value in kept.values()])

    def _start_states(self) -> None:
        fields = self.plan.parts.fields
        for sides in self.sides.values():
            for side in sides.values():
                for term in side.terms:
                    if hasattr(term.component, "state") and term.state_key not in self.states:
                        made = term.component.state(fields)
                        self.states[term.state_key] = {k: v.to(self.device.torch_device) for k, v in made.items()}


def _once(scenes: list[Scene]) -> Callable[[], list[Scene]]:
    return lambda: scenes
