"""Samples as a file: the training grid and `ganframe sample` both write them here, so they agree bit for bit."""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from ganframe import disk
from ganframe.errors import SpecError
from ganframe.given import Given

if TYPE_CHECKING:
    from ganframe.run import Run

_TENSORS = (".npy", ".safetensors")
#: Real points at most that lie behind made ones.
_BEHIND = 2000


def suffixes(run: Run) -> tuple[str, ...]:
    """The endings that a file of this run's samples may have: those of its view, and the plain arrays."""
    own: tuple[str, ...] = run.view(run.main).suffixes
    return (*own, *(s for s in _TENSORS if s not in own))


def write(
    run: Run, path: Path, n: int, seed: int = 0, given: Given | None = None, keep: Collection[str] = ()
) -> dict[str, Tensor]:
    """Draw n samples and write them, whole or not at all, as the file's ending asks; gives what was drawn.

    `.npy` holds the samples and `.safetensors` all that was drawn, in model range; every other ending is the view's:
    several samples in a `.png` are one picture, a column a class where a given name is `all`. A path without an ending
    is a folder, in which every sample is a file of the view's first format.
    """
    check(run, path)
    drawn = run.draw(n, seed, given, keep)
    save(run, path, drawn, columns(drawn, given or {}))
    return drawn


def check(run: Run, path: Path) -> None:
    """Raise SpecError where samples cannot be written as the file's ending asks, or into a folder that holds files."""
    if _is_folder(path):
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise SpecError(f"{path}: is no empty folder; samples without an ending go into a new one")
        return
    if path.suffix not in suffixes(run):
        raise SpecError(f"{path}: cannot write samples as '{path.suffix}'; there is {', '.join(suffixes(run))}")


def check_arrays(path: Path) -> None:
    """Raise SpecError where arrays by name cannot be written as the file's ending asks."""
    if path.suffix != ".safetensors":
        raise SpecError(f"{path}: arrays by name are written as '.safetensors', not '{path.suffix}'")


def save_latents(run: Run, path: Path, drawn: Mapping[str, Tensor]) -> None:
    """Write what samples were drawn from, without them: what `--latents` takes. The ending is .safetensors."""
    made = {name for makes in run.plan.names.made.values() for name in makes} - run.latents.keys()
    save_arrays(path, {name: value for name, value in drawn.items() if name not in made})


def save_arrays(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors by name into a .safetensors file, whole or not at all."""
    check_arrays(path)
    with replacing(path) as temporary:
        save_tensors(temporary, tensors)


def save(run: Run, path: Path, drawn: Mapping[str, Tensor], columns: int) -> None:
    """Write what was drawn, `columns` samples in a row where that is a picture, a file each where that is a folder."""
    if _is_folder(path):
        _one_each(run, path, drawn[run.main])
        return
    with replacing(path) as temporary:
        _fill(run, temporary, drawn, columns)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside the one meant, to write to; it takes that one's name when nothing was raised.

    SpecError where a library that the format needs is not there.
    """
    temporary = path.with_name(f"{disk.TEMPORARY}{os.getpid()}-{path.name}")
    with disk.fault("write", path):
        try:
            yield temporary
            temporary.replace(path)
        except ImportError as error:
            raise SpecError(f"{path}: {error}") from None
        finally:
            temporary.unlink(missing_ok=True)


def save_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """A safetensors file with the usual rights."""
    save_file({name: value.contiguous() for name, value in tensors.items()}, path)
    path.chmod(0o666 & ~_umask())


def _is_folder(path: Path) -> bool:
    return not path.suffix or path.is_dir()


def _one_each(run: Run, folder: Path, values: Tensor) -> None:
    """Each sample as a numbered file of the view's first format."""
    view, field = run.view(run.main), run.fields.get(run.main)
    digits = max(4, len(str(len(values) - 1)))
    with disk.fault("write", folder):
        folder.mkdir(exist_ok=True)
    for number, value in enumerate(values):
        with replacing(folder / f"{number:0{digits}}{view.suffixes[0]}") as temporary:
            view.write(temporary, value.unsqueeze(0), field, run.facts)


def _fill(run: Run, path: Path, drawn: Mapping[str, Tensor], columns: int) -> None:
    values, view, field = drawn[run.main], run.view(run.main), run.fields.get(run.main)
    if path.suffix == ".npy":
        np.save(path, values.numpy())
    elif path.suffix == ".safetensors":
        save_tensors(path, drawn)
    elif path.suffix == ".png" and len(values) > 1 and hasattr(view, "grid"):
        view.grid(path, values, field, run.facts, columns, **behind(run, view))
    else:
        beside = {"columns": columns} if "columns" in inspect.signature(view.write).parameters else {}
        view.write(path, values, field, run.facts, **beside)


def columns(drawn: Mapping[str, Tensor], given: Given) -> int:
    """Samples in a row of a picture: one a class where a given name cycles through its classes, else about square."""
    rows = len(next(iter(drawn.values())))
    cycles = [drawn[name].shape[1] for name, value in given.items() if isinstance(value, str) and value == "all"]
    return cycles[0] if cycles and cycles[0] <= rows else math.ceil(math.sqrt(rows))


def behind(run: Run, view: Any) -> dict[str, Tensor]:
    """Real rows, spread evenly over the data, for a view that draws them behind what was made."""
    if "behind" not in inspect.signature(view.grid).parameters or run.data is None:
        return {}
    at = torch.linspace(0, len(run.data) - 1, min(_BEHIND, len(run.data))).round().long()
    batch: dict[str, Tensor] = run.data.batch(at, torch.Generator().manual_seed(0))
    return {"behind": batch[run.main]}


def _umask() -> int:
    """The process's umask; safetensors writes files that only their owner can read."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
