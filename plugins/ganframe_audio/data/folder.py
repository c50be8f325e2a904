"""A folder of sounds."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from ganframe import Survey, component, option
from ganframe_audio.data import example, recipe, survey
from ganframe_audio.data.windows import Windows, places
from ganframe_audio.files.decode import Decoder, NoLibrary, head
from ganframe_audio.files.found import classes, entries
from ganframe_audio.files.wav import BadSound, Head

#: Up to so many files, all are decoded when the data is opened: a damaged one is found before training.
EAGER = 1000

Heads = dict[Path, Head]


@component
class AudioFolder:
    """Windows of one length from all sounds under a folder (or from one file), in the order of their paths.

    WAV files (8, 16, 24, 32 bits, float) need no library; flac, ogg, mp3, aiff and others need `ganframe[audio]`.
    Fields: `x` (channels, length) in [-1, 1]; `label` one-hot where the sounds lie in sub-folders, whose names are the
    classes. Facts: `channels length sample_rate seconds`, with labels `classes frequencies`. A file shorter than a
    window ends in silence. Up to 1,000 files are decoded when the data is opened, more when they are first needed.
    """

    path: Path = option(doc="the folder, or one file")
    length: int = option(16384, "samples of a window", min=16)
    cut: str = option(
        "windows", "'windows': one every `hop` samples; 'random': as many, each anywhere in its file, anew each time; "
        "'start': the beginning of each file", choices=("windows", "random", "start"),
    )  # fmt: skip
    hop: int = option(0, "samples from window to window; 0 for `length`: side by side", min=0)
    sample_rate: int = option(0, "samples a second; 0 for the files' own, all equal", min=0)
    resample: bool = option(False, "files of another rate are brought to `sample_rate`; else they are refused")
    channels: int | str = option(
        "auto", "1: several are mixed; 2: one is doubled; 'auto': the files', all equal", choices=("auto", 1, 2)
    )
    normalize: bool = option(False, "the loudest sample of each file becomes 1")
    classes: str = option(
        "auto", "'folders': sub-folders are classes; 'none': no label; 'auto': folders, where there are two or more "
        "and no sound lies beside them", choices=("auto", "folders", "none"),
    )  # fmt: skip
    on_error: str = option(
        "fail", "what happens to a damaged file: an error, or it is skipped with a warning", choices=("skip", "fail")
    )
    cache: int = option(4096, "MiB of memory for decoded sounds; what does not fit is decoded each time", min=0)

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Two classes of small sounds to try the laws of datasets on."""
        example.sounds(folder / "high", "ab", 300, 8000)
        example.sounds(folder / "low", "abc", 200, 8000)
        return {"path": folder, "length": 64}

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        """What there is to know of a sound or a folder of sounds; None for anything else."""
        return survey.sounds(path)

    @classmethod
    def recipe(cls, data: Windows, table: str) -> str:
        """A spec to start from, with this `[data]` table."""
        return recipe.spec(data, table)

    def open(self) -> Windows:
        """Find the sounds. FileNotFoundError or ValueError, with the absolute path."""
        root = self.path.absolute()
        try:
            groups = classes(entries(root), self.classes)
        except ValueError as error:
            raise ValueError(f"{root}: {error}" if str(root) not in str(error) else str(error)) from None
        bad: dict[Path, str] = {}
        heads = self._tried(head, [file for _, files in groups for file in files], bad)
        decode = self._decoder(heads)
        refused = {path: said for path, about in heads.items() if (said := decode.fault(path, about))}
        if refused:
            raise ValueError(_first(refused, len(heads)))
        if len(heads) <= EAGER or self.on_error == "skip":
            whole = self._tried(decode, list(heads), bad)
            heads = {path: about for path, about in heads.items() if path in whole}
        if bad:
            shown = "\n  ".join(list(bad.values())[:5])
            total = sum(len(files) for _, files in groups)
            warnings.warn(f"{len(bad)} of {total} sounds are damaged and skipped:\n  {shown}", stacklevel=2)
        return self._windows(groups, heads, decode)

    def _windows(self, groups: list[tuple[str, list[Path]]], heads: Heads, decode: Decoder) -> Windows:
        codes = {path: code for code, (_, files) in enumerate(groups) for path in files}
        names = tuple(name for name, _ in groups if name)
        lengths = [decode.frames(about) for about in heads.values()]
        at = places(lengths, self.length, self.hop or self.length, self.cut)
        files = list(heads)
        numbers = torch.tensor([codes[files[file]] for file in at[:, 0].tolist()]) if names else None
        return Windows(files, lengths, decode, self.length, at, self.cut == "random", numbers, names, self.cache)

    def _tried(self, act: Callable[[Path], Any], files: list[Path], bad: dict[Path, str]) -> dict[Path, Any]:
        """What `act` makes of each file; what is wrong with the others goes into `bad`, or is raised."""
        found: dict[Path, Any] = {}
        for path in files:
            try:
                made = act(path)
                found[path] = made if isinstance(made, Head) else None
            except NoLibrary:
                raise
            except (BadSound, OSError) as error:
                if self.on_error == "fail":
                    raise
                bad[path] = str(error)
        if not found:
            raise BadSound(f"all {len(files)} sounds are damaged, the first: {next(iter(bad.values()))}")
        return found

    def _decoder(self, heads: Heads) -> Decoder:
        """How these files are decoded: asked rate and channels, or what the files themselves say."""
        hint = "write sample_rate and resample = true"
        rate = self.sample_rate or only(heads, lambda h: h.rate, "sample rates", hint)
        channels = self.channels
        if not isinstance(channels, int):
            channels = only(heads, lambda h: h.channels, "channels", "write channels = 1 or 2")
        return Decoder(rate, channels, self.resample, self.normalize)


def only(heads: Mapping[Path, Head], what: Callable[[Head], int], name: str, hint: str) -> int:
    """What all heads agree in; ValueError, with how many files of each kind and one of them, where they do not."""
    kinds = Counter(map(what, heads.values()))
    if len(kinds) > 1:
        example = {what(about): path for path, about in reversed(heads.items())}
        said = ", ".join(f"{count} of {kind} (such as {example[kind]})" for kind, count in kinds.most_common(3))
        raise ValueError(f"the sounds differ in {name}: {said}; {hint}")
    return next(iter(kinds))


def _first(refused: Mapping[Path, str], total: int) -> str:
    said = next(iter(refused.values()))
    return said if len(refused) == 1 else f"{len(refused)} of {total} sounds do not fit, the first: {said}"
