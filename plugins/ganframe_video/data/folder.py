"""A folder of films."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch

from ganframe import Survey, component, option
from ganframe_video.data import example, recipe, survey
from ganframe_video.data.clips import Clips, Cut, Shelf
from ganframe_video.data.fault import BadFilm
from ganframe_video.data.film import Head, head, measured
from ganframe_video.data.fitting import Fitting
from ganframe_video.data.found import films, grouped
from ganframe_video.data.heads import only, rate

#: Up to so many films, all are decoded at once when the data is opened: a damaged one is found before training.
EAGER = 200


@component
class VideoFolder:
    """Clips of the films under a folder: video files (mp4 webm mov mkv avi ..., through PyAV: `pip install
    "ganframe[video]"`), animated GIF and WebP files, and folders of frames (png jpg bmp tif ppm, ordered by number).

    A row is a clip of `frames` frames, `stride` apart; a film gives one every `hop` frames. Fields: `x` (channels,
    frames, height, width) in [-1, 1]; `label` one-hot where the films lie in sub-folders, whose names are the classes.
    Facts: `channels frames size height width`, `rate` (frames a second) where the files say it, with labels `classes
    frequencies`. In animated files the shortest duration is one frame, a longer one several. Alpha is laid over white.
    """

    path: Path = option(doc="the folder")
    frames: int = option(16, "frames of a clip", min=1)
    stride: int = option(1, "a clip takes every stride-th frame", min=1)
    hop: int | None = option(None, "frames from one clip's start to the next; a clip's length where left out", min=1)
    size: int | tuple[int, int] | None = option(
        None, "side of the frames, or [height, width]; the files' own, all equal, where left out", min=1
    )
    channels: int | str = option("auto", "1 grey, 3 colour; 'auto': the files', all equal", choices=("auto", 1, 3))
    fit: str = option(
        "crop", "what happens to another shape: its middle is cut, it is padded or stretched",
        choices=("crop", "pad", "stretch"),
    )  # fmt: skip
    filter: str = option(
        "lanczos", "resampling filter", choices=("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")
    )
    classes: str = option(
        "auto", "'folders': sub-folders are classes; 'none': no label; 'auto': folders, where there are two or more "
        "and no film lies beside them", choices=("auto", "folders", "none"),
    )  # fmt: skip
    on_error: str = option(
        "fail", "what happens to a damaged film, or one too short for a clip: an error, or a warning and it is skipped",
        choices=("skip", "fail"),
    )  # fmt: skip
    cache: int = option(4096, "MiB of memory for decoded films; what does not fit is decoded each time", min=0)

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Two classes of small films to try the laws of datasets on."""
        example.write(folder)
        return {"path": folder, "frames": 3, "size": (4, 6), "channels": 1}

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        """What there is to know of a folder with films in it; None for anything else."""
        return survey.films(path)

    @classmethod
    def recipe(cls, data: Clips, table: str) -> str:
        """A spec to start from, with this `[data]` table."""
        return recipe.spec(data, table)

    def open(self) -> Clips:
        """Find the films and cut them. FileNotFoundError or ValueError, with the absolute path."""
        found = films(self.path)
        groups = grouped(found, self.classes)
        if self.classes == "folders" and groups is None:
            raise ValueError(f"{self.path.absolute()} has no sub-folders with films, but classes = 'folders'")
        named = [(name, p) for name, group in groups.items() for p in group] if groups else [("", p) for _, p in found]
        heads = self._heads([path for _, path in named])
        kept = [(name, path) for name, path in named if path in heads]
        cut = Cut(self.frames, self.stride, self.hop)
        shelf = Shelf([p for _, p in kept], [heads[p].frames for _, p in kept], self._fitting(heads), self.cache)
        names = tuple(groups) if groups else ()
        codes = torch.tensor([names.index(name) for name, _ in kept]) if groups else None
        speed = rate([heads[p] for _, p in kept])
        return Clips.of(shelf, cut, codes, names, {} if speed is None else {"rate": speed / self.stride})

    def _heads(self, paths: list[Path]) -> dict[Path, Head]:
        """What each film is; those that are damaged or too short raise, or are left out with a warning."""
        heads, bad = {}, []
        for path in paths:
            try:
                heads[path] = self._whole(path, decode=len(paths) <= EAGER or self.on_error == "skip")
            except (BadFilm, FileNotFoundError) as error:
                if self.on_error == "fail":
                    raise
                bad.append(str(error))
        if not heads:
            raise BadFilm(f"none of {len(paths)} films can be used, the first: {bad[0]}")
        if bad:
            shown = "\n  ".join(bad[:5])
            warnings.warn(f"{len(bad)} of {len(paths)} films are damaged or short, skipped:\n  {shown}", stacklevel=2)
        return heads

    def _whole(self, path: Path, decode: bool) -> Head:
        found, span = head(path), Cut(self.frames, self.stride, self.hop).span
        found = measured(path, found) if decode else found
        if found.frames < span:
            raise BadFilm(
                f"{path}: has {found.frames} frames; a clip of {self.frames} with stride {self.stride} needs {span}"
            )
        return found

    def _fitting(self, heads: dict[Path, Head]) -> Fitting:
        channels, size = self.channels, self.size
        if not isinstance(channels, int):
            channels = only(heads, lambda h: h.channels, "channels", "write channels = 1 or 3")
        if size is None:
            size = only(heads, lambda h: h.size, "sizes (height, width)", "write size = N or [height, width]")
        return Fitting(channels, (size, size) if isinstance(size, int) else size, self.fit, self.filter)
