"""Arguments and options that several commands take."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ganframe.cli.specs import SpecParameter

_F = TypeVar("_F", bound=Callable[..., Any])


class _InAFolder(click.Path):
    """A file that can be written: its folder exists."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if not path.absolute().parent.is_dir():
            self.fail(f"there is no folder '{path.parent}'", param, ctx)
        return path


OUT = _InAFolder(path_type=Path, dir_okay=False)


def _blocked(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [value for value in values if not value.startswith("no:") or value == "no:"]
    if wrong:
        raise click.BadParameter(f"'{wrong[0]}' must be no:NAME, a plugin to leave out")
    return tuple(value.removeprefix("no:") for value in values)


def _overrides(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not value.partition("=")[1] or not value.partition("=")[0].strip():
            raise click.BadParameter(f"'{value}' must be KEY=VALUE, such as run.seed=3")
    return values


def spec_argument(command: _F) -> _F:
    """SPEC, given to the command as a Path."""
    return click.argument("spec", type=SpecParameter())(command)


def set_option(command: _F) -> _F:
    """`--set K=V`, given as a tuple of strings `overrides`."""
    return click.option(
        "--set", "overrides", multiple=True, metavar="KEY=VALUE", callback=_overrides,
        help="Override a value of the spec by its path, such as losses.r1.weight=5; the value is TOML.",
    )(command)


def device_option(command: _F) -> _F:
    """`--device D`, given as a string or None."""
    return click.option("--device", metavar="DEVICE", help="cpu, cuda, cuda:1, mps, ...; the spec's unless given.")(
        command
    )


def with_device(overrides: tuple[str, ...], device: str | None) -> tuple[str, ...]:
    """The overrides, and `--device` as one more."""
    return overrides if device is None else (*overrides, f"device.type={json.dumps(device)}")


def plugins_option(command: _F) -> _F:
    """`-p no:NAME`, given as a tuple of names `blocked`."""
    return click.option(
        "-p", "blocked", multiple=True, metavar="no:NAME", callback=_blocked,
        help="Leave a plugin out; it is not even imported.",
    )(command)


def type_option(command: _F) -> _F:
    """`--type`, the name of a data set or None, given as `wanted`."""
    return click.option(
        "--type", "wanted", metavar="DATASET",
        help="The data set that is to read it; without it the one that knows it best.",
    )(command)


def run_argument(command: _F) -> _F:
    """RUN, given to the command as a string; the engine finds the folder."""
    return click.argument("run", type=click.Path())(command)


def at_option(command: _F) -> _F:
    """`--at` (or `--checkpoint`), given as `latest`, `best` or a step."""
    return click.option(
        "--at", "--checkpoint", "at", default="latest", show_default=True, callback=_at, metavar="STEP",
        help="Which checkpoint: latest, best (see run.keep_best) or a step.",
    )(command)


def _at(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if value not in ("latest", "best") and not value.isdecimal():
        raise click.BadParameter(f"'{value}' must be latest, best or a step")
    return value


def out_option(command: _F) -> _F:
    """`--out FILE` in a folder that exists, given as a Path."""
    return click.option(
        "--out", type=click.Path(path_type=Path), required=True, callback=_in_a_folder,
        help="The file; its ending says the format.",
    )(command)


def printed_option(command: _F) -> _F:
    """`--out FILE` that may be left out, given as a Path or None."""
    return click.option(
        "--out", type=click.Path(path_type=Path), callback=_in_a_folder,
        help="The file; its ending says the format. Samples that are text are printed without it.",
    )(command)


def _in_a_folder(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and not value.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder '{value.parent}'")
    return value


def sampling_only(overrides: tuple[str, ...]) -> None:
    """Refuse overrides of what a trained run cannot change any more."""
    for text in overrides:
        if text.partition(".")[0] not in ("sample", "device"):
            raise click.BadParameter(f"'{text}': a trained run takes sample.* and device.* only", param_hint="--set")


def latents_option(command: _F) -> _F:
    """`--latents FILE`, given as a Path or None."""
    return click.option(
        "--latents", type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="A .safetensors file with tensors (N, ...) by the latents' names, such as `sample` writes.",
    )(command)


def given_option(command: _F) -> _F:
    """`--given NAME=VALUE`, given as a tuple of strings."""
    return click.option(
        "--given", multiple=True, metavar="NAME=VALUE",
        help="A latent or field: a class, a number, an array such as [0.1, 0.2], a text, a file or folder.",
    )(command)


def wire_option(command: _F) -> _F:
    """`--wire NAME`, given as a tuple of names `wires`."""
    return click.option(
        "--wire", "wires", multiple=True, metavar="NAME",
        help="An inner value, NETWORK or NETWORK.WIRE, such as generator.w: what is mixed, or saved too.",
    )(command)
