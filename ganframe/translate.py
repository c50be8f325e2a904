"""Folders through a trained run: what is made of every file is written under the file's own name."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganframe.errors import SpecError
from ganframe.fitting import Fitting
from ganframe.given import Given
from ganframe.samplefile import replacing

if TYPE_CHECKING:
    from ganframe.run import Run


def folder(
    run: Run, folders: Mapping[str, Path], out: Path, given: Given | None = None, seed: int = 0
) -> Iterator[tuple[Path, Path]]:
    """Translate every file of a folder, or of several with files of the same names: pairs (file, what was written).

    `folders` are given by the field that their files hold; `given` are rows for other names. A file keeps its path
    below the folder, and its ending where the view of what is made writes it. A view whose `read` takes `own_size`
    gives the file as large as it is; rows of another size than the data's are padded to what the networks take and cut
    back. Each file is a chunk of its own: what is drawn hangs on the seed and the file's place. Raises SpecError.
    """
    files, (generator, made) = listed(folders), maker(run, folders)
    targets = named(files, out, run.view(made))
    if out.resolve() in (path.resolve() for path in folders.values()):
        raise SpecError(f"{out}: is the folder that is read; write to another one")
    sampler = run.sampler()
    sampler.seed = seed
    fixed = sampler.encoded(given or {})
    with torch.no_grad(), sampler.networks() as (networks, programs):
        own = {name: tuple(run.fields[name].shape) for name in folders}
        target = tuple(run.plan.metas[generator][_node(run, generator, made)].shape[1:])
        fitting = Fitting(sampler, networks, generator, made, own, target)
        for k, (file, path) in enumerate(zip(files, targets, strict=True)):
            first, *_ = sources = [place / file for place in folders.values()]
            values = {name: _read(run, name, source) for name, source in zip(folders, sources, strict=True)}
            sampler.size = max(map(len, values.values()))
            padded, part = _fitted(fitting, values, first)
            scene = sampler.scene(k, sampler.common(networks, programs, {**fixed, **padded}))
            with run.model.device.autocast():
                result = scene.fake(generator)[made][part].float().cpu()
            scene.close()
            _write(run, made, result, path, first)
            yield first, path


def listed(folders: Mapping[str, Path]) -> list[Path]:
    """The files of the first folder, by their paths below it; hidden ones are left out.

    Raises SpecError where there are none, or another folder lacks one.
    """
    first, *others = folders.values()
    files = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
    files = [p for p in files if not any(part.startswith(".") for part in p.parts)]
    if not files:
        raise SpecError(f"{first}: holds no files")
    for other in others:
        missing = next((p for p in files if not (other / p).is_file()), None)
        if missing is not None:
            raise SpecError(f"{other / missing}: is not there, beside {first / missing}")
    return files


def named(files: list[Path], out: Path, view: Any) -> list[Path]:
    """Where each file's result goes: under its own name, with the view's first ending where it does not write that.

    Raises SpecError where two files would have one name.
    """
    found: dict[Path, Path] = {}
    for file in files:
        kept = file.suffix.lower() in view.suffixes
        path = out / (file if kept else file.with_suffix(view.suffixes[0]))
        if path in found:
            raise SpecError(f"{file} and {found[path]} would both be written as {path}")
        found[path] = file
    return list(found)


def maker(run: Run, folders: Mapping[str, Path]) -> tuple[str, str]:
    """The generator that reads what the folders hold, and the field that it makes, of the data's if it can be.

    Raises SpecError where no generator reads all of it.
    """
    names = run.plan.names
    atoms = frozenset(names.fields) | frozenset(names.latents)
    unknown = next((name for name in folders if name not in run.fields), None)
    if unknown is not None:
        raise SpecError(f"'{unknown}' is no field of the data; there are {', '.join(run.fields)}")
    for generator, made in names.made.items():
        if set(folders) <= names.depends(generator, atoms):
            return generator, next((name for name in made if name in run.fields), next(iter(made)))
    read = sorted({n for g in names.made for n in names.depends(g, atoms) if n in run.fields})
    told = f"fields that are read: {', '.join(read)}" if read else "no field of the data is read"
    raise SpecError(f"no network makes anything of {' and '.join(map(repr, folders))}; {told}")


def _node(run: Run, generator: str, made: str) -> str:
    return run.plan.networks[generator].node_of(run.plan.names.made[generator][made])


def _fitted(
    fitting: Fitting, values: Mapping[str, Tensor], file: Path
) -> tuple[dict[str, Tensor], tuple[slice, ...]]:
    try:
        return fitting.pad(values)
    except SpecError as error:
        raise SpecError(f"{file}: {error}") from None


def _write(run: Run, made: str, values: Tensor, path: Path, like: Path) -> None:
    """Write what was made of the file `like`, in its manner where the view can."""
    view = run.view(made)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        more = {"like": like} if _takes(view.write, "like") else {}
        view.write(temporary, values, run.fields.get(made), run.facts, **more)


def _takes(method: Any, name: str) -> bool:
    return name in inspect.signature(method).parameters


def _read(run: Run, name: str, path: Path) -> Tensor:
    """The rows of a file (N, *shape), as large as the file has them where its view can tell."""
    view, field = run.view(name), run.fields[name]
    if not hasattr(view, "read"):
        raise SpecError(f"{path}: '{name}' cannot be read from files")
    more = {"own_size": True} if _takes(view.read, "own_size") else {}
    try:
        value: Tensor = view.read(path, field, run.facts, **more)
    except (OSError, ValueError, ImportError) as error:
        told = (str(error).splitlines() or [type(error).__name__])[0]
        raise SpecError(told if str(path) in told else f"{path}: {told}") from None
    value = value if value.dim() > len(field.shape) else value.unsqueeze(0)
    if not len(value):
        raise SpecError(f"{path}: is empty")
    return value
