"""Who makes, judges and trains what (rules 9 to 11), from the networks' tables alone."""

from __future__ import annotations

import attrs

from ganframe.names import Names
from ganframe.network import Network
from ganframe.spec.model import NetworkSpec, Spec


@attrs.frozen(eq=False)
class Roles:
    """Generators, discriminators, their pairs, and for every network the network whose optimizer holds it."""

    generators: tuple[str, ...]
    discriminators: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    owner: dict[str, str | None]
    followers: dict[str, tuple[str, ...]]
    judged_field: dict[str, str]

    def side(self, network: str) -> str | None:
        """The turn that trains a network, `discriminator` or `generator`, or None for a frozen one."""
        owner = self.owner[network]
        if owner is None:
            return None
        return "discriminator" if owner in self.discriminators else "generator"

    def with_followers(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Networks named, and what is `trained_with` them."""
        return tuple(dict.fromkeys(n for name in names for n in (name, *self.followers.get(name, ()))))


def made_by(spec: NetworkSpec, batch: str, first: str) -> dict[str, str | None]:
    """What a network makes in `fake`, or for `real` any batch that lacks it: name to inner wire, None the output."""
    return {
        name or first: None if node is None else str(node.value).removeprefix("@")
        for (where, name), node in spec.makes.items()
        if where == batch
    }


def roles(spec: Spec, first: str) -> Roles:
    """Read the roles; `first` is the data's first field, which generators make unless they say otherwise."""
    networks = spec.networks
    made = {name: made_by(n, "fake", first) for name, n in networks.items()}
    generators = tuple(name for name in networks if made[name])
    judged = {name: n.judges or first for name, n in networks.items() if n.judges is not None}
    pairs = tuple((g, d) for g in generators for d, field in judged.items() if field in made[g])
    owner = {name: _owner(networks, name) for name in networks}
    followers = {name: _followers(networks, name) for name in networks}
    return Roles(generators, tuple(judged), pairs, owner, followers, judged)


def _owner(networks: dict[str, NetworkSpec], name: str) -> str | None:
    for _ in networks:
        if networks[name].optimizer is not None:
            return name
        leader = networks[name].trained_with
        if leader is None or leader not in networks:
            return None
        name = leader
    return None


def _followers(networks: dict[str, NetworkSpec], name: str) -> tuple[str, ...]:
    direct = [n for n, spec in networks.items() if spec.trained_with == name and spec.optimizer is None]
    return tuple(dict.fromkeys(f for n in direct if n != name for f in (n, *_followers_of(networks, n, {name}))))


def _followers_of(networks: dict[str, NetworkSpec], name: str, seen: set[str]) -> list[str]:
    found: list[str] = []
    for n, spec in networks.items():
        if spec.trained_with == name and spec.optimizer is None and n not in seen:
            found += [n, *_followers_of(networks, n, seen | {name})]
    return found


def names(spec: Spec, fields: tuple[str, ...], latents: dict[str, object], networks: dict[str, Network]) -> Names:
    """The static knowledge of names for batches."""
    first = fields[0] if fields else ""
    tables = {name: spec.networks[name] for name in networks}
    made = {name: m for name, n in tables.items() if (m := made_by(n, "fake", first))}
    makers: dict[str, tuple[str, str | None]] = {}
    for batch in ("fake", "real"):
        for name, n in tables.items():
            found = made_by(n, batch, first)
            # A latent that a generator makes in `fake` is drawn elsewhere: the prior of an adversarial autoencoder.
            makers.update({f: (name, wire) for f, wire in found.items() if batch == "real" or f not in latents})
    batches = {
        name: {field: _path(str(node.value)) for field, node in replaced.items()}
        for name, replaced in spec.batches.items()
    }
    return Names(fields, dict(latents), networks, made, makers, batches)


def _path(text: str) -> tuple[str, str]:
    batch, _, name = text.partition(".")
    return batch, name


def judged_names(names: Names, generator: str, discriminator: str) -> tuple[str, ...]:
    """The discriminator's inputs that the generator makes, or that are computed from what it makes."""
    made = frozenset(names.made[generator])
    atoms = frozenset(names.fields) | frozenset(names.latents) | made
    inputs = names.networks[discriminator].inputs
    return tuple(n for n in inputs if names.depends(n, atoms) & (made | {generator}))
