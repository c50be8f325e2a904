"""One turn: losses evaluated, walked back, optimizers stepped. The only file that calls backward()."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe.device import Device
from ganframe.errors import TrainingFault
from ganframe.group import Group
from ganframe.now import Now
from ganframe.optimize import Owner
from ganframe.scene import Scene
from ganframe.sides import Due, Side
from ganframe.step import Pair, Step
from ganframe.terms import Term

Totals = dict[tuple[str, ...], Tensor]


@attrs.define(eq=False)
class Player:
    """Plays turns on networks; holds what outlives a turn."""

    networks: Mapping[str, Any]
    states: dict[str, dict[str, Tensor]]
    device: Device
    stream: Callable[..., torch.Generator]
    reseed: Callable[[int, int, int], None]
    adapt: Callable[[str, Scene, Now], None] | None = None
    contexts: tuple[Callable[[], Any], ...] = ()
    scalars: Callable[[], list[Tensor]] = list
    _awake: Side | None = None
    _last: _Live | None = None

    def view(self) -> Step | None:
        """The last turn as a loss would see it, for hooks."""
        live = self._last
        return None if live is None or not live.due.terms else live.step(live.due.terms[0], len(live.scenes) - 1)

    def wake(self, side: Side) -> None:
        """Let gradients reach this side's networks and no others."""
        if self._awake is not side:
            for parameter in side.resting:
                parameter.requires_grad_(False)
            for parameter in side.awake:
                parameter.requires_grad_(True)
            self._awake = side

    def sleep(self) -> None:
        """Forget who is awake, after somebody else touched `requires_grad`."""
        self._awake = None

    def around(self) -> AbstractContextManager[Any]:
        """What forward passes need around them; for most runs that is nothing."""
        if not self.contexts:
            return self.device.autocast()
        stack = ExitStack()
        for context in (self.device.autocast, *self.contexts):
            stack.enter_context(context())
        return stack

    def play(self, side: Side, due: Due, scenes: Callable[[], list[Scene]], turn: int, now: Now) -> None:
        """One turn of a side. `scenes` makes the parts of the batch, again for each time a closure is called."""
        if self._last is not None:
            self._last.forget()
            self._last = None
        self.wake(side)
        live = _Live(self, side, due, turn, now)
        with self.device.group.turn():
            if side.wants_closure:
                for owner in side.owners:
                    owner.step(side.clip, None, live.closure(scenes, owner))
            else:
                live.evaluate(scenes())
                for owner in side.owners:
                    owner.step(side.clip, self.device.scaler, None)
                if self.device.scaler is not None and side.owners:
                    self.device.scaler.update()
            live.finish()
        self._last = live


