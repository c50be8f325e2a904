"""Samples from a model: latents, given values and the data's stored frequencies, in whole chunks (rule 14)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe import streams
from ganframe.component import Field
from ganframe.errors import SpecError
from ganframe.feed import read
from ganframe.given import Given, encode, of_classes
from ganframe.model import Model, modes
from ganframe.names import root
from ganframe.network import Network, Program
from ganframe.now import Now
from ganframe.patch import Change, Patched
from ganframe.scene import Latents, Scene
from ganframe.standing import duplicate, standing
from ganframe.truncation import Truncation


class Rows(dict[str, Tensor]):
    """The real fields of a chunk, each made when it is asked for: given, drawn by frequency, or the data's rows."""

    def __init__(self, sampler: Sampler, chunk: int, given: Mapping[str, Tensor]) -> None:
        super().__init__(given)
        self.sampler = sampler
        self.chunk = chunk

    def __missing__(self, name: str) -> Tensor:
        self[name] = self.sampler.row(name, self.chunk).to(self.sampler.device)
        return self[name]


class _Absent:
    """Stands for a latent that is drawn from data which is not here."""

    def __init__(self, name: str) -> None:
        self.name = name

    def sample(self, *given: Any) -> Tensor:
        raise _needed(self.name)


def _needed(name: str) -> SpecError:
    return SpecError(f"these samples need '{name}', and the data is not here; give it with --given {name}=…")


@attrs.frozen(eq=False)
class Common:
    """What all chunks of one draw share.

    `stored` are latents without their data, by the field whose stored frequencies they are drawn by; `random` says
    that some layer may draw random numbers; `changes` are functions of inner values, by network and node.
    """

    networks: Mapping[str, Network]
    programs: Mapping[str, Program]
    given: Mapping[str, Tensor]
    latents: Mapping[str, Any]
    stored: Mapping[str, str]
    random: bool
    changes: Mapping[str, Mapping[str, Change]] = {}


