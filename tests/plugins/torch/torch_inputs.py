"""PyTorch's own test inputs (torch.testing._internal) as options of components and tensors with a batch axis."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import torch
from torch import nn
from torch.testing._internal.common_modules import ModuleInput, module_db

from ganframe.component import options
from ganframe.errors import Place, Problem
from ganframe.registry import discover
from ganframe.spec.convert import Env, Resolver
from ganframe.spec.env import as_node

#: Arguments that a spec never gives; a module's own draw stands for `_random_samples`.
IGNORED = frozenset({"device", "dtype", "batch_first", "_random_samples", "params"})


class Inexpressible(Exception):
    """An argument that no option stands for."""


def module_inputs(cls: type[nn.Module]) -> Iterator[ModuleInput]:
    """PyTorch's inputs for a class, in train and in eval mode."""
    torch.manual_seed(0)
    for info in module_db:
        if info.module_cls is cls:
            for training in (True, False):
                yield from info.module_inputs_func(info, "cpu", torch.float32, False, training)


def written(component: type, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of PyTorch as options, each one sent through the strict conversion of a spec's values."""
    fields = options(component)
    shown = {torch_name: name for name, torch_name in component._names.items()}
    found = {}
    for torch_name, value in arguments.items():
        if torch_name in IGNORED or (value is None and torch_name not in shown):
            continue
        if torch_name not in shown:
            raise Inexpressible(torch_name)
        name = shown[torch_name]
        plain = as_toml(value)
        if plain is None and name not in component._none:
            continue
        found[name] = through_toml(fields[name], "none" if plain is None else plain)
    return found


registry = functools.cache(discover)


def as_toml(value: Any) -> Any:
    """A Python value as an array, number, string or bool of TOML; a None inside an array is "none"."""
    if isinstance(value, torch.Tensor):
        value = value.tolist()
    if callable(value):
        return value.__name__
    if isinstance(value, (tuple, list)):
        return tuple("none" if v is None else as_toml(v) for v in value)
    return value


def through_toml(field: attrs.Attribute[Any], value: Any) -> Any:
    """The value as the spec's reader gives it."""
    problems: list[Problem] = []
    node = as_node(list(value) if isinstance(value, tuple) else value, Place("toml", 1, 1))
    got = Resolver(registry(), problems).value(field.type, node, field.name, field.metadata, Env({}))
    if problems:
        raise Inexpressible(f"{field.name} = {value!r}: {problems[0].message}")
    return got


def bound(function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call by name."""
    found = inspect.signature(function).bind(None, *args, **kwargs).arguments
    return {**{k: v for k, v in found.items() if k not in ("self", "args", "kwargs")}, **found.get("kwargs", {})}
