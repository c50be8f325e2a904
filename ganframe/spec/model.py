"""A spec as a tree of values that know where they were written, and the engine's tables read from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from ganframe.component import component, option
from ganframe.errors import Place, Problem


@attrs.frozen(eq=False)
class Node:
    """A value of the spec: a dict of nodes, a list of nodes, or a string, number or bool."""

    value: Any
    place: Place
    key: Place

    def plain(self) -> Any:
        """The value as Python data, without positions."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def get(self, name: str) -> Node | None:
        """The node under a key of a table, or None."""
        return self.value.get(name) if isinstance(self.value, dict) else None


@attrs.frozen(eq=False)
class Use:
    """A component as written: its kind, its type (a name, or "$p") and its options, engine keys taken out."""

    kind: str
    type: Node
    options: dict[str, Node]
    path: str
    node: Node


@attrs.frozen(eq=False)
class Line:
    """One line of `layers`: a layer, a block, a network or "$p", with the engine keys as written (rule 3)."""

    use: Use
    source: Node | None = None
    names: Node | None = None
    repeat: Node | None = None
    each: dict[str, Node] = attrs.field(factory=dict)
    init: Node | None = None
    parametrize: Node | None = None
    defaults: Node | None = None

    @property
    def path(self) -> str:
        """The line's place in the spec, for messages."""
        return self.use.path


@attrs.frozen(eq=False)
class Block:
    """A block: a function of one input (rule 4); `torn` as in NetworkSpec, for the lines of its shortcut too."""

    name: str
    params: dict[str, Node]
    layers: tuple[Line, ...]
    shortcut: tuple[Line, ...] | None
    exports: tuple[str, ...]
    output: Node | None
    path: str
    node: Node
    torn: int | None = None


@attrs.frozen(eq=False)
class NetworkSpec:
    """A network's table (rule 9). `makes` maps (batch, name) to a wire ("@w"), or to None for the output.

    The name "" in `makes` and in `judges` means the data's first field, whose name is known when the data is open.
    `torn` lines stand before the first that is wrong and was left out; None where there is no such line.
    """

    name: str
    inputs: tuple[Node, ...]
    layers: tuple[Line, ...]
    output: Node | None
    makes: dict[tuple[str, str], Node | None]
    judges: str | None
    init: Node | None
    parametrize: Node | None
    defaults: dict[str, Node]
    ema: Node | None
    augment: tuple[Use, ...]
    weights: Node | None
    weights_skip: tuple[str, ...]
    optimizer: Use | None
    schedule: Use | None
    trained_with: str | None
    joint: bool
    path: str
    node: Node
    torn: int | None = None


@attrs.frozen(eq=False)
class LossSpec:
    """A loss's table (rule 10): the component and the engine keys."""

    name: str
    use: Use
    weight: Node | None
    every: Node | None
    generator: str | None
    discriminator: str | None
    trains: tuple[str, ...] | None
    fake: str
    path: str
    node: Node


@attrs.frozen(eq=False)
class Timed:
    """A metric or hook: the component with `every`, and for metrics `samples` and `split`."""

    name: str
    use: Use
    every: Node | None
    samples: Node | None = None
    split: Node | None = None


@component
class RunOptions:
    """How long and how to train."""

    steps: int = option(10_000, "rounds: discriminator turns, then the generator's", min=1)
    batch_size: int = option(64, "rows the optimizer sees at once", min=1, max=1 << 31)
    seed: int = option(0, "of every random stream", min=0)
    discriminator_steps: int = option(1, "turns of the discriminators in a step", min=0)
    generator_steps: int = option(1, "turns of all other networks in a step", min=0)
    share_fake: bool = option(False, "the generator's first turn reuses the discriminators' last fakes")
    accumulate: int = option(1, "parts a batch is split into", min=1)
    clip_grad_norm: float = option(0.0, "per optimizer; 0 is off", min=0)
    log_every: int = option(50, "steps between lines of metrics.jsonl", min=1)
    checkpoint_every: int = option(1000, "steps between checkpoints", min=1)
    keep: int = option(2, "checkpoints kept besides the best", min=1)
    keep_best: str = option("", "keep the checkpoint with the best NAME.figure")
    keep_every: int = option(0, "keep for ever the checkpoints of steps that it divides; 0 keeps none", min=0)
    on_nonfinite: str = option("stop", "what a non-finite loss does", choices=("stop", "rollback"))


