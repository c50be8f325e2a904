"""What `sample` is given for latents, fields and inner wires: texts and files to tensors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
import tomli
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ganframe.cli.errors import of_file
from ganframe.errors import SpecError, did_you_mean
from ganframe.given import of_classes, parses, shape_of, shapes, wires

if TYPE_CHECKING:
    from ganframe.run import Run

_HINT = "--given"
_ARRAYS = (".safetensors", ".npy")


def given_values(run: Run, texts: Iterable[str]) -> dict[str, Tensor | str | int]:
    """`NAME=VALUE` texts by name: rows of the name's shape where VALUE is a file, a number or an array.

    Classes, mixtures of them, `all`, and what a view takes as text stay as they are: the engine knows them.
    """
    found: dict[str, Tensor | str | int] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"'{text}' must be NAME=VALUE", param_hint=_HINT)
        found[name] = _value(run, name, value)
    return found


def _value(run: Run, name: str, text: str) -> Tensor | str:
    shape, path = _shape(run, name, _HINT), Path(text)
    if name in run.fields and path.suffix in run.view(name).suffixes:
        return _file(run, name, path)
    if path.suffix in _ARRAYS:
        return _array(name, path, shape)
    if parses(run.plan, name):
        return text
    try:
        number = tomli.loads(f"value = {text}")["value"]
    except tomli.TOMLDecodeError:
        return text
    if isinstance(number, (int, str)) and math.prod(shape) > 1:
        if name not in of_classes(run.plan, run.frequencies) and isinstance(number, int):
            told = f"'{name}' has no classes; it takes {math.prod(shape)} numbers, as in {name}=[0.5, …], or a file"
            raise click.BadParameter(told, param_hint=_HINT)
        return text
    return _tensor(name, number, shape)


def labelled(run: Run, label: str | None, hint: str = "--label") -> tuple[str, ...]:
    """What `--label` says as a `NAME=VALUE` text; click.BadParameter where the run has no classes."""
    if label is not None:
        _shape(run, "label", hint)
    return () if label is None else (f"label={label}",)


def rows_of_text(run: Run, values: Mapping[str, Tensor | str | int]) -> int | None:
    """How many rows were given of what can be given as text, from a file of several too; None where nothing was."""
    sizes = [len(v) if isinstance(v, Tensor) else 1 for name, v in values.items() if parses(run.plan, name)]
    return max(sizes, default=None)


def _tensor(name: str, value: object, shape: tuple[int, ...]) -> Tensor:
    """One row (1, *shape) of a number or nested arrays."""
    try:
        row = torch.tensor(value, dtype=torch.float32)
    except (TypeError, ValueError, RuntimeError):
        raise click.BadParameter(f"'{value}' is neither a number nor an array of numbers", param_hint=_HINT) from None
    if row.numel() != math.prod(shape):
        raise click.BadParameter(f"'{name}' takes numbers of shape {shape}, not {tuple(row.shape)}", param_hint=_HINT)
    return row.reshape(1, *shape)


def _array(name: str, path: Path, shape: tuple[int, ...]) -> Tensor:
    """Rows (N, *shape) of an array file: in a .safetensors the tensor of that name, or the only one."""
    try:
        tensors = load_file(path) if path.suffix == ".safetensors" else {name: torch.from_numpy(np.load(path))}
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise click.BadParameter(of_file(path, error), param_hint=_HINT) from None
    if name not in tensors and len(tensors) != 1:
        raise click.BadParameter(f"{path} has no '{name}'; there are {', '.join(tensors)}", param_hint=_HINT)
    rows = tensors.get(name, next(iter(tensors.values())))
    rows = rows.unsqueeze(0) if tuple(rows.shape) == tuple(shape) else rows
    if not rows.dim() or tuple(rows.shape[1:]) != tuple(shape):
        told = f"{path}: '{name}' takes rows of shape {shape}, not {tuple(rows.shape[1:])}"
        raise click.BadParameter(told, param_hint=_HINT)
    return rows


def _file(run: Run, name: str, path: Path) -> Tensor:
    field, view = run.fields[name], run.view(name)
    if not hasattr(view, "read"):
        raise click.BadParameter(f"'{name}' is read from {' and '.join(_ARRAYS)}, not from {path}", param_hint=_HINT)
    try:
        read: Tensor = view.read(path, field, run.facts)
    except (OSError, ValueError, ImportError) as error:
        raise click.BadParameter(of_file(path, error), param_hint=_HINT) from None
    return read if read.dim() > len(field.shape) else read.unsqueeze(0)


def file_latents(run: Run, path: Path, hint: str = "--latents") -> dict[str, Tensor]:
    """The tensors of a safetensors file for latents, fields and inner wires; what the networks make is left out."""
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise click.BadParameter(of_file(path, error), param_hint=hint) from None
    made = {name for names in run.plan.names.made.values() for name in names}
    found: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if name in made - run.latents.keys():
            continue
        shape = _shape(run, name, hint)
        if tuple(value.shape[1:]) != tuple(shape):
            told = f"{path}: '{name}' has rows of shape {tuple(value.shape[1:])}, not {shape}"
            raise click.BadParameter(told, param_hint=hint)
        found[name] = value
    return found


def wire_names(run: Run, names: Iterable[str], hint: str = "--wire") -> tuple[str, ...]:
    """Names of inner wires, each known to be one."""
    for name in names:
        _shape(run, name, hint)
    return tuple(names)


def _shape(run: Run, name: str, hint: str) -> tuple[int, ...]:
    try:
        return shape_of(run.plan, name)
    except SpecError:
        there = [*shapes(run.plan), *wires(run.plan)]
        told = f"'{name}' is no latent and no field; there are {', '.join(there)}{did_you_mean(name, there)}"
        raise click.BadParameter(told, param_hint=hint) from None
