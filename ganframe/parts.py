"""The tables of a spec as components: data, latents, losses, optimizers, metrics, hooks, with every fault recorded."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import attrs
import torch

from ganframe.component import Field
from ganframe.environment import size
from ganframe.errors import Problem
from ganframe.registry import Registry
from ganframe.spec.convert import Env, Resolver
from ganframe.spec.env import file_scope
from ganframe.spec.model import (
    DEFAULT_HOOKS,
    METRIC_DEFAULTS,
    DeviceOptions,
    LossSpec,
    NetworkSpec,
    Node,
    RunOptions,
    SampleOptions,
    Spec,
    Timed,
)  # fmt: skip


@attrs.frozen(eq=False)
class Loss:
    """A resolved loss with its engine keys."""

    spec: LossSpec
    component: Any
    weight: Any
    every: int


@attrs.frozen(eq=False)
class Watcher:
    """A resolved metric or hook: how often, and for metrics over how many samples of which split."""

    name: str
    component: Any
    every: int
    samples: int = 0
    split: str = ""


@attrs.frozen(eq=False)
class Training:
    """What trains, averages, augments and loads one network."""

    optimizer: Any = None
    schedule: Any = None
    ema: Any = None
    augment: tuple[Any, ...] = ()
    weights: str | None = None


@attrs.frozen(eq=False)
class Stretch:
    """A phase: its options, the step it begins at, and which losses and networks take part (None: all)."""

    name: str
    options: RunOptions
    begin: int
    losses: tuple[str, ...] | None
    trains: tuple[str, ...] | None

    @property
    def end(self) -> int:
        """The first step after it."""
        return self.begin + self.options.steps


@attrs.define(eq=False)
class Parts:
    """Everything of a spec but the networks' layers; a part with a fault is missing, its problem recorded."""

    env: Env
    resolver: Resolver
    run: RunOptions
    device: DeviceOptions
    sample: SampleOptions
    phases: list[Stretch]
    dataset: Any
    data: Any
    sampler: Any
    fields: dict[str, Field]
    facts: dict[str, Any]
    latents: dict[str, Any]
    sample_latents: dict[str, Any]
    losses: dict[str, Loss]
    training: dict[str, Training]
    metrics: list[Watcher]
    hooks: list[Watcher]


@attrs.frozen(eq=False)
class Facts:
    """What a checkpoint knows of the data, so that a run can be sampled without it."""

    fields: dict[str, Field]
    facts: dict[str, Any]


def resolve(spec: Spec, registry: Registry, known: Facts | None = None) -> Parts:
    """Make the components of a spec. With `known` the data is not opened."""
    resolver = Resolver(registry, spec.problems, spec.path.parent if spec.path else None)
    dataset = resolver.component(spec.data, file_scope(spec, None)) if spec.data and known is None else None
    data, fields, facts = _open(spec, dataset, known)
    env = file_scope(spec, facts if fields else None)
    read = _Reader(spec, resolver, env)
    run = read.table(RunOptions, spec.run, "run")
    return Parts(
        env, resolver, run, read.table(DeviceOptions, spec.device, "device"),
        read.table(SampleOptions, spec.sample.options, "sample"), read.phases(run), dataset, data,
        read.sampler(registry, data), fields, facts, read.latents(spec.latents), read.latents(spec.sample.latents),
        {name: loss for name, entry in spec.losses.items() if (loss := read.loss(entry)) is not None},
        {name: read.training(entry) for name, entry in spec.networks.items()},
        [w for entry in spec.metrics.values() if (w := read.watcher(entry, METRIC_DEFAULTS["every"])) is not None],
        read.hooks(registry),
    )  # fmt: skip


def _open(spec: Spec, dataset: Any, known: Facts | None) -> tuple[Any, dict[str, Field], dict[str, Any]]:
    if known is not None:
        return None, known.fields, known.facts
    if dataset is None or spec.data is None:
        return None, {}, {}
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            data = dataset.open()
            fields, facts = dict(data.fields()), dict(data.facts())
        words = [str(one.message) for one in caught if issubclass(one.category, UserWarning)]
        spec.warnings += [Problem(spec.data.node.place, "data", text) for text in words]
        if not len(data):
            raise ValueError("holds no rows")
        return data, fields, facts
    except Exception as error:  # whatever a dataset raises is the fault of this table
        told = str(error).splitlines() or [type(error).__name__]
        spec.problem(spec.data.node, "data", f"'{spec.data.type.value}' cannot be opened: {told[0]}")
        return None, {}, {}


