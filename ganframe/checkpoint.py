"""Checkpoints: a folder of two sealed files, written whole or not at all; the newest valid one is what counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import attrs
import torch

from ganframe import disk, seal, state
from ganframe.errors import SpecError, TrainingFault

FORMAT = 1
MODEL = "model.safetensors"
STATE = "state.safetensors"
_ASIDE = "~"
_NAME = re.compile(rf"step-\d{{8,}}{_ASIDE}?")


@attrs.frozen(eq=False)
class Loaded:
    """What a checkpoint holds: the step, the networks' tensors, the tree of everything else, and what it is about."""

    step: int
    model: dict[str, torch.Tensor]
    state: Any
    about: dict[str, Any]


def save(
    folder: Path, step: int, model: Mapping[str, torch.Tensor], state_tree: Mapping[str, Any], about: Mapping[str, Any]
) -> Path:
    """Write `folder/step-00000500`; when this returns, it is on the disk.

    One of the same step is replaced, and stays until the new one is safe. Raises TrainingFault, and writes nothing,
    if a tensor of the model is not finite; `about` is JSON data.
    """
    _refuse_nonfinite(step, model)
    sealed = seal.pack(model, {"about": about, "format": FORMAT, "step": step})
    tensors, skeleton = state.encode(state_tree)
    kept = {"format": FORMAT, "model": seal.seal_of(sealed), "state": skeleton, "step": step}
    disk.make_folder(folder)
    path = folder / f"step-{step:08}"
    former = _set_aside(path) if path.is_dir() else None
    disk.write_folder(path, {MODEL: sealed, STATE: seal.pack(tensors, kept)})
    if former is not None:
        disk.remove_folder(former)
    return path


def load(path: Path) -> Loaded:
    """Everything in a checkpoint, its seals and its pair checked; raises `seal.BrokenFile` (a DiskFault)."""
    model, about = seal.read(path / MODEL)
    tensors, kept = seal.read(path / STATE)
    _check_pair(path, about, kept)
    return Loaded(about["step"], model, state.decode(tensors, kept["state"]), about["about"])


def load_model(path: Path) -> Loaded:
    """The networks alone, as sampling needs them; `state` is empty."""
    model, about = seal.read(path / MODEL)
    _check_format(path, about)
    return Loaded(about["step"], model, {}, about["about"])


def newest(folder: Path) -> Path | None:
    """The newest checkpoint in a folder that is whole, or None."""
    return next((path for path in reversed(_all(folder)) if _is_valid(path)), None)


def any_in(folder: Path) -> bool:
    """Whether a folder holds a checkpoint, whole or not."""
    return bool(_all(folder))


def damaged_after(folder: Path, path: Path) -> list[Path]:
    """Checkpoints later than this one, which are not whole."""
    return [other for other in _all(folder) if _step(other) > _step(path)]


def valid(folder: Path) -> list[Path]:
    """Every checkpoint in a folder that is whole, oldest first."""
    return [path for path in _all(folder) if _is_valid(path)]


def prune(folder: Path, keep: int, protect: Collection[Path] = (), every: int = 0) -> None:
    """Remove all but the newest `keep` that are whole, those protected, and those whose step `every` divides.

    Call it after a save.
    """
    spared = {path.name for path in protect}
    found = 0
    for path in reversed(_all(folder)):
        if found < keep and _is_valid(path):
            found += 1
        elif path.name not in spared and not (every and _step(path) % every == 0):
            disk.remove_folder(path)


def forget(folder: Path, after: int) -> list[Path]:
    """Remove every checkpoint later than a step: a run that goes on from there has another future. Gives those."""
    later = [path for path in _all(folder) if _step(path) > after]
    for path in later:
        disk.remove_folder(path)
    return later


def describe(path: Path) -> str:
    """One line for people: `step 500, 1.2 MB: discriminator 2 tensors (101 numbers), generator …`."""
    try:
        loaded = load_model(path)
        size = sum(file.stat().st_size for file in (path / MODEL, path / STATE))
    except (seal.BrokenFile, FileNotFoundError) as error:
        return f"{path.name}: broken ({error})"
    tensors, numbers = Counter[str](), Counter[str]()
    for name, tensor in loaded.model.items():
        network = name.partition(".")[0]
        tensors[network] += 1
        numbers[network] += tensor.numel()
    networks = ", ".join(f"{name} {tensors[name]} tensors ({numbers[name]:,} numbers)" for name in sorted(tensors))
    return f"step {loaded.step}, {size / 1e6:.1f} MB: {networks}"


def _all(folder: Path) -> list[Path]:
    """The folders with a checkpoint's name, by step; one that was set aside comes before the one that replaces it."""
    if not folder.is_dir():
        return []
    named = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    return sorted(named, key=lambda path: (_step(path), not path.name.endswith(_ASIDE)))


def _step(path: Path) -> int:
    return int(path.name.removeprefix("step-").removesuffix(_ASIDE))


def _set_aside(path: Path) -> Path | None:
    """Where a checkpoint waits for its successor, still found as valid; a broken one is removed at once."""
    if not _is_valid(path):
        disk.remove_folder(path)
        return None
    aside = path.with_name(path.name + _ASIDE)
    if aside.is_dir():
        disk.remove_folder(aside)
    with disk.fault("replace", path):
        return path.rename(aside)


def _is_valid(path: Path) -> bool:
    """True for a whole checkpoint; a file that cannot be read at all raises, as it may be whole."""
    try:
        _check_pair(path, seal.verify(path / MODEL), seal.verify(path / STATE))
    except seal.BrokenFile:
        return False
    return True


def _check_pair(path: Path, about: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
    _check_format(path, about)
    if kept.get("model") != about["sha256"] or kept.get("step") != about["step"]:
        raise seal.BrokenFile(f"{path.absolute()}: {MODEL} and {STATE} are not of one checkpoint")


def _check_format(path: Path, about: Mapping[str, Any]) -> None:
    if "about" not in about or type(about.get("step")) is not int:
        raise seal.BrokenFile(f"{path.absolute()}: not a checkpoint")
    if about["format"] > FORMAT:
        raise SpecError(f"{path.absolute()}: written by a newer ganframe (format {about['format']}, not {FORMAT})")


def _refuse_nonfinite(step: int, model: Mapping[str, torch.Tensor]) -> None:
    bad = [
        name for name, tensor in model.items()
        if (tensor.is_floating_point() or tensor.is_complex()) and not torch.isfinite(tensor).all()
    ]  # fmt: skip
    if bad:
        more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
        raise TrainingFault(f"step {step}: {', '.join(bad[:3])}{more} not finite; no checkpoint was written")
