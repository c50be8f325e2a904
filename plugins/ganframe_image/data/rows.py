"""Open picture data: columns that hand out rows by index, as float pictures in [-1, 1] or one-hot classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import attrs
import torch
from torch import Tensor

from ganframe import Field

#: Pictures that need no more bytes than this as float32 are kept so: a batch is then one copy.
FLOAT_LIMIT = 256 * 2**20
#: What counts as channels, and so makes an array of pictures.
CHANNELS = (1, 3, 4)


class Column(Protocol):
    """One field of all rows."""

    def __len__(self) -> int: ...

    def take(self, indices: Tensor) -> Tensor:
        """The rows at these indices; IndexError for an index out of range."""
        ...


@attrs.frozen(eq=False)
class Whole:
    """Rows that are stored as they are handed out."""

    rows: Tensor

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, indices: Tensor) -> Tensor:
        """The rows at these indices."""
        return self.rows.index_select(0, indices)


@attrs.frozen(eq=False)
class Bytes:
    """Pictures stored as bytes, handed out as floats in [-1, 1]: a quarter of the memory."""

    rows: Tensor

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, indices: Tensor) -> Tensor:
        """The pictures at these indices."""
        return scaled(self.rows.index_select(0, indices))


@attrs.frozen(eq=False)
class Classes:
    """Class numbers, handed out one-hot."""

    codes: Tensor
    classes: int
    _eye: Tensor = attrs.field(init=False)

    @_eye.default
    def _identity(self) -> Tensor:
        return torch.eye(self.classes)

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, indices: Tensor) -> Tensor:
        """The one-hot classes at these indices."""
        return self._eye.index_select(0, self.codes.index_select(0, indices))


@attrs.frozen(eq=False)
class Rows:
    """Open data made of columns of one length; the first is the main field."""

    columns: Mapping[str, Column]
    about: dict[str, Field]
    known: dict[str, Any]

    @property
    def read_ahead(self) -> bool:
        """Whether batches are to be read while others are trained on: where files must be decoded for them."""
        return any(getattr(column, "reads", False) for column in self.columns.values())

    def fields(self) -> dict[str, Field]:
        """What each field is."""
        return self.about

    def facts(self) -> dict[str, Any]:
        """What a spec can ask for as `$data.NAME`."""
        return self.known

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def batch(self, indices: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:
        """The rows at these indices, by field."""
        return {name: column.take(indices) for name, column in self.columns.items()}

    def column(self, name: str) -> Tensor:
        """Every row of one field."""
        return self.columns[name].take(torch.arange(len(self)))


def gathered(
    path: Path, arrays: Mapping[str, Any], column: Callable[[str, Any], tuple[Column, Field, dict[str, Any]]]
) -> Rows:
    """The arrays of a file as data, `x` first and `label` last; ValueError names the array that is no column."""
    columns: dict[str, Column] = {}
    about: dict[str, Field] = {}
    facts: dict[str, Any] = {}
    for name in sorted(arrays, key=lambda n: (n != "x", n == "label")):
        try:
            columns[name], about[name], known = column(name, arrays[name])
        except ValueError as error:
            raise ValueError(f"{path}: '{name}': {error}") from None
        facts = {**known, **facts}
    return Rows(columns, about, facts)


def scaled(pixels: Tensor) -> Tensor:
    """Bytes 0..255, or int16 that stands for 0..65535 less 32,768, as floats -1..1."""
    if pixels.dtype == torch.int16:
        return pixels.float().add_(0.5).mul_(1 / 32767.5)
    return pixels.float().mul_(1 / 127.5).sub_(1.0)


def pictures(pixels: Tensor) -> Column:
    """A column of byte pictures (N, C, H, W): as floats where that is small, as bytes where not."""
    return Whole(scaled(pixels)) if pixels.numel() * 4 <= FLOAT_LIMIT else Bytes(pixels)


def channel_axis(shape: Sequence[int]) -> int | None:
    """Where the channels of pictures of this shape (N, ...) are: 0 for (N, H, W), which has none; None for no pictures.

    Where both the second and the last axis could be the channels, the shorter one is, else the second.
    """
    if len(shape) == 3:
        return 0
    axes = [axis for axis in (1, 3) if len(shape) == 4 and shape[axis] in CHANNELS]
    return min(axes, key=lambda a: shape[a]) if axes else None


def channels_first(values: Tensor, axis: int) -> Tensor:
    """Pictures (N, C, H, W) whose channels are along this axis."""
    return values.unsqueeze(1) if axis == 0 else values.movedim(axis, 1).contiguous()


def picture_field(shape: Sequence[int]) -> Field:
    """The field of a picture (C, H, W) in [-1, 1]."""
    return Field(shape, view="picture", range=(-1.0, 1.0))


def picture_facts(shape: Sequence[int]) -> dict[str, Any]:
    """`channels`, `height`, `width` and `size`: one number where the picture is square, else [height, width]."""
    channels, height, width = shape
    size = height if height == width else [height, width]
    return {"channels": channels, "size": size, "height": height, "width": width}


def class_facts(codes: Tensor, classes: int) -> dict[str, Any]:
    """`classes` and `frequencies`, the share of each."""
    return {"classes": classes, "frequencies": (torch.bincount(codes, minlength=classes) / len(codes)).tolist()}


def pictured(
    column: Column, shape: Sequence[int], codes: Tensor | None = None, names: Sequence[str] = (), **known: Any
) -> Rows:
    """Data of pictures `x` of this shape and, where `codes` (N,) are given, their classes as `label`."""
    columns: dict[str, Column] = {"x": column}
    about = {"x": picture_field(shape)}
    facts = {**picture_facts(shape), **known}
    if codes is not None:
        columns["label"] = Classes(codes.long(), len(names))
        about["label"] = Field((len(names),), range=(0.0, 1.0), names=tuple(names))
        facts |= class_facts(codes.long(), len(names))
    return Rows(columns, about, facts)
