"""Rows of other sizes than the networks were trained on: which sizes they take, by running them without data."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe.errors import SpecError
from ganframe.sample import Sampler
from ganframe.standing import duplicate

Sizes = tuple[int, ...]


@attrs.define(eq=False)
class Fitting:
    """Pads rows of some fields up to the smallest size that the networks take, and says where to cut the result.

    `own` are the given fields' shapes in the data by name, the first one's leads; `made` is what `generator` makes.
    Axes are looked at one by one: a size is taken if the networks run and the result has the size's share of its own.
    Networks that take none above their own, up to its double, are bound to it.
    """

    sampler: Sampler
    networks: Any
    generator: str
    made: str
    own: dict[str, Sizes]
    target: Sizes
    _known: dict[Sizes, bool] = attrs.field(factory=dict)
    _fits: dict[Sizes, Sizes] = attrs.field(factory=dict)
    _bare: Any = None

    def pad(self, values: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], tuple[slice, ...]]:
        """Padded rows (N, *shape) by name, edges repeated, and the part of the result (N, *shape) that they stand for.

        Raises SpecError where the networks take no such size.
        """
        lead = next(iter(self.own))
        size = tuple(values[lead].shape[1:])
        if all(tuple(value.shape[1:]) == self.own[name] for name, value in values.items()):
            return dict(values), (slice(None),)
        for name, value in values.items():
            if tuple(value.shape[1:]) != self._beside(name, size):
                told = f"'{name}' is of shape {tuple(value.shape[1:])}, which does not go with '{lead}' of shape {size}"
                raise SpecError(told)
        fit = self._fit(lead, size)
        padded = {name: grown(value, self._beside(name, fit)) for name, value in values.items()}
        shares = zip(size, self.own[lead], self.target, strict=True)
        return padded, (slice(None), *(slice(-(-n * to // own)) for n, own, to in shares))

    def _beside(self, name: str, size: Sizes) -> Sizes:
        """The shape that another given field has where the first has this size."""
        lead, own = next(iter(self.own.values())), self.own[name]
        if len(own) != len(lead):
            return own
        return tuple(n if a == b else a for a, b, n in zip(own, lead, size, strict=True))

    def _fit(self, lead: str, size: Sizes) -> Sizes:
        if size not in self._fits:
            own = self.own[lead]
            if len(size) != len(own) or len(own) != len(self.target):
                raise self._refused(lead, size)
            fit = tuple(self._along(lead, size, axis) for axis in range(len(size)))
            if not self._takes(fit):
                raise self._refused(lead, size)
            self._fits[size] = fit
        return self._fits[size]

    def _along(self, lead: str, size: Sizes, axis: int) -> int:
        """The smallest size along an axis that is taken, at least that of `size`."""
        own, wanted = self.own[lead][axis], size[axis]
        if wanted == own:
            return wanted
        takes = functools.partial(self._takes_along, lead, axis)
        # Sizes that strided layers take lie a stride apart, and the networks' own is one of them.
        strides = (stride for stride in range(1, own + 1) if own % stride == 0)
        stride = next((stride for stride in strides if takes(own + stride)), None)
        if stride is None:
            raise self._refused(lead, size)
        smallest = wanted + (own - wanted) % stride
        return next((n for n in range(smallest, max(smallest, own) + 1, stride) if takes(n)), smallest)

    def _takes_along(self, lead: str, axis: int, n: int) -> bool:
        own = self.own[lead]
        return self._takes((*own[:axis], n, *own[axis + 1 :]))

    def _refused(self, lead: str, size: Sizes) -> SpecError:
        told = f"'{self.generator}' takes '{lead}' of shape {self.own[lead]}"
        return SpecError(f"{told} and no other such as {size}: its layers are bound to that size")

    def _takes(self, size: Sizes) -> bool:
        if size not in self._known:
            self._known[size] = self._runs(size)
        return self._known[size]

    def _runs(self, size: Sizes) -> bool:
        """Whether the networks run on rows of this size and make what belongs to it."""
        lead = next(iter(self.own.values()))
        try:
            shape = self._shape({name: self._beside(name, size) for name in self.own})
        except Exception:  # whatever a layer raises, it does not take this size
            return False
        if len(shape) != len(size):
            return False
        return all(n * to == made * own for n, own, to, made in zip(size, lead, self.target, shape, strict=True))

    def _shape(self, shapes: Mapping[str, Sizes]) -> Sizes:
        """The shape of a row made of rows of these shapes, on the meta device."""
        if self._bare is None:
            copies, _ = duplicate(self.sampler, self.networks)
            bare = {name: network.to("meta") for name, network in copies.items()}
            # Compiled code holds the parameters that it was made with: it is made anew.
            self._bare = bare, {name: network.program(()) for name, network in bare.items()}
        there = copy.copy(self.sampler)
        there.device = torch.device("meta")
        fields = self.sampler.parts.fields
        given = {n: torch.empty((there.size, *s), dtype=getattr(torch, fields[n].dtype)) for n, s in shapes.items()}
        networks, programs = self._bare
        scene = there.scene(0, there.common(networks, programs, given))
        try:
            return tuple(scene.fake(self.generator)[self.made].shape[1:])
        finally:
            scene.close()


def grown(value: Tensor, size: Sizes) -> Tensor:
    """Rows (N, *shape) made larger at the ends of their axes by repeating the last entries."""
    for axis, n in enumerate(size, 1):
        if value.shape[axis] < n:
            at = torch.arange(n).clamp(max=value.shape[axis] - 1)
            value = value.index_select(axis, at.to(value.device))
    return value
