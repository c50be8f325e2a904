"""A look into a run's game that leaves no trace: batches, losses and gradients as the next step would have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs
import torch
from torch import Tensor

from ganframe.errors import SpecError
from ganframe.model import modes
from ganframe.now import Now
from ganframe.roles import judged_names
from ganframe.scene import Latents, Scene
from ganframe.sides import Due, Side
from ganframe.step import Step
from ganframe.trainer import Trainer
from ganframe.turn import Player, _Live

if TYPE_CHECKING:
    from ganframe.run import Run


class Examination:
    """The game of a run between two steps, with the networks as they are in its turns."""

    def __init__(self, run: Run, trainer: Trainer) -> None:
        self.plan = run.plan
        self.step = max(0, run.step - 1)
        self.images = run.images
        self.trainer = trainer
        self.stretch = trainer.stretch(self.step)
        states = {name: {k: v.clone() for k, v in kept.items()} for name, kept in trainer.states.items()}
        device = trainer.device
        self.player = Player(trainer.networks, states, device, trainer.stream, trainer.reseed)
        self.player.contexts = trainer.player.contexts
        terms = [attrs.evolve(term, every=1) for term in self.plan.terms(self.stretch)]
        everyone = (term for phase in self.plan.parts.phases for term in self.plan.terms(phase))
        self.anyone = next(everyone, None)
        self.sides = {
            name: attrs.evolve(side, owners=[], terms=[term for term in terms if term.side == name])
            for name, side in trainer.sides[self.stretch.name].items()
        }
        trainer._settle(self.stretch)
        trainer.settled = ""

    def game(self, fields: Mapping[str, Tensor], key: int = 0) -> Game:
        """The game over some real rows: `batch_size` of every field the run reads, or fewer fields where data lacks.

        The latents are those of `key`.
        """
        return Game(self, {name: value.to(self.trainer.device.torch_device) for name, value in fields.items()}, key)


class Game:
    """One real batch and one set of latents, as both players' turns would see them."""

    def __init__(self, examination: Examination, fields: dict[str, Tensor], key: int) -> None:
        self.examination = examination
        self.fields = fields
        self.key = key

    def step(self, side: str, generator: str, discriminator: str) -> Step:
        """What a loss sees of a pair in a turn of this side, over batches of its own.

        Gradients reach the networks that the side trains, until the other side's turn is asked for, and every leaf of
        `step.fake.mark(names)`.
        """
        live = self._live(side)
        names = judged_names(self.examination.plan.names, generator, discriminator)
        term = next(iter(live.due.terms), self.examination.anyone)
        if term is None:
            raise SpecError("no loss of this spec trains anything")
        return live._view(term, 0, live._between(0, generator, discriminator, names))

    def gradients(self, side: str) -> dict[str, dict[str, Tensor]]:
        """The gradient of all weighted losses of a turn, by network and parameter; lazy terms as if due each step."""
        live = self._live(side)
        with self.examination.player.around():
            totals = live._totals(0, 1.0)
        found: dict[str, dict[str, Tensor]] = {}
        for trains, total in totals.items():
            for network in trains if total.requires_grad else ():
                for name, gradient in self._of(total, network).items():
                    kept = found.setdefault(network, {})
                    kept[name] = kept[name] + gradient if name in kept else gradient
        return found

    def toward(self, step: Step, name: str = "") -> tuple[Tensor, ...]:
        """The gradient of the generator's weighted losses at a pair's samples `name`, else at all that are judged.

        Nothing is led further back: the samples become leaves. `step` is that of a generator's turn whose samples are
        not looked at yet.
        """
        live = self._live("generator")
        live.scenes = [step._pair.scene]
        names = (name,) if name else step.judged_names
        step.fake.mark(names)
        with self.examination.player.around():
            totals = [total for total in live._totals(0, 1.0).values() if total.requires_grad]
        at = [value for value in map(step.fake.__getitem__, names) if value.requires_grad]
        if not totals or not at:
            return ()
        total = torch.stack(totals).sum()
        return torch.autograd.grad(total, at, retain_graph=True, allow_unused=True, materialize_grads=True)

    def losses(self, side: str) -> dict[str, float]:
        """The unweighted value of every loss of a turn, by its name in `metrics.jsonl`."""
        live = self._live(side)
        with self.examination.player.around():
            live._totals(0, 1.0)
        return {name: float(value) for name, value in live.losses.items()}

    def _of(self, total: Tensor, network: str) -> dict[str, Tensor]:
        at = {n: p for n, p in self.examination.trainer.networks[network].named_parameters() if p.requires_grad}
        found = torch.autograd.grad(total, list(at.values()), retain_graph=True, allow_unused=True) if at else ()
        return {name: value for name, value in zip(at, found, strict=True) if value is not None}

    def _live(self, side: str) -> _Live:
        it = self.examination
        chosen: Side = it.sides[side]
        it.player.wake(chosen)
        it.player.reseed(it.step, -2 - self.key, 0)
        live = _Live(it.player, chosen, Due.of(chosen.terms), 0, self._now())
        live.scenes = [self._scene()]
        return live

    def _scene(self) -> Scene:
        it, now = self.examination, self._now()
        latents = Latents(
            it.plan.parts.latents, now.batch_size, now, self.fields, it.plan.parts.data,
            lambda name: it.trainer.stream("examine", "latent", name, self.key),
        )  # fmt: skip
        return it.trainer.scene(latents, self.fields, now, None, (it.step, -2 - self.key))

    def _now(self) -> Now:
        it = self.examination
        size = len(next(iter(self.fields.values()))) if self.fields else it.stretch.options.batch_size
        return Now(it.step, it.images, size, it.stretch.name, it.trainer.device.torch_device)


@contextmanager
def examining(run: Run) -> Iterator[Examination]:
    """An examination of a run. All that it moved is put back: buffers, modes, random numbers, who learns.

    SpecError in a run of several processes, which would wait for one another.
    """
    if run.model.device.group.size > 1:
        raise SpecError("one process alone cannot examine a run of several; `ganframe diagnose` can, afterwards")
    networks: Mapping[str, Any] = run.model.everything()
    before = list(modes(networks))
    buffers = [(buffer, buffer.clone()) for network in networks.values() for buffer in network.buffers()]
    learning = [(p, p.requires_grad) for network in networks.values() for p in network.parameters()]
    settled = run.trainer.settled if run.trainer is not None else ""
    devices = [run.device] if run.device.type == "cuda" else []
    with torch.random.fork_rng(devices), torch.enable_grad():
        try:
            yield Examination(run, run.trainer or Trainer(run.model))
        finally:
            with torch.no_grad():
                for buffer, value in buffers:
                    buffer.copy_(value)
            for parameter, wanted in learning:
                parameter.requires_grad_(wanted)
            for module, training in before:
                module.training = training
            if run.trainer is not None:
                run.trainer.settled = settled
