"""What `sample` is given for latents and fields: texts and files to tensors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
import tomli
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ganframe.errors import did_you_mean
from ganframe.given import parses

if TYPE_CHECKING:
    from ganframe.run import Run

_HINT = "--given"


def given_values(run: Run, texts: Iterable[str]) -> dict[str, Tensor | str | int]:
    """`NAME=VALUE` texts by name: a tensor of the name's shape where VALUE is a file, a number or an array.

    Class indices and names (and `all`) and what a view takes as text stay as they are: the engine knows them.
    """
    found: dict[str, Tensor | str | int] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"'{text}' must be NAME=VALUE", param_hint=_HINT)
        found[name] = _value(run, name, value)
    return found


def _value(run: Run, name: str, text: str) -> Tensor | str:
    shape = shapes(run).get(name)
    if shape is None:
        raise _unknown(run, name, _HINT)
    if name in run.fields and Path(text).suffix in run.view(name).suffixes:
        return _file(run, name, Path(text))
    if parses(run.plan, name):
        return text
    try:
        number = tomli.loads(f"value = {text}")["value"]
    except tomli.TOMLDecodeError:
        return text
    if isinstance(number, (int, str)) and math.prod(shape) > 1:
        return text
    return _tensor(name, number, shape)


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


def _file(run: Run, name: str, path: Path) -> Tensor:
    field = run.fields[name]
    try:
        read: Tensor = run.view(name).read(path, field, run.facts)
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path}: {error}", param_hint=_HINT) from None
    return read if read.dim() > len(field.shape) else read.unsqueeze(0)


def file_latents(run: Run, path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file that stand for latents and fields; what the networks make is left out."""
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise click.BadParameter(f"{path}: {error}", param_hint="--latents") from None
    known = shapes(run)
    made = {name for names in run.plan.names.made.values() for name in names}
    found: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if name in made - run.latents.keys():
            continue
        if name not in known:
            raise _unknown(run, name, "--latents")
        if tuple(value.shape[1:]) != known[name]:
            told = f"{path}: '{name}' has rows of shape {tuple(value.shape[1:])}, not {known[name]}"
            raise click.BadParameter(told, param_hint="--latents")
        found[name] = value
    return found


def _unknown(run: Run, name: str, hint: str) -> click.BadParameter:
    known = shapes(run)
    there = f"there are {', '.join(known)}{did_you_mean(name, known)}"
    return click.BadParameter(f"'{name}' is no latent and no field; {there}", param_hint=hint)


def shapes(run: Run) -> dict[str, tuple[int, ...]]:
    """The shape of a row of everything that can be given, by name."""
    latents = {name: tuple(latent.shape(run.fields)) for name, latent in run.latents.items()}
    return {**{name: tuple(field.shape) for name, field in run.fields.items()}, **latents}