@attrs.frozen
class _Reader:
    spec: Spec
    resolver: Resolver
    env: Env

    def table(self, cls: type, nodes: Mapping[str, Node], path: str) -> Any:
        made = self.resolver.options(cls, nodes, self.env, path, self.spec.root)
        return made if made is not None else cls()

    def phases(self, run: RunOptions) -> list[Stretch]:
        stretches: list[Stretch] = []
        begin = 0
        for phase in self.spec.phases.values():
            nodes = {**self.spec.run, **phase.options}
            options = self.table(RunOptions, nodes, phase.path)
            self.sensible(options, nodes, phase.path)
            stretches.append(Stretch(phase.name, options, begin, phase.losses, phase.trains))
            begin += options.steps
        if not stretches:
            self.sensible(run, self.spec.run, "run")
        return stretches or [Stretch("run", run, 0, None, None)]

    def sensible(self, options: RunOptions, nodes: Mapping[str, Node], path: str) -> None:
        """A step trains something, and a batch is cut into equal parts."""
        if options.discriminator_steps == options.generator_steps == 0:
            node, told = nodes["generator_steps"], "with 0 steps for either side nothing would be trained"
            self.spec.problem(node, f"{path}.generator_steps", told)
        parts = options.accumulate * size()
        if options.batch_size % parts:
            said = next((key for key in ("accumulate", "batch_size") if key in nodes), None)
            node, path = (nodes[said], f"{path}.{said}") if said else (self.spec.root, path)
            if not any(p.place == node.place for p in self.spec.problems):
                each = f", {options.accumulate} for each of {size()} processes" if size() > 1 else ""
                self.spec.problem(
                    node, path, f"batch_size {options.batch_size} cannot be cut into {parts} equal parts{each}"
                )

    def sampler(self, registry: Registry, data: Any) -> Any:
        """The spec's, else the open data's own, else any order."""
        if self.spec.sampler is not None:
            return self.resolver.component(self.spec.sampler, self.env)
        own = getattr(data, "sampler", None)
        return own if own is not None else registry.get("sampler", "Shuffled")()

    def latents(self, uses: Mapping[str, Any]) -> dict[str, Any]:
        made = {name: self.resolver.component(use, self.env) for name, use in uses.items()}
        return {name: component for name, component in made.items() if component is not None}

    def loss(self, entry: LossSpec) -> Loss | None:
        path = entry.path
        component = self.resolver.component(entry.use, self.env)
        weight = 1.0 if entry.weight is None else self.resolver.number(entry.weight, self.env, f"{path}.weight")
        every = self.count(entry.every, f"{path}.every", 1)
        return None if component is None or weight is None else Loss(entry, component, weight, every)

    def count(self, node: Node | None, path: str, default: int) -> int:
        if node is None:
            return default
        value = self.resolver.value(int, node, path, {}, self.env)
        if value is not None and value < 1:
            self.spec.problem(node, path, f"must be at least 1, not {value}")
        return value if value is not None and value > 0 else default

    def training(self, entry: NetworkSpec) -> Training:
        def made(use: Any) -> Any:
            return None if use is None else self.resolver.component(use, self.env)

        ema: Any = None
        if entry.ema is not None and entry.ema.value is not False:
            ema = self.resolver.number(entry.ema, self.env, f"{entry.path}.ema", min=0.0, max=1.0)
        augment = tuple(a for use in entry.augment if (a := made(use)) is not None)
        weights = str(entry.weights.value) if entry.weights is not None else None
        return Training(made(entry.optimizer), made(entry.schedule), ema, augment, weights)

    def watcher(self, entry: Timed, every: int) -> Watcher | None:
        component = self.resolver.component(entry.use, self.env)
        if component is None:
            return None
        path = entry.use.path
        split = entry.split.value if entry.split is not None else str(METRIC_DEFAULTS["split"])
        every = self.count(entry.every, f"{path}.every", getattr(component, "every", every))
        samples = self.count(entry.samples, f"{path}.samples", METRIC_DEFAULTS["samples"])
        return Watcher(entry.name, component, every, samples, split)

    def hooks(self, registry: Registry) -> list[Watcher]:
        found = [w for entry in self.spec.hooks.values() if (w := self.watcher(entry, 1)) is not None]
        offered = registry.kind("hook")
        for name, kind in DEFAULT_HOOKS.items():
            if name not in self.spec.hooks and name not in self.spec.removed_hooks and kind in offered:
                component = offered[kind].cls()
                found.append(Watcher(name, component, getattr(component, "every", 1)))
        return found


def dtype(field: Field) -> torch.dtype:
    """A field's torch dtype."""
    found = getattr(torch, field.dtype)
    assert isinstance(found, torch.dtype)
    return found
