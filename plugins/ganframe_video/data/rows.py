"""What the field of films is, and what a spec can ask of it."""

from __future__ import annotations

from typing import Any

from ganframe import Field

FilmShape = tuple[int, int, int, int]


def film_field(shape: FilmShape, span: tuple[float, float] | None = (-1.0, 1.0)) -> Field:
    """The field of films (channels, frames, height, width)."""
    return Field(shape, view="video", range=span)


def film_facts(shape: FilmShape) -> dict[str, Any]:
    """`channels frames height width`, and `size`: one number where frames are square, else [height, width]."""
    channels, frames, height, width = shape
    size = height if height == width else [height, width]
    return {"channels": channels, "frames": frames, "size": size, "height": height, "width": width}