@attrs.define(eq=False)
class _Live:
    """A turn while it is played."""

    player: Player
    side: Side
    due: Due
    turn: int
    now: Now
    scenes: list[Scene] = attrs.field(factory=list)
    pairs: dict[tuple[int, str | None, str | None], Pair] = attrs.field(factory=dict)
    steps: dict[tuple[int, int], Step] = attrs.field(factory=dict)
    losses: dict[str, Tensor] = attrs.field(factory=dict)

    def closure(self, scenes: Callable[[], list[Scene]], owner: Owner) -> Callable[[], Tensor]:
        """What an optimizer calls to have the turn again at its present weights."""

        def again() -> Tensor:
            with torch.enable_grad():
                self.forget()
                totals = self.evaluate(scenes())
            owner.clip(self.side.clip)
            return sum((total.detach() for total in totals), torch.zeros((), device=self.now.device))

        return again

    def evaluate(self, scenes: list[Scene]) -> list[Tensor]:
        """All terms of all parts, walked back; gives the totals that were."""
        for owner in self.side.owners:
            for parameter in owner.parameters:
                parameter.grad = None
        group = self.player.device.group
        self.scenes = scenes
        share = 1.0 / (len(scenes) * group.size)
        walked: list[Tensor] = []
        for term in self.due.terms:
            term.value = None
        for part in range(len(scenes)):
            self.player.reseed(self.now.step, self.turn, self._whole(part))
            with self.player.around():
                totals = self._totals(part, share)
            if group.size == 1:
                self._check(totals.values())
            self._backward(totals)
            walked += totals.values()
        if group.size > 1:
            self._unite(group, walked)
        return walked

    def _whole(self, part: int) -> int:
        """The number of a part of this process's among the parts of all."""
        return self.player.device.group.rank * len(self.scenes) + part

    def _unite(self, group: Group, walked: list[Tensor]) -> None:
        """Sum gradients and losses over the processes; what is not finite in one of them is not finite in all."""
        values = [term.value for term in self.due.terms if term.value is not None]
        totals = [total.detach() for total in walked]
        gradients = [p.grad for owner in self.side.owners for p in owner.parameters if p.grad is not None]
        group.add([*gradients, *values, *totals])
        self._check(totals)

    def forget(self) -> None:
        """Free what the turn computed."""
        for scene in self.scenes:
            scene.close()
        self.scenes = []
        self.pairs.clear()
        self.steps.clear()

    def finish(self) -> None:
        """What comes after the optimizers: weight clipping, balances, adaptive augmentation."""
        adapt = self.player.adapt if self.side.name == "discriminator" else None
        group = self.player.device.group
        if not self.due.following and adapt is None and group.size == 1:
            return
        with torch.no_grad():
            self._follow(adapt)
            group.average(self.player.scalars() if group.size > 1 else ())

    def _follow(self, adapt: Callable[[str, Scene, Now], None] | None) -> None:
        for term in self.due.following:
            assert term.after is not None
            term.after(self.step(term, len(self.scenes) - 1))
        if adapt is not None:
            for name in self.side.trained:
                adapt(name, self.scenes[-1], self.now)

    def _totals(self, part: int, share: float) -> Totals:
        totals: Totals = {}
        self._mark(part)
        if self.due.preparing:
            for term in self.due.preparing:
                assert term.prepare is not None
                term.prepare(self.step(term, part))
            self._mark(part)
        for term in self.due.evaluated:
            assert term.method is not None
            pair, view = self._pair(term, part), partial(self.step, term, part)
            value = term.method(**{name: ask(pair, view) for name, ask in term.asks})
            if value is None:
                continue
            self.losses[term.label] = kept = value.detach()
            kept = kept if share == 1.0 else kept * share
            term.value = kept if term.value is None else term.value + kept
            weight = self.now(term.weight) * term.every * share
            scaled = value if weight == 1.0 else value * weight
            totals[term.trains] = scaled if term.trains not in totals else totals[term.trains] + scaled
        return totals

    def _mark(self, part: int) -> None:
        """Make leaves where penalties differentiate: before any pass, and again for what `prepare` put in place."""
        for term in self.due.marking:
            for batch in term.marks:
                pair = self._pair(term, part)
                if pair.discriminator is not None:
                    real = pair.replaced_real or pair.scene.real
                    (real if batch == "real" else pair.fake(term.batch)).mark(term.judged)

    def _backward(self, totals: Totals) -> None:
        walks = [(trains, total) for trains, total in totals.items() if total.requires_grad]
        scaler = self.player.device.scaler
        for i, (trains, total) in enumerate(walks):
            total = total if scaler is None else scaler.scale(total)
            leaves = None if trains == self.side.trained else self.side.of(trains)
            torch.autograd.backward(total, inputs=leaves, retain_graph=i + 1 < len(walks))

    def _check(self, totals: Iterable[Tensor]) -> None:
        if self.now.device.type == "cpu" or self.now.step % 16 == 0:
            for total in totals:
                if not math.isfinite(total.item()):
                    raise TrainingFault(self._fault())

    def _fault(self) -> str:
        whole = {term.label: term.value for term in self.due.terms if term.value is not None}
        bad = {label: float(it) for label, it in {**whole, **self.losses}.items() if not math.isfinite(float(it))}
        told = "the weighted sum of the losses is not finite"
        if bad:
            told = "loss '{}' is {}".format(*next(iter(bad.items())))
        return f"{told} at step {self.now.step} in the {self.side.name}'s turn (trains {', '.join(self.side.trained)})"

    def _pair(self, term: Term, part: int) -> Pair:
        return self._between(part, term.generator, term.discriminator, term.judged)

    def _between(self, part: int, generator: str | None, discriminator: str | None, judged: tuple[str, ...]) -> Pair:
        key = (part, generator, discriminator)
        if key not in self.pairs:
            self.pairs[key] = Pair(self.scenes[part], generator, discriminator, judged)
        return self.pairs[key]

    def step(self, term: Term, part: int) -> Step:
        """A term's view of a part of this turn."""
        key = (id(term), part)
        if key not in self.steps:
            self.steps[key] = self._view(term, part, self._pair(term, part))
        return self.steps[key]

    def _view(self, term: Term, part: int, pair: Pair) -> Step:
        name, now, player = term.state_key, self.now, self.player
        return Step(
            pair, term.batch, self.side.name, now, player.states.setdefault(name, {}), self.losses, player.networks,
            term.named, lambda whole: player.stream("loss", name, now.step, self.turn, whole), self._whole(part),
            lambda: tuple(self._view(term, part, self._between(part, *other)) for other in term.pairs),
        )  # fmt: skip
