"""What samples are given by name: rows, numbers, classes and mixtures of classes, as tensors (rule 14)."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe.component import Shape
from ganframe.errors import SpecError, did_you_mean
from ganframe.now import Now
from ganframe.parts import dtype

if TYPE_CHECKING:
    from ganframe.plan import Plan

Value = Tensor | str | float
Given = Mapping[str, Value]
#: Rows drawn to see whether a latent is made of classes.
_TRIED = 16


def shapes(plan: Plan) -> dict[str, Shape]:
    """The shape of every field and latent, by name."""
    fields, latents = plan.parts.fields, plan.parts.latents
    known = {name: Shape(field.shape, dtype(field)) for name, field in fields.items()}
    for name, latent in latents.items():
        if name not in known:
            shape = latent.shape(fields)
            known[name] = shape if isinstance(shape, Shape) else Shape(shape)
    return known


def shape_of(plan: Plan, name: str) -> Shape:
    """The shape of a field, a latent, a network's output or an inner wire. Raises SpecError where it is none."""
    known = shapes(plan)
    if name in known:
        return known[name]
    target = plan.names.target(name)
    if target is None or target[1] in plan.networks[target[0]].placeholders:
        there = [*known, *wires(plan)]
        near = did_you_mean(name, there)
        raise SpecError(f"nothing is called '{name}' that could be given; there are {', '.join(there)}{near}")
    meta = plan.metas[target[0]][target[1]]
    return Shape(meta.shape[1:], meta.dtype)


def wires(plan: Plan) -> list[str]:
    """Networks that the generators read, and the inner wires of all these, as `NET` and `NET.WIRE`."""
    names = plan.names
    atoms = frozenset(names.fields) | frozenset(names.latents)
    read = {n for g in names.made for n in names.runs(names.depends(g, atoms)) if n not in names.made}
    asked = [n for n in names.networks if n in read and names.depends(n, atoms) and _is_input(plan, n)]
    inner = [(n, wire) for n in (*names.made, *asked) for wire in names.networks[n].wires if _is_inner(plan, n, wire)]
    return [*asked, *(f"{n}.{wire}" for n, wire in inner)]


def _is_input(plan: Plan, network: str) -> bool:
    return any(network == entry.partition(".")[0] for n in plan.networks.values() for entry in n.inputs)


def _is_inner(plan: Plan, network: str, wire: str) -> bool:
    built = plan.networks[network]
    return built.wires[wire] not in (*built.placeholders, *built.outputs)


def encode(plan: Plan, name: str, value: Value, classes: Collection[str]) -> Tensor:
    """A given value as rows (N, *shape). Raises SpecError for what does not fit.

    Tensors are rows already. For one of the `classes` a text or number is a class (`all`: every one in turn) or a
    mixture such as "3+8" or "3:0.7+8:0.3"; a number for what is one number is that number. A text for a field whose
    view has a `parse` is read by that view.
    """
    shape = shape_of(plan, name)
    if isinstance(value, Tensor):
        return _rows(name, value, shape)
    if not isinstance(value, (str, int, float)):
        kind = type(value).__name__
        raise SpecError(f"'{name}' takes a tensor of rows of shape {shape}, a number or a class, not a {kind}")
    if isinstance(value, str) and parses(plan, name):
        return _parsed(plan, name, value)
    if name in classes and len(shape) == 1:
        return _classes(plan, name, value, shape[0])
    number = _number(value)
    if number is None or math.prod(shape) != 1:
        raise SpecError(f"'{name}' has no classes; give a tensor of rows of shape {shape}")
    return torch.full((1, *shape), number).to(shape.dtype)


def parses(plan: Plan, name: str) -> bool:
    """Whether rows of that name can be given as text, because it is a field whose view has a `parse`."""
    field = plan.parts.fields.get(name)
    return field is not None and hasattr(plan.registry.get("view", field.view.capitalize()), "parse")


def _parsed(plan: Plan, name: str, text: str) -> Tensor:
    field = plan.parts.fields[name]
    try:
        row: Tensor = plan.registry.get("view", field.view.capitalize())().parse(text, field, plan.parts.facts)
    except ValueError as error:
        raise SpecError(f"'{name}': {error}") from None
    return row


def one_hot(value: Tensor) -> bool:
    """True where every row (N, classes) is one class: zeros and a single 1."""
    if value.dim() != 2 or value.shape[1] < 2 or not value.is_floating_point():
        return False
    return bool(((value == 0) | (value == 1)).all() and (value.sum(1) == 1).all())


def of_classes(plan: Plan, counted: Collection[str]) -> set[str]:
    """Fields and latents whose rows are one-hot; `counted` are the fields known to be."""
    fields = plan.parts.fields
    named = {name for name, field in fields.items() if field.names and field.shape == (len(field.names),)}
    drawn = {n for n in plan.parts.latents if n not in fields and _draws_classes(plan, n)}
    return {*counted, *named, *drawn}


def _draws_classes(plan: Plan, name: str) -> bool:
    try:
        rows = plan.parts.latents[name].sample(_TRIED, Now(batch_size=_TRIED), None, None)
    except Exception:  # one that needs data stands for a field or is no class
        return False
    return one_hot(rows)


def _classes(plan: Plan, name: str, value: str | float, classes: int) -> Tensor:
    names = plan.parts.fields[name].names if name in plan.parts.fields else ()
    if value == "all" and "all" not in names:
        return torch.eye(classes)
    if isinstance(value, str) and "+" in value and value not in names:
        return _mixture(name, value, names, classes)
    return torch.eye(classes)[_class(name, value, names, classes)].unsqueeze(0)


def _mixture(name: str, text: str, names: tuple[str, ...], classes: int) -> Tensor:
    """One row (1, classes) of shares that sum to 1: equal ones unless each class says its own behind a colon."""
    row = torch.zeros(1, classes)
    for part in text.split("+"):
        label, colon, share = part.strip().rpartition(":") if ":" in part else (part.strip(), "", "1")
        weight = _number(share)
        if weight is None or weight < 0:
            raise SpecError(f"'{name}': '{part.strip()}' must be a class and its share, such as 3:0.7")
        row[0, _class(name, label, names, classes)] += weight
    if not row.sum() > 0:
        raise SpecError(f"'{name}': the shares of '{text}' sum to 0")
    return row / row.sum()


def _class(name: str, value: str | float, names: tuple[str, ...], classes: int) -> int:
    index = names.index(value) if isinstance(value, str) and value in names else _integer(value)
    if index is None or not 0 <= index < classes:
        there = ", ".join(names) if names else f"0 to {classes - 1}"
        raise SpecError(f"'{name}' has no class '{value}'; there are {there}, or 'all'")
    return index


def _rows(name: str, value: Tensor, shape: Shape) -> Tensor:
    if not value.dim() or not len(value) or tuple(value.shape[1:]) != tuple(shape):
        told = f"{tuple(value.shape[1:])}" if value.dim() and len(value) else "none"
        raise SpecError(f"'{name}' takes rows of shape {shape}, not {told}")
    return value.to(shape.dtype)


def _integer(value: str | float) -> int | None:
    try:
        return int(value) if not isinstance(value, float) or value.is_integer() else None
    except ValueError:
        return None


def _number(value: str | float) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
