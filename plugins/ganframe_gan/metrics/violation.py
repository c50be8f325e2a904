"""How much samples break a rule."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

import attrs
import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_gan.losses.rules import Range

REAL = "real_"


@component
class Violation:
    """How much samples break a rule: the rule's own value, of samples and of real rows.

    The rule is a loss of named tensors, written as under [losses]: `rule = { type = "Sharpness", input = "fake.x",
    least = 2.7 }`. Figures: `violation`, over all samples at once and without a weight; beside it `real`, the value of
    the same tensors of the real batch ("real.x" for "fake.x"), where the rule reads the fake one.
    """

    better: ClassVar = {"violation": "lower"}
    examples = ({"options": {"rule": Range(input="fake.x", low=0.0)}, "input": (5,), "real_input": (5,)},)

    rule: Any = option(doc="the loss that is evaluated; it reads its own wires only", kind="loss")

    def __attrs_post_init__(self) -> None:
        """The rule can be evaluated by its wires alone."""
        if not hasattr(self.rule, "term"):
            raise ValueError(f"'rule' must be a loss of named tensors; {type(self.rule).__name__} plays a game")
        asked = inspect.signature(self.rule.term).parameters.values()
        others = [a.name for a in asked if a.name not in read(self.rule) and a.default is inspect.Parameter.empty]
        if others:
            told = f"{type(self.rule).__name__} also reads '{others[0]}'"
            raise ValueError(f"'rule' must read its own wires only; {told}")

    def tensors(self) -> dict[str, str]:
        """What the rule reads of samples, and the same of the real batch."""
        paths = read(self.rule)
        if not any(path.startswith("fake.") for path in paths.values()):
            return paths
        return paths | {f"{REAL}{name}": path.replace("fake.", "real.", 1) for name, path in paths.items()}

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> ViolationMeter:
        """A meter."""
        return ViolationMeter(self.rule)


class ViolationMeter:
    """Keeps what the rule reads, since a rule may be one of means."""

    def __init__(self, rule: Any) -> None:
        self._rule = rule
        self._kept: dict[str, list[Tensor]] = {}

    def update(self, **tensors: Tensor) -> None:
        """Take in the tensors of more rows."""
        for name, value in tensors.items():
            self._kept.setdefault(name, []).append(value.detach().cpu())

    @torch.no_grad()
    def compute(self) -> dict[str, float]:
        """`violation`, and `real` where there is such a value; ValueError without samples."""
        if not self._kept:
            raise ValueError("no samples")
        whole = {name: _wide(torch.cat(parts)) for name, parts in self._kept.items()}
        real = {name.removeprefix(REAL): value for name, value in whole.items() if name.startswith(REAL)}
        made = {name: value for name, value in whole.items() if not name.startswith(REAL)}
        figures = {"violation": float(self._rule.term(**made))}
        return figures | ({"real": float(self._rule.term(**real))} if real else {})

    @property
    def protocol(self) -> dict[str, str]:
        """The rule and what it reads."""
        return {"rule": f"{type(self._rule).__name__} of {', '.join(read(self._rule).values())}"}


def read(rule: Any) -> dict[str, str]:
    """The wires of a loss by their options, those that are set."""
    found = {a.name: getattr(rule, a.name) for a in attrs.fields(type(rule)) if a.metadata.get("wire")}
    return {name: path for name, path in found.items() if path is not None}


def _wide(value: Tensor) -> Tensor:
    return value.double() if value.is_floating_point() else value
