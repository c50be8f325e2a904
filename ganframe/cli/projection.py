"""What `ganframe project` reads and writes."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click
import torch
from torch import Tensor

from ganframe import samplefile
from ganframe.cli.errors import of_file

if TYPE_CHECKING:
    from ganframe.project import Projected
    from ganframe.run import Run


@attrs.frozen(eq=False)
class Targets:
    """Rows (N, *shape) that are to be rebuilt, with a name for each, and the ending of the rebuilt samples' files."""

    values: Tensor
    names: tuple[str, ...]
    suffix: str


def from_files(run: Run, files: Sequence[Path]) -> Targets:
    """The rows of files, as the view of the samples reads them; one with several rows numbers them."""
    view, field = run.view(run.main), run.fields[run.main]
    if not hasattr(view, "read"):
        told = f"'{run.main}' is written, but not read from files; take rows of the data with --rows"
        raise click.BadParameter(told, param_hint="FILES")
    values, names = [], []
    for file in files:
        try:
            read: Tensor = view.read(file, field, run.facts)
        except (OSError, ValueError, ImportError) as error:
            raise click.BadParameter(of_file(file, error), param_hint="FILES") from None
        read = read if read.dim() > len(field.shape) else read.unsqueeze(0)
        values.append(read)
        names += [file.stem] if len(read) == 1 else [f"{file.stem}-{i}" for i in range(len(read))]
    own = files[0].suffix if files[0].suffix in view.suffixes else view.suffixes[0]
    return Targets(torch.cat(values), _distinct(names), own)


def from_data(run: Run, rows: Sequence[int]) -> Targets:
    """Rows of the run's data."""
    if run.data is None:
        raise click.BadParameter(run.absent, param_hint="--rows")
    if max(rows) >= len(run.data):
        raise click.BadParameter(f"the data has rows 0 to {len(run.data) - 1}", param_hint="--rows")
    batch: dict[str, Tensor] = run.data.batch(torch.tensor(rows), torch.Generator().manual_seed(0))
    return Targets(batch[run.main], _distinct([f"row-{row}" for row in rows]), run.view(run.main).suffixes[0])


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Names of files, each once."""
    counts = {name: names.count(name) for name in names}
    return tuple(f"{i}-{name}" if counts[name] > 1 else name for i, name in enumerate(names))


def folder(out: Path) -> None:
    """Make the folder; click.BadParameter where it holds something."""
    if out.exists() and any(out.iterdir()):
        raise click.BadParameter(f"'{out}' is not empty", param_hint="--out")
    out.mkdir(parents=True, exist_ok=True)


def write(run: Run, out: Path, targets: Targets, result: Projected) -> Iterator[Path]:
    """Write latents, rebuilt samples and errors; the path of each."""
    file = out / "latents.safetensors"
    samplefile.save_arrays(file, result.latents)
    yield file
    view, field = run.view(run.main), run.fields[run.main]
    for name, value in zip(targets.names, result.rebuilt, strict=True):
        file = out / f"{name}{targets.suffix}"
        with samplefile.replacing(file) as temporary:
            view.write(temporary, value.unsqueeze(0), field, run.facts)
        yield file
    if hasattr(view, "grid"):
        both = torch.cat([targets.values, result.rebuilt])
        file = out / "beside.png"
        samplefile.save(run, file, {run.main: both}, len(targets.values))
        yield file
    file = out / "errors.csv"
    _errors(file, targets, result)
    yield file


def _errors(path: Path, targets: Targets, result: Projected) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["name", "error", "nearest_sample"])
        lines.writerows(zip(targets.names, result.errors.tolist(), result.before.tolist(), strict=True))
