"""A spec file -> `Spec`: text, positions, `extends`, overrides, structure, names. Components stay as written."""

from __future__ import annotations

from pathlib import Path

from ganframe.spec import expand, extends, overrides, references, sections, unread
from ganframe.spec.inline import inlined
from ganframe.spec.merge import NAMED
from ganframe.spec.model import Node, Spec
from ganframe.spec.phases import run_table
from ganframe.spec.table import Table

SECTIONS = ("format", "run", "device", "data", "vars", "sample", "about", *NAMED)

_HINTS = {
    **dict.fromkeys(("generator", "discriminator"), "write [networks.generator], [networks.discriminator]"),
    **dict.fromkeys(("train", "training"), "write [run]"),
    **dict.fromkeys(("steps", "batch_size", "seed"), "it stands under [run]"),
    "network": "write [networks.NAME]",
    "loss": "write [losses.NAME]",
    "latent": "write [latents.NAME]",
    "hook": "write [hooks.NAME]",
    "metric": "write [metrics.NAME]",
    "block": "write [blocks.NAME]",
    "dataset": "write [data]",
    "epochs": "training is counted in steps: write `steps` under [run]",
    "extends": "it stands in a spec's file and cannot be set",
}


def read(path: str | Path, overrides: overrides.Overrides = ()) -> Spec:
    """The spec of a file after `extends` and `--set`, with every fault of its structure in `problems`.

    Raises SpecError where the text cannot be read or an override leads nowhere.
    """
    text, root = extends.load(path)
    return structure(Path(path).stem, Path(path), text, _overridden(root, overrides))


def _overridden(root: Node, given: overrides.Overrides) -> Node:
    return overrides.apply(root, given) if given else root


def structure(name: str, path: Path | None, text: str, root: Node) -> Spec:
    """The spec that a root table says."""
    spec = Spec(name, path, text, root)
    if fault := extends.format_fault(root):
        spec.problems.append(fault)
    values = inlined(root, spec.problems)
    spec.root, spec.unknown_names = values.root, values.unknown
    _fill(spec, Table(values.root, "", spec.problems))
    references.check(spec)
    expand.check(spec)
    spec.problems += overrides.unread(spec, values.used)
    spec.problems.sort(key=lambda p: (p.place.file, p.place.line, p.place.column))
    own = (str(path), root.place.file)
    spec.warnings += [w for w in unread.warnings(spec, values.used) if not w.place.line or w.place.file in own]
    return spec


def _fill(spec: Spec, top: Table) -> None:
    top.take("format")
    spec.vars = top.table("vars")
    spec.about = {key: node.plain() for key, node in top.table("about").items()}
    spec.run = run_table(top, spec.problems)
    spec.device = sections.device(top)
    spec.data, spec.sampler = sections.data(top)
    spec.latents = sections.named(top, "latents", sections.latent)
    spec.blocks = sections.named(top, "blocks", sections.block)
    spec.networks = sections.named(top, "networks", sections.network)
    spec.batches = sections.named(top, "batches", sections.batch)
    spec.losses = sections.named(top, "losses", sections.loss)
    spec.phases = sections.named(top, "phases", sections.phase)
    spec.metrics = sections.named(top, "metrics", sections.metric)
    spec.hooks, spec.removed_hooks = sections.hooks(top)
    spec.sample = sections.sample(top)
    if not spec.networks and "networks" not in top.entries:
        top.fault(top.node, "networks", "is missing: write [networks.generator] and [networks.discriminator]")
    top.close(_HINTS, SECTIONS)
