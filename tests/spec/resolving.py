"""Every component of a spec that stands outside of blocks, resolved; for comparing two specs."""

from __future__ import annotations

import attrs

from ganframe.component import is_component
from ganframe.spec.convert import Resolver, UnknownFact, UnknownName, substitute
from ganframe.spec.env import file_scope
from ganframe.spec.model import DeviceOptions, RunOptions, SampleOptions, Use

FACTS = {
    "channels": 3, "classes": 10, "size": 32, "width": 24, "spans": [[0, 1], [1, 4]], "begin": 1, "padding": 0,
    "categories": 7, "columns": 3, "length": 16, "sample_rate": 8000, "shares": [0.5, 0.5], "vocabulary": 20,
    "source_vocabulary": 20,
}  # fmt: skip


def resolve_all(spec, registry):
    """Plain data by path for every component, and the problems met."""
    problems = list(spec.problems)
    resolver = Resolver(registry, problems, None, [*spec.blocks, *spec.networks])
    env = file_scope(spec, FACTS)
    found = {
        "run": resolver.options(RunOptions, spec.run, env, "run", spec.root),
        "device": resolver.options(DeviceOptions, spec.device, env, "device", spec.root),
        "sample": resolver.options(SampleOptions, spec.sample.options, env, "sample", spec.root),
    }
    uses = [u for u in (spec.data, spec.sampler) if u] + [*spec.latents.values(), *spec.sample.latents.values()]
    for loss in spec.losses.values():
        uses.append(loss.use)
        weight = loss.weight
        found[f"{loss.path}.weight"] = 1.0 if weight is None else resolver.number(weight, env, f"{loss.path}.weight")
    uses += [timed.use for timed in (*spec.metrics.values(), *spec.hooks.values())]
    for network in spec.networks.values():
        uses += [u for u in (network.optimizer, network.schedule, *network.augment) if u]
        for key, kind in (("init", "initializer"), ("parametrize", "parametrization")):
            if node := getattr(network, key):
                found[f"{network.path}.{key}"] = resolver.nested(kind, node, env, f"{network.path}.{key}")
        for line in network.layers:
            found.update(layers(resolver, spec, network, line, env))
    for use in uses:
        found[use.path] = resolver.component(use, env)
    return {path: plain(value) for path, value in found.items()}, problems


def layers(resolver, spec, network, line, env):
    """The layers of a line by path, one for each copy; a block's or network's line gives none."""
    name = line.use.type.value
    if name in spec.blocks or name in spec.networks:
        return {}
    own = network.defaults[name].value if name in network.defaults else {}
    try:
        each = {key: substitute(node, env).value for key, node in line.each.items() if key not in ("as", "from")}
    except (UnknownName, UnknownFact):
        return {}
    if not all(isinstance(values, list) for values in each.values()):
        return {}
    count = len(next(iter(each.values()))) if each else 1
    made = {}
    for i in range(count):
        options = {**own, **line.use.options, **{key: values[i] for key, values in each.items()}}
        layer = resolver.layer(Use("layer", line.use.type, options, line.path, line.use.node), env)
        made[f"{line.path}[{i}]"] = layer and (layer[0], {key: node.plain() for key, node in layer[1].items()})
    return made


def plain(value):
    """A component as a dictionary with its type."""
    if is_component(value):
        fields = {field.name: plain(getattr(value, field.name)) for field in attrs.fields(type(value))}
        return {"type": type(value).__name__, **fields}
    return tuple(map(plain, value)) if isinstance(value, (tuple, list)) else value
