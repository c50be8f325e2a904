"""Probes for tests of the engine, as a plugin would bring them: data, layers and losses that tell what was done."""

from __future__ import annotations

import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

import ganframe
from ganframe import Field, Shape, component, device, option, weights, wire
from ganframe.errors import SpecError
from ganframe.model import Model
from ganframe.network import Network
from ganframe.plan import Plan, frequencies, plan
from ganframe.registry import Registry, discover
from ganframe.sample import Sampler
from ganframe.spec.read import read
from ganframe.trainer import Trainer
from tests.toy import NO_HOOKS

#: What the probes have seen since the test began: calls of `Count` layers by name, and tensors of `Keep` losses.
CALLS: Counter[str] = Counter()
SEEN: dict[str, list[Any]] = {}


class Held:
    """Rows in memory."""

    def __init__(self, fields: dict[str, Field], rows: dict[str, Tensor], facts: dict[str, Any]) -> None:
        self.rows, self._fields, self._facts = rows, fields, facts

    def __len__(self) -> int:
        return len(next(iter(self.rows.values())))

    def fields(self) -> dict[str, Field]:
        return self._fields

    def facts(self) -> dict[str, Any]:
        return self._facts

    def batch(self, indices: Tensor, rng: torch.Generator) -> dict[str, Tensor]:
        return {name: values[indices] for name, values in self.rows.items()}


def rows_of(name: str, field: Field, count: int) -> Tensor:
    """Rows that suit a field: one-hot where it has names, truth values, whole numbers below 3, else normal numbers."""
    rng = torch.Generator().manual_seed(sum(map(ord, name)))
    if field.names:
        return torch.eye(len(field.names))[torch.arange(count) % len(field.names)]
    if field.dtype == "bool":
        return torch.rand((count, *field.shape), generator=rng) < 0.8
    if field.dtype == "int64":
        return torch.randint(3, (count, *field.shape), generator=rng)
    return torch.randn((count, *field.shape), generator=rng)


@component
class Made:
    """Random rows: `shapes` says which fields there are, `classes` which of them are one-hot."""

    shapes: dict[str, tuple[int, ...]] = option(doc="shape of every field")
    classes: tuple[str, ...] = option((), "fields that are one-hot")
    tokens: tuple[str, ...] = option((), "fields of whole numbers")
    rows: int = option(64, "how many")
    split: str = option("train", "which part")

    def open(self) -> Held:
        """The rows."""
        fields = {name: self._field(name, shape) for name, shape in self.shapes.items()}
        rows = {
            name: rows_of(name + self.split.removeprefix("train"), field, self.rows) for name, field in fields.items()
        }
        channels = next(iter(self.shapes.values()))[0]
        return Held(fields, rows, {"channels": channels, "widths": [3, 5], "half": 0.5})

    def _field(self, name: str, shape: tuple[int, ...]) -> Field:
        if name in self.classes:
            return Field(shape, names=tuple("abcdefghijklmnopqrstuvwxyz"[: shape[0]]))
        return Field(shape, "int64" if name in self.tokens else "float32")


class Counted(nn.Module):
    """Passes its input on and counts its calls."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def forward(self, x: Tensor) -> Tensor:
        if x.device.type != "meta":
            CALLS[self.name] += 1
            SEEN.setdefault(self.name, []).append(x.detach().clone())
        return x


@component
class Count:
    """Passes its input on, counts its calls under `name` and keeps what came in."""

    name: str = option(doc="under which to count")

    def build(self, x: Shape) -> nn.Module:
        """The module."""
        return Counted(self.name)


@component
class Twice:
    """The input, and with `other` also that: a layer of two outputs."""

    def build(self, x: Shape, other: Shape | None = None) -> nn.Module:
        """The module."""
        return _Twice()


class _Twice(nn.Module):
    def forward(self, x: Tensor, other: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return x, 2 * x if other is None else other


@component
class Scale:
    """Multiplies by one weight of shape (1, 1), which starts at 1."""

    def build(self, x: Shape) -> nn.Module:
        """The module."""
        return _Scale()


class _Scale(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight


@component
class Wander:
    """Adds a hundredth of the number of its passes in train mode, which `state_dict` leaves out."""

    def build(self, x: Shape) -> nn.Module:
        """The module."""
        return _Wander()


class _Wander(nn.Module):
    passes: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("passes", torch.zeros(()), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.passes = self.passes + 1
        return x + 0.01 * self.passes


@component
class Keep:
    """Keeps a tensor it reads under its `name`; its mean square is the loss."""

    input: str = wire("what to keep")
    name: str = option(doc="under which to keep it")

    def term(self, input: Tensor) -> Tensor:
        """The mean square."""
        SEEN.setdefault(self.name, []).append(input.detach().clone())
        return input.square().mean()


@component
class Watcher:
    """A game whose calls of every method, turn and pair are kept in order, with how many logits it was given."""

    differentiates: ClassVar[tuple[str, ...]] = ()

    name: str = option("watcher", "under which to keep them")

    def state(self, fields: dict[str, Field]) -> dict[str, Tensor]:
        """How often each side was evaluated."""
        return {"discriminator": torch.zeros(()), "generator": torch.zeros(())}

    def note(self, what: str, step: Any) -> None:
        """Keep what is done for which pair in which turn."""
        SEEN.setdefault(self.name, []).append((what, step.turn, step.index, step.generator, step.discriminator))

    def prepare(self, step: Any) -> None:
        """Note it."""
        self.note("prepare", step)

    def discriminator(self, real: Tensor, fake: Tensor, step: Any) -> Tensor:
        """Wasserstein's."""
        self.note("discriminator", step)
        step.state["discriminator"] += 1
        return fake.mean() - real.mean()

    def generator(self, fake: Tensor, step: Any) -> Tensor:
        """Wasserstein's."""
        self.note("generator", step)
        step.state["generator"] += 1
        return -fake.mean()

    def after(self, step: Any) -> None:
        """Note it."""
        self.note("after", step)


