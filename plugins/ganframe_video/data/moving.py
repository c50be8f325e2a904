"""Pictures in motion: films made from any picture data."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field, component, option
from ganframe_video.data.rows import film_facts, film_field
from ganframe_video.data.shapes import Shapes

#: Where a picture goes first: down the rows or up, right along the columns or left.
DIRECTIONS = ("down right", "down left", "up right", "up left")


@component
class Moving:
    """Films of a picture that crosses an empty frame at constant speed and bounces off its edges.

    Each row has a picture of `source`, a place to begin and one of four diagonal directions, drawn once and for all.
    Fields: `x` (C, T, H, W); the one-hot class of the picture under its own name, where `source` has one; `direction`
    (4,) one-hot, where the picture goes first. Facts: `channels frames size height width directions rate paper`,
    with classes `classes frequencies`. Source: the moving digits of arXiv:1502.04681, with one digit a film.
    """

    source: Any = option(None, "the picture data that move; four drawn shapes where left out", kind="dataset")
    size: int | tuple[int, int] = option(12, "side of the frames, or [height, width]", min=1)
    frames: int = option(8, "T, frames of a film", min=1)
    speed: int = option(1, "pixels a frame, along both axes", min=0)
    rows: int = option(8000, "films drawn", min=1)
    seed: int = option(0, "seed of the films (not the run's)", min=0)

    def open(self) -> Films:
        """Open the pictures and draw the films; ValueError where they are no pictures or do not fit into the frame."""
        data = Shapes.drawn() if self.source is None else self.source.open()
        name, field = next(iter(data.fields().items()))
        if field.view != "picture" or len(field.shape) != 3:
            raise ValueError(f"'source' must be picture data, but its first field '{name}' is shown as {field.view}")
        size = (self.size, self.size) if isinstance(self.size, int) else self.size
        room = (size[0] - field.shape[1], size[1] - field.shape[2])
        if min(room) < 0:
            own = f"{field.shape[1]} x {field.shape[2]}"
            raise ValueError(f"pictures of {own} do not fit into a frame of {size[0]} x {size[1]}")
        return Films(data, self._drawn(len(data), room), room, self.frames, self.speed)

    def _drawn(self, pictures: int, room: tuple[int, int]) -> Tensor:
        """For each film the picture, where it begins, and the number of its direction: (rows, 4)."""
        rng = torch.Generator().manual_seed(self.seed)
        highs = (pictures, room[0] + 1, room[1] + 1, len(DIRECTIONS))
        return torch.stack([torch.randint(high, (self.rows,), generator=rng) for high in highs], 1)


@attrs.frozen(eq=False)
class Films:
    """Open data: what moves, and how each film moves it."""

    data: Any
    drawn: Tensor
    room: tuple[int, int]
    frames: int
    speed: int

    @property
    def _main(self) -> tuple[str, Field]:
        return next(iter(self.data.fields().items()))

    @property
    def _label(self) -> tuple[str, Field] | None:
        """The one-hot class of a picture, where there is one."""
        others = list(self.data.fields().items())[1:]
        return next(((n, f) for n, f in others if f.names and f.shape == (len(f.names),)), None)

    @property
    def _shape(self) -> tuple[int, int, int, int]:
        channels, height, width = self._main[1].shape
        return channels, self.frames, height + self.room[0], width + self.room[1]

    def fields(self) -> dict[str, Field]:
        """The film, its picture's class, its direction."""
        direction = Field((len(DIRECTIONS),), range=(0.0, 1.0), names=DIRECTIONS)
        label = dict([self._label] if self._label else [])
        return {"x": film_field(self._shape, self._main[1].range), **label, "direction": direction}

    def facts(self) -> dict[str, Any]:
        """Shape, frames a second, and the shares of the classes among the films."""
        known = {**film_facts(self._shape), "directions": len(DIRECTIONS), "rate": 8.0, "paper": self._paper}
        if self._label is None:
            return known
        name, field = self._label
        pictures, counts = self.drawn[:, 0].unique(return_counts=True)
        codes = torch.cat([self.data.batch(part, torch.Generator())[name].argmax(1) for part in pictures.split(1024)])
        shares = torch.bincount(codes, counts.double(), minlength=field.shape[0]) / len(self)
        return {**known, "classes": field.shape[0], "frequencies": shares.tolist()}

    @property
    def _paper(self) -> float:
        """What the empty frame is filled with: the pictures' paper, else the lowest value."""
        low = (self._main[1].range or (-1.0, 1.0))[0]
        return float(self.data.facts().get("paper", low))

    def __len__(self) -> int:
        return len(self.drawn)

    def batch(self, indices: Tensor, rng: torch.Generator) -> dict[str, Tensor]:
        """The films at these indices; IndexError for one out of range."""
        picture, down, right, direction = self.drawn[indices].unbind(1)
        rows = self.data.batch(picture, rng)
        up, left = direction // 2, direction % 2
        places = [
            path(begin, 1 - 2 * back, self.speed, self.frames, room)
            for begin, back, room in zip((down, right), (up, left), self.room, strict=True)
        ]
        x = placed(rows[self._main[0]], places[0], places[1], self.room, self._paper)
        label = {self._label[0]: rows[self._label[0]]} if self._label else {}
        return {"x": x, **label, "direction": F.one_hot(direction, len(DIRECTIONS)).float()}


def path(begin: Tensor, sign: Tensor, speed: int, frames: int, room: int) -> Tensor:
    """Places (N, T) in 0..room from `begin` on, one way and back again at the walls; `sign` (N,) is 1 or -1."""
    if not room:
        return begin[:, None].expand(-1, frames)
    phase = torch.where(sign > 0, begin, 2 * room - begin)
    phase = (phase[:, None] + speed * torch.arange(frames)) % (2 * room)
    return torch.minimum(phase, 2 * room - phase)


def placed(pictures: Tensor, down: Tensor, right: Tensor, room: tuple[int, int], paper: float) -> Tensor:
    """Films (N, C, T, H, W) of pictures (N, C, h, w) whose upper left corners are at these places (N, T)."""
    height, width = pictures.shape[2] + room[0], pictures.shape[3] + room[1]
    wide = F.pad(pictures, (room[1], room[1], room[0], room[0]), value=paper)
    rows = room[0] - down[..., None] + torch.arange(height)
    columns = room[1] - right[..., None] + torch.arange(width)
    film = torch.arange(len(pictures))[:, None, None, None]
    return wide[film, :, rows[..., None], columns[:, :, None]].permute(0, 4, 1, 2, 3).contiguous()
