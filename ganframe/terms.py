"""Losses as terms: which method of which loss is evaluated in which turn, for which pair, training what (rule 10)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import attrs
from torch import Tensor

from ganframe.component import options
from ganframe.names import Names
from ganframe.parts import Loss
from ganframe.roles import Roles, judged_names
from ganframe.step import Pair, Step

Ask = Callable[[Pair, Callable[[], Step]], Any]

SIDES = ("discriminator", "generator")


@attrs.define(eq=False)
class Term:
    """One scalar of one turn: a loss's method, bound, with how to get its arguments; nothing is looked up later."""

    loss: str
    label: str
    side: str
    method: Callable[..., Tensor | None] | None
    asks: tuple[tuple[str, Ask], ...]
    weight: Any
    every: int
    batch: str
    generator: str | None
    discriminator: str | None
    judged: tuple[str, ...]
    trains: tuple[str, ...]
    named: tuple[str, ...]
    state_key: str
    component: Any
    marks: tuple[str, ...]
    prepare: Callable[[Step], None] | None
    after: Callable[[Step], None] | None
    pairs: tuple[tuple[str, str, tuple[str, ...]], ...]
    value: Tensor | None = None


@attrs.frozen(eq=False)
class Terms:
    """Makes the terms of a spec's losses for one stretch of the run."""

    names: Names
    roles: Roles
    trained: dict[str, tuple[str, ...]]

    def of(self, loss: Loss) -> list[Term]:
        """The terms of a loss; empty if it reaches no network here."""
        component, found = loss.component, []
        methods: list[str | None] = [m for m in ("discriminator", "generator", "term") if hasattr(component, m)]
        for side in SIDES:
            for method in methods or [None]:
                trains = self._trains(loss, method, side)
                if trains:
                    found += [self._term(loss, method, side, trains, *pair) for pair in self._pairs(loss, method)]
        return found

    def _trains(self, loss: Loss, method: str | None, side: str) -> tuple[str, ...]:
        if method in SIDES and method != side:
            return ()
        if loss.spec.trains is None:
            return () if method == "term" and side == "discriminator" else self.trained[side]
        wanted = self.roles.with_followers(loss.spec.trains)
        return tuple(name for name in self.trained[side] if name in wanted)

    def _pairs(self, loss: Loss, method: str | None) -> list[tuple[str | None, str | None]]:
        spec, pairs = loss.spec, self._reached(loss)
        asked = set(parameters(getattr(loss.component, method))) if method else {"step"}
        if "pairs" in asked:
            return [(None, None)] if pairs else []
        if asked & {"real", "fake"} or (method != "term" and "step" in asked):
            return list(pairs)
        if any(self.names.reads_fake(*path) for path in wires(loss.component).values()):
            return [(g, None) for g in self.roles.generators if spec.generator in (None, g)]
        return [(spec.generator, None)]

    def _reached(self, loss: Loss) -> list[tuple[str, str]]:
        spec = loss.spec
        return [
            (g, d) for g, d in self.roles.pairs
            if spec.generator in (None, g) and spec.discriminator in (None, d)
        ]  # fmt: skip

    def _term(
        self, loss: Loss, method: str | None, side: str, trains: tuple[str, ...], generator: str | None,
        discriminator: str | None,
    ) -> Term:
        component, bound = loss.component, getattr(loss.component, method) if method else None
        suffix = self._suffix(generator, discriminator)
        both = all(hasattr(component, m) for m in SIDES)
        judged = judged_names(self.names, generator, discriminator) if generator and discriminator else ()
        paths = wires(component)
        named = trains if loss.spec.trains is None else tuple(n for n in loss.spec.trains if n in trains)
        asked = parameters(bound) if bound else []
        return Term(
            loss.spec.name, f"{loss.spec.name}{f'.{side}' if both else ''}{suffix}", side, bound,
            tuple((name, self._ask(name, paths, loss)) for name in asked), loss.weight, loss.every, loss.spec.fake,
            generator, discriminator, judged, trains, named, f"{loss.spec.name}{suffix}", component,
            _marks(component, side) if bound else (),
            getattr(component, "prepare", None), getattr(component, "after", None),
            tuple((g, d, judged_names(self.names, g, d)) for g, d in self._reached(loss)),
        )  # fmt: skip

    def _suffix(self, generator: str | None, discriminator: str | None) -> str:
        if discriminator is not None:
            return f".{generator}.{discriminator}" if len(self.roles.pairs) > 1 else ""
        return f".{generator}" if generator is not None and len(self.roles.generators) > 1 else ""

    def _ask(self, name: str, paths: dict[str, tuple[str, str]], loss: Loss) -> Ask:
        if name in paths:
            batch, inner = paths[name]
            return lambda pair, step: pair.fake(batch)[inner] if batch != "real" else pair.real[inner]
        if name in _ASKS:
            return _ASKS[name](loss.spec.fake)
        default = None
        return lambda pair, step: default


def _logits(which: str) -> Callable[[str], Ask]:
    def make(batch: str) -> Ask:
        if which == "real":
            return lambda pair, step: pair.real[pair.discriminator or ""]
        return lambda pair, step: pair.fake(batch)[pair.discriminator or ""]

    return make


_ASKS: dict[str, Callable[[str], Ask]] = {
    "real": _logits("real"),
    "fake": _logits("fake"),
    "step": lambda batch: lambda pair, step: step(),
    "pairs": lambda batch: lambda pair, step: step().pairs,
}


def _marks(component: Any, side: str) -> tuple[str, ...]:
    """The batches at whose judged fields a loss takes gradients in a side's turns; a mapping tells the sides apart."""
    told = getattr(component, "differentiates", ())
    return tuple(told.get(side, ()) if isinstance(told, dict) else told)


def parameters(method: Callable[..., Any], more: Iterable[str] = ()) -> list[str]:
    """The names of a bound method's parameters, `more` in place of `**`; this decides what is computed for it."""
    found: list[str] = []
    for name, parameter in inspect.signature(method).parameters.items():
        found += more if parameter.kind is inspect.Parameter.VAR_KEYWORD else [name]
    return found


def wires(component: Any) -> dict[str, tuple[str, str]]:
    """The `BATCH.NAME` wires of a loss or metric by parameter name, and those that its method `tensors()` names."""
    found = {n: getattr(component, n) for n, field in options(type(component)).items() if field.metadata.get("wire")}
    found |= component.tensors() if hasattr(component, "tensors") else {}
    paths = {name: str(path).partition(".") for name, path in found.items() if path is not None}
    return {name: (batch, inner) for name, (batch, _, inner) in paths.items()}