class Sampler:
    """Draws samples; row i of seed s is the same however many are drawn."""

    def __init__(
        self, model: Model, data: Any, frequencies: Mapping[str, list[float]], step: int = 0, images: int = 0
    ) -> None:
        self.model = model
        self.plan = model.plan
        self.parts = model.plan.parts
        self.data = data
        self.frequencies = frequencies
        self.device = model.device.torch_device
        self.size = self.parts.sample.batch_size
        self.step = step
        self.images = images
        self.seed = 0
        self._rng = torch.Generator()

    def draw(
        self, n: int, seed: int = 0, given: Given | None = None, keep: Iterable[str] = ()
    ) -> dict[str, Tensor]:
        """n rows of everything made, and of the latents and fields that were used, on the CPU in model range.

        `keep` names networks and inner wires (`generator.w`) that are wanted too; what may be given may be kept.
        """
        if n < 1:
            raise SpecError(f"cannot draw {n} samples; at least 1")
        if not self.plan.names.made:
            raise SpecError("there are no samples: no network of this spec makes anything in `fake`")
        self.seed = seed
        fixed = self.encoded(given or {})
        with torch.no_grad(), self.networks() as (networks, programs):
            common = self.common(networks, programs, fixed)
            chunks = [self._chunk(k, common, tuple(keep)) for k in range(-(-n // self.size))]
        return {name: _wide(torch.cat([chunk[name] for chunk in chunks]))[:n] for name in chunks[0]}

    def encoded(self, given: Given) -> dict[str, Tensor]:
        """Given values as rows by name; a text or a number is a class where the name's rows are classes."""
        classes = of_classes(self.plan, self.frequencies) if given else set()
        return {name: encode(self.plan, name, value, classes) for name, value in given.items()}

    def row(self, name: str, chunk: int) -> Tensor:
        """A real field's rows for a chunk, without a given value: by stored frequency, else the data's first rows."""
        if name in self.frequencies:
            shares = torch.tensor(self.frequencies[name])
            rng = self._stream("field", name, chunk)
            return torch.eye(len(shares))[torch.multinomial(shares, self.size, True, generator=rng)]
        if self.data is None:
            raise _needed(name)
        rows = torch.arange(chunk * self.size, (chunk + 1) * self.size) % len(self.data)
        return read(self.data, rows, self._stream("data", chunk))[name]

    def _stream(self, *key: int | str) -> torch.Generator:
        return streams.generator(self.seed, "sample", *key)

    @contextmanager
    def networks(self) -> Iterator[Any]:
        """The networks in the asked mode; modes and statistics are as before afterwards."""
        options = self.parts.sample
        networks, programs = self.model.sampling(options.ema)
        before = list(modes(networks))
        try:
            if options.standing_statistics:
                networks, programs = standing(self, networks, options.standing_statistics)
            elif options.mode == "train":
                networks, programs = duplicate(self, networks)
            for name, network in networks.items():
                training = options.mode == "train" and self.plan.roles.owner[name] is not None
                if any(module.training != training for module in network.modules()):
                    network.train(training)
            yield networks, programs
        finally:
            for module, training in before:
                if module.training != training:  # a module is slow to write to
                    module.training = training

    def common(self, networks: Any, programs: Any, given: Mapping[str, Tensor]) -> Common:
        """What every chunk starts from; latents that need the data, where it is not here, go by what is known of it."""
        latents = {**self.parts.latents, **self.parts.sample_latents}
        stored: dict[str, str] = {}
        for name, component in latents.items():
            field = getattr(component, "field", None)
            if name in given or self.data is not None or not isinstance(field, str) or field in given:
                continue
            if field in self.frequencies:
                stored[name] = field
            else:
                latents[name] = _Absent(name)
        random = any(network.random for network in networks.values())
        common = Common(networks, programs, given, latents, stored, random)
        strength = self.parts.sample.truncation
        if strength is None:
            return common
        near = Truncation(self, common, strength)
        return attrs.evolve(common, latents={**latents, **near.latents}, changes=near.changes)

    def scene(self, chunk: int, common: Common) -> Scene:
        """The batches of a chunk."""
        rows = self._rows_of(chunk, common.given) if common.given else {}
        fields = Rows(self, chunk, {n: v for n, v in rows.items() if n in self.parts.fields})
        moment = Now(self.step, self.images, self.size, "sample", self.device)
        latents = Latents(
            common.latents, self.size, moment, fields, self.data,
            lambda n: streams.reseed(self._rng, self.seed, "sample", "latent", n, chunk),
        )  # fmt: skip
        latents.drawn.update({name: value for name, value in rows.items() if name in common.latents})
        latents.drawn.update({name: fields[field] for name, field in common.stored.items()})
        scene = Scene(self.plan.names, common.networks, self._programs(common, rows), {}, moment, latents, {})
        scene.real.lazy = {name: partial(fields.__getitem__, name) for name in self.parts.fields}
        if common.random:
            self.model.device.reseed(streams.seed(self.seed, "sample", "layers", chunk))
        return scene

    def _programs(self, common: Common, rows: Mapping[str, Tensor]) -> Mapping[str, Any]:
        """The networks' programs, patched where an inner value is given or changed."""
        inner: dict[str, dict[str, Tensor]] = {}
        for name in rows.keys() - self.parts.fields.keys() - common.latents.keys():
            if (target := self.plan.names.target(name)) is not None:
                inner.setdefault(target[0], {})[target[1]] = rows[name]
        patched = {
            name: Patched(common.networks[name], inner.get(name), common.changes.get(name))
            for name in (*inner, *common.changes)
        }
        return {**common.programs, **patched} if patched else common.programs

    def wire(self, scene: Scene, name: str) -> Tensor:
        """A latent, a network's output or an inner wire, as the fake batch of its generator has it."""
        made = self.plan.names.made
        value: Tensor = scene.fake(root(name) if root(name) in made else next(iter(made)))[name]
        return value

    def _rows_of(self, chunk: int, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        at = torch.arange(chunk * self.size, (chunk + 1) * self.size)
        return {name: value[at % len(value)].to(self.device) for name, value in given.items()}

    def beside(
        self, data: Any, rows: int, asked: Mapping[str, tuple[str, str]] | None = None, *, fakes: bool = True
    ) -> Iterator[dict[str, Any]]:
        """Rows spread evenly over the data, chunk by chunk, on the device: what metrics are given, by name.

        `real` are those rows, `fake` what is made over them (empty without `fakes`), then every tensor `BATCH.NAME`
        that is asked for.
        """
        at = torch.linspace(0, len(data) - 1, rows).round().long()
        with torch.no_grad(), self.networks() as (networks, programs):
            common = self.common(networks, programs, {})
            for k in range(-(-rows // self.size)):
                indices = at[torch.arange(k * self.size, (k + 1) * self.size) % rows]
                kept = min(self.size, rows - k * self.size)
                real = read(data, indices, self._stream("data", k))
                scene = self.scene(k, common)
                scene.real.held.update({name: value.to(self.device) for name, value in real.items()})
                scene.latents.real = scene.real.held
                fields = dict(scene.real.held)
                with self.model.device.autocast():
                    fake = self._fake_fields(scene) if fakes else {}
                    tensors = self._tensors(scene, asked or {})
                yield {
                    "real": {n: v[:kept] for n, v in fields.items()}, "fake": {n: v[:kept] for n, v in fake.items()},
                    **{n: v[:kept] for n, v in tensors.items()},
                }  # fmt: skip
                scene.close()

    def _tensors(self, scene: Scene, asked: Mapping[str, tuple[str, str]]) -> dict[str, Tensor]:
        """Tensors by name, each as the first generator's losses see it."""
        first = next(iter(self.plan.names.made), None)
        return {name: _wide(scene.batch(batch, first)[inner]) for name, (batch, inner) in asked.items()}

    def _fake_fields(self, scene: Scene) -> dict[str, Tensor]:
        """Every field of the fake batch of the generator that makes it, and everything else that is made."""
        found: dict[str, Tensor] = {}
        for generator, made in self.plan.names.made.items():
            fake = scene.fake(generator)
            found.update({name: fake[name] for name in made})
        first = scene.fake(next(iter(self.plan.names.made)))
        found.update({name: first[name] for name in self.parts.fields if name not in found})
        return {name: _wide(value) for name, value in found.items()}

    def _chunk(self, k: int, common: Common, keep: tuple[str, ...] = ()) -> dict[str, Tensor]:
        scene = self.scene(k, common)
        found: dict[str, Tensor] = {}
        with self.model.device.autocast():
            for generator, made in self.plan.names.made.items():
                for name in made:
                    found[name] = scene.fake(generator)[name]
            found.update({name: self.wire(scene, name) for name in keep})
        read = {name: value for name, value in scene.real.held.items() if name in self.parts.fields}
        for name, value in (*scene.latents.drawn.items(), *read.items()):
            found.setdefault(name, value)
        scene.close()
        return {name: value.cpu() for name, value in found.items()}


def _wide(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def main_field(made: Mapping[str, Any], fields: Mapping[str, Field]) -> str:
    """The field that samples show: the first of the data's that is made, else the first made."""
    return next((name for name in fields if name in made), next(iter(made), ""))