@component
class Prepared:
    """Runs `PROBES[name]` on the step before anything is computed."""

    name: str = option(doc="which probe")

    def prepare(self, step: Any) -> None:
        """Let the probe do what it wants."""
        PROBES[self.name](step)


@component
class OneSided(Watcher):
    """Wasserstein's game, with gradients at the real pictures in the discriminator's turn alone."""

    differentiates: ClassVar[dict[str, tuple[str, ...]]] = {"discriminator": ("real",)}  # type: ignore[assignment]

    def discriminator(self, real: Tensor, fake: Tensor, step: Any) -> Tensor:
        """Keep whether there is something to differentiate by."""
        SEEN.setdefault(self.name, []).append(("discriminator", step.real["x"].requires_grad))
        return fake.mean() - real.mean()

    def generator(self, fake: Tensor, step: Any) -> Tensor:
        """Keep whether there is something to differentiate by."""
        SEEN.setdefault(self.name, []).append(("generator", step.real["x"].requires_grad))
        return -fake.mean()


@component
class Probe:
    """Runs `PROBES[name]` on the step in the turns of both sides; the tests say what."""

    name: str = option(doc="which probe")

    def discriminator(self, step: Any) -> Tensor | None:
        """The probe's answer."""
        return PROBES[self.name](step)

    def generator(self, step: Any) -> Tensor | None:
        """The probe's answer."""
        return PROBES[self.name](step)


PROBES: dict[str, Any] = {}


@component
class Plus:
    """Adds a number to what it augments, and counts."""

    amount: float = option(1.0, "how much", curve=True)

    def __call__(self, x: Tensor, now: Any) -> Tensor:
        """The sum."""
        CALLS["Plus"] += 1
        return x + now(self.amount)


@component
class Mean:
    """A metric: the means of the first field over real and fake rows."""

    better: ClassVar[dict[str, str]] = {"fake": "higher"}

    def build(self, fields: Any, facts: Any, device: Any) -> Any:
        """The meter."""
        return _Mean(next(iter(fields)))


class _Mean:
    def __init__(self, name: str) -> None:
        self.name = name
        self.kept: dict[str, list[Tensor]] = {"real": [], "fake": []}

    def update(self, real: dict[str, Tensor], fake: dict[str, Tensor]) -> None:
        self.kept["real"].append(real[self.name])
        self.kept["fake"].append(fake[self.name])

    def compute(self) -> dict[str, float]:
        return {name: float(torch.cat(values).mean()) for name, values in self.kept.items()}


@ganframe.plugin
def ganframe_layers() -> list[type]:
    return [Count, Twice, Scale, Wander]


@ganframe.plugin
def ganframe_losses() -> list[type]:
    return [Keep, Watcher, OneSided, Prepared, Probe]


@ganframe.plugin
def ganframe_datasets() -> list[type]:
    return [Made]


@ganframe.plugin
def ganframe_augmentations() -> list[type]:
    return [Plus]


@ganframe.plugin
def ganframe_metrics() -> list[type]:
    return [Mean]


@cache
def registry() -> Registry:
    """The installed plugins and these probes."""
    found = discover()
    found.packages["probes"] = ("probes", "1")
    found.manager.register(sys.modules[__name__], "probes")
    return found


def written(folder: Path, text: str) -> Path:
    """The spec as a file, with `format` before and no hooks."""
    path = folder / "toy.toml"
    path.write_text(f"format = 1\n{text}\n{NO_HOOKS}", encoding="utf-8")
    return path


def planned(folder: Path, text: str, overrides: Any = ()) -> Plan:
    """The plan of a spec given as text (without `format` and hooks)."""
    return plan(read(written(folder, text), overrides), registry())


def trainer(folder: Path, text: str, overrides: Any = (), steps: int = 0) -> Trainer:
    """A trainer after some steps; the probes forget what came before."""
    made = planned(folder, text, overrides)
    ready = Trainer(Model(made, device.choose(made.parts.device)))
    CALLS.clear()
    SEEN.clear()
    for step in range(steps):
        ready.step(step)
    return ready


def sampler(made: Trainer) -> Sampler:
    """What draws from a trainer's networks."""
    parts = made.plan.parts
    return Sampler(made.model, parts.data, frequencies(parts.data, parts.fields))


def built(made: Plan, mode: bool = True) -> dict[str, Network]:
    """The networks of a plan with real weights."""
    for network in made.networks.values():
        weights.prepare(network, made.parts.run.seed)
    for network in made.networks.values():
        network.unbind()
        network.train(mode)
    return made.networks


def faults(folder: Path, text: str, overrides: Any = ()) -> list[tuple[int, int, str]]:
    """Line, column and message of every fault of a spec; lines count from the text's first."""
    try:
        planned(folder, text, overrides)
    except SpecError as error:
        return [
            (p.place.line - 1 if p.place.line else 0, p.place.column, f"{p.path}: {p.message}") for p in error.errors
        ]
    return []


def place(text: str, needle: str, occurrence: int = 1) -> tuple[int, int]:
    """Line and column, from 1, of a piece of the text."""
    at = -1
    for _ in range(occurrence):
        at = text.index(needle, at + 1)
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
