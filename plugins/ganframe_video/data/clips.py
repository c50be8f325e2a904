"""Open data of clips: films decoded when first asked for, and kept as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field
from ganframe_video.data.fault import BadFilm
from ganframe_video.data.film import frames
from ganframe_video.data.fitting import Fitting
from ganframe_video.data.rows import FilmShape, film_facts, film_field


@attrs.frozen
class Cut:
    """How films are cut into clips: `frames` of them, `stride` apart, one clip every `hop` frames."""

    frames: int
    stride: int = 1
    hop: int | None = None

    @property
    def span(self) -> int:
        """Frames of the film from the first to the last of a clip."""
        return (self.frames - 1) * self.stride + 1

    def starts(self, length: int) -> range:
        """Where clips begin in a film of this length."""
        return range(0, length - self.span + 1, self.hop or self.span)


class Shelf:
    """Films as bytes (frames, channels, height, width); the first that fit into `cache` MiB stay in memory."""

    def __init__(self, paths: Sequence[Path], lengths: Sequence[int], fitting: Fitting, cache: int) -> None:
        self.paths, self.lengths, self.fitting = list(paths), list(lengths), fitting
        self._left = cache * 2**20
        self._kept: dict[int, Tensor] = {}

    def take(self, film: int, at: range) -> Tensor:
        """These frames of a film; BadFilm where it cannot be decoded or has fewer."""
        if film in self._kept:
            return self._kept[film][at.start : at.stop : at.step]
        size = self.lengths[film] * self.fitting.channels * self.fitting.size[0] * self.fitting.size[1]
        if size > self._left:
            return self._decoded(film, at)
        self._left -= size
        self._kept[film] = self._decoded(film, range(self.lengths[film]))
        return self.take(film, at)

    def _decoded(self, film: int, at: range) -> Tensor:
        wanted = []
        for number, frame in enumerate(frames(self.paths[film])):
            if number >= at.stop:
                break
            if number in at:
                wanted.append(self.fitting(frame))
        if len(wanted) < len(at):
            said = f"it says that it has {self.lengths[film]}"
            raise BadFilm(f"{self.paths[film]}: ends before frame {at[len(wanted)]}; {said}")
        return torch.stack(wanted)


@attrs.frozen(eq=False)
class Clips:
    """Open data: for each row its film and where the clip begins in it (rows, 2)."""

    shelf: Shelf
    cut: Cut
    places: Tensor
    codes: Tensor | None
    names: tuple[str, ...]
    known: dict[str, Any]

    @classmethod
    def of(cls, shelf: Shelf, cut: Cut, codes: Tensor | None, names: tuple[str, ...], known: dict[str, Any]) -> Clips:
        """All clips of the films; `codes` (films,) are their classes."""
        places = [(film, start) for film, length in enumerate(shelf.lengths) for start in cut.starts(length)]
        return cls(shelf, cut, torch.tensor(places).view(-1, 2), codes, names, known)

    @property
    def _shape(self) -> FilmShape:
        return self.shelf.fitting.channels, self.cut.frames, *self.shelf.fitting.size

    def fields(self) -> dict[str, Field]:
        """The clip, and the class of its film."""
        label = {"label": Field((len(self.names),), range=(0.0, 1.0), names=self.names)}
        return {"x": film_field(self._shape), **(label if self.codes is not None else {})}

    def facts(self) -> dict[str, Any]:
        """Shape, speed, and the share of each class among the clips."""
        known = {**film_facts(self._shape), **self.known}
        if self.codes is None:
            return known
        shares = torch.bincount(self.codes[self.places[:, 0]], minlength=len(self.names)) / len(self)
        return {**known, "classes": len(self.names), "frequencies": shares.tolist()}

    def __len__(self) -> int:
        return len(self.places)

    def batch(self, indices: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:
        """The clips at these indices; IndexError for one out of range."""
        places = self.places[indices]
        step = self.cut.stride
        clips = [self.shelf.take(film, range(at, at + self.cut.span, step)) for film, at in places.tolist()]
        x = torch.stack(clips).transpose(1, 2).float().mul_(1 / 127.5).sub_(1.0).contiguous()
        if self.codes is None:
            return {"x": x}
        return {"x": x, "label": F.one_hot(self.codes[places[:, 0]], len(self.names)).float()}
