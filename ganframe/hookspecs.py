"""What a plugin may offer: one hook for each kind of component. This file is the plugin API, version 1.

A plugin is a module named in the entry-point group `ganframe.v1`. It defines any of these functions, marked
`@ganframe.plugin`; each returns a list of component classes. Import torch inside the function: a hook is called only
when a spec, or `ganframe plugins`, asks for that kind.
"""

from __future__ import annotations

import pluggy

GROUP = "ganframe.v1"

plugin = pluggy.HookimplMarker("ganframe")
_spec = pluggy.HookspecMarker("ganframe")

Classes = list[type]


@_spec
def ganframe_layers() -> Classes:
    """`build(x: Shape, **wires: Shape) -> nn.Module`, whose forward takes tensors (N, *shape) under the same names."""
    raise AssertionError


@_spec
def ganframe_initializers() -> Classes:
    """`__call__(weight, rng)` fills one weight (out, in, ...) in place."""
    raise AssertionError


@_spec
def ganframe_parametrizations() -> Classes:
    """`__call__(module) -> nn.Module` rewrites how a module's weight is computed."""
    raise AssertionError


@_spec
def ganframe_losses() -> Classes:
    """Any of `discriminator`, `generator`, `term` (each a scalar or None), `prepare`, `after`, `state`."""
    raise AssertionError


@_spec
def ganframe_curves() -> Classes:
    """`at(now) -> float`, a pure function of the step."""
    raise AssertionError


@_spec
def ganframe_optimizers() -> Classes:
    """`build(params) -> torch.optim.Optimizer`."""
    raise AssertionError


@_spec
def ganframe_schedules() -> Classes:
    """`build(optimizer) -> torch.optim.lr_scheduler.LRScheduler`."""
    raise AssertionError


@_spec
def ganframe_latents() -> Classes:
    """`shape(fields) -> Shape` and `sample(rows, now, real, data) -> Tensor` (rows, *shape), drawn from `now.rng`."""
    raise AssertionError


@_spec
def ganframe_datasets() -> Classes:
    """`open()` gives data with `fields()`, `facts()`, `__len__` and `batch(indices, rng) -> dict[str, Tensor]`.

    A class method `survey(path) -> Survey | None` lets `ganframe data check` and `new --data` know a file or folder;
    `recipe(data, table) -> str` is the text of a spec to start from, of open data and their `[data]` table.
    """
    raise AssertionError


@_spec
def ganframe_samplers() -> Classes:
    """`order(data, epoch, rng) -> indices` of one epoch, int64."""
    raise AssertionError


@_spec
def ganframe_views() -> Classes:
    """`suffixes`, `write(path, values, field, facts)`, `read(path, field, facts)`: how a field is shown and written.

    `own_size = True` of `read` asks for a file as large as it is, and `like = FILE` of `write` for a file of that one's
    size and manner; both may be missing, and are needed to translate folders of files of any size.
    With `lines(values, field, facts) -> list[str]` samples are printed; with `parse(text, field, facts) -> Tensor`, one
    row (1, *shape), a value can be given as text.
    """
    raise AssertionError


@_spec
def ganframe_augmentations() -> Classes:
    """Differentiable `__call__(x, now) -> Tensor` of the same shape."""
    raise AssertionError


@_spec
def ganframe_metrics() -> Classes:
    """`build(fields, facts, device)` gives a meter: `update(real, fake)`, then `compute() -> dict[str, float]`.

    `update` is given two dictionaries of tensors. One with wires of its own gets what the parameters of `update` name:
    `real`, `fake`, or a wire.
    """
    raise AssertionError


@_spec
def ganframe_hooks() -> Classes:
    """Classes with any of the events of `ganframe.events` as methods.

    What `on_step` returns, a dictionary of numbers or None, goes into `metrics.jsonl` as `NAME.figure`, NAME the hook's
    in the spec.
    """
    raise AssertionError


@_spec
def ganframe_exporters() -> Classes:
    """`export(run, path)`."""
    raise AssertionError


KINDS: dict[str, str] = {
    "layer": "ganframe_layers",
    "initializer": "ganframe_initializers",
    "parametrization": "ganframe_parametrizations",
    "loss": "ganframe_losses",
    "curve": "ganframe_curves",
    "optimizer": "ganframe_optimizers",
    "schedule": "ganframe_schedules",
    "latent": "ganframe_latents",
    "dataset": "ganframe_datasets",
    "sampler": "ganframe_samplers",
    "view": "ganframe_views",
    "augmentation": "ganframe_augmentations",
    "metric": "ganframe_metrics",
    "hook": "ganframe_hooks",
    "exporter": "ganframe_exporters",
}

#: Keys of a table that the engine reads itself; no option may bear such a name.
ENGINE_KEYS: dict[str, frozenset[str]] = {
    kind: frozenset({"type", *keys.split()})
    for kind, keys in {
        **dict.fromkeys(KINDS, ""),
        "layer": "as from for repeat init parametrize defaults",
        "loss": "weight every generator discriminator trains fake",
        "metric": "every samples split",
        "hook": "every",
        "dataset": "sampler",
    }.items()
}

#: At least one of these methods makes a class a component of its kind.
METHODS: dict[str, tuple[str, ...]] = {
    "layer": ("build",),
    "initializer": ("__call__",),
    "parametrization": ("__call__",),
    "loss": ("discriminator", "generator", "term", "prepare", "after"),
    "curve": ("at",),
    "optimizer": ("build",),
    "schedule": ("build",),
    "latent": ("sample",),
    "dataset": ("open",),
    "sampler": ("order",),
    "view": ("write",),
    "augmentation": ("__call__",),
    "metric": ("build",),
    "hook": ("on_start", "on_step", "on_evaluate", "on_checkpoint", "should_stop", "on_stop"),
    "exporter": ("export",),
}