#: The hooks that are on unless `NAME = false` removes them, with their types.
DEFAULT_HOOKS = {"progress": "Progress", "samples": "SampleGrid", "watch": "Watch", "report": "Report"}

#: What a metric's table leaves unsaid; `every` only where its class has none.
METRIC_DEFAULTS: dict[str, Any] = {"every": 1000, "samples": 2048, "split": "train"}

#: Keys of [run] that a phase may not set.
RUN_ONLY = ("seed", "keep", "keep_best", "keep_every", "log_every", "checkpoint_every")


@component
class DeviceOptions:
    """Where and in which precision to train."""

    type: str = option("auto", "auto, cpu, cuda, cuda:1, mps, ...")
    precision: str = option("float32", "of activations", choices=("float32", "bfloat16", "float16"))
    compile: bool = option(False, "torch.compile for networks that no penalty differentiates twice")
    channels_last: str = option("auto", "auto follows a fixed rule", choices=("auto", "always", "never"))
    threads: int = option(0, "0 means the cores available", min=0, max=4096)
    deterministic: bool = option(False, "torch.use_deterministic_algorithms")
    sync_batch_norm: bool = option(False, "batch norm over all processes")


@attrs.frozen(eq=False)
class Phase:
    """A stretch of the run (rule 12): the `[run]` options that hold in it, and which losses and networks take part."""

    name: str
    options: dict[str, Node]
    losses: tuple[str, ...] | None
    trains: tuple[str, ...] | None
    path: str


@attrs.frozen(eq=False)
class SampleSpec:
    """`[sample]`: what sampling overrides (rule 14)."""

    latents: dict[str, Use]
    options: dict[str, Node]


@component
class SampleOptions:
    """How samples are drawn."""

    ema: bool = option(True, "use the averaged weights where there are any")
    mode: str = option("eval", "of the networks", choices=("eval", "train"))
    standing_statistics: int = option(0, "batches to re-estimate batch norm's statistics from", min=0)
    batch_size: int = option(64, "sampling runs whole chunks of it", min=1)
    truncation: float | None = option(None, "share of the way from the mean, 1 is all; off where left out", min=0.0)
    truncate: str = option("", "what is truncated: a latent, NETWORK or NETWORK.WIRE; else the mapped or all latents")
    truncate_by: str = option(
        "scale", "clamp and resample keep latents within so many standard deviations",
        choices=("scale", "clamp", "resample"),
    )


@attrs.define(eq=False)
class Spec:
    """A whole spec after `extends` and `--set`, structure checked; `problems` are the faults found so far."""

    name: str
    path: Path | None
    text: str
    root: Node
    run: dict[str, Node] = attrs.field(factory=dict)
    device: dict[str, Node] = attrs.field(factory=dict)
    phases: dict[str, Phase] = attrs.field(factory=dict)
    vars: dict[str, Node] = attrs.field(factory=dict)
    data: Use | None = None
    sampler: Use | None = None
    latents: dict[str, Use] = attrs.field(factory=dict)
    blocks: dict[str, Block] = attrs.field(factory=dict)
    networks: dict[str, NetworkSpec] = attrs.field(factory=dict)
    batches: dict[str, dict[str, Node]] = attrs.field(factory=dict)
    losses: dict[str, LossSpec] = attrs.field(factory=dict)
    sample: SampleSpec = attrs.field(factory=lambda: SampleSpec({}, {}))
    metrics: dict[str, Timed] = attrs.field(factory=dict)
    hooks: dict[str, Timed] = attrs.field(factory=dict)
    removed_hooks: tuple[str, ...] = ()
    about: dict[str, Any] = attrs.field(factory=dict)
    problems: list[Problem] = attrs.field(factory=list)
    warnings: list[Problem] = attrs.field(factory=list)
    unknown_names: set[str] = attrs.field(factory=set)

    def problem(self, node: Node, path: str, message: str, *, key: bool = False) -> None:
        """Record a fault at a node (at its key, where the key is what is wrong)."""
        self.problems.append(Problem(node.key if key else node.place, path, message))
