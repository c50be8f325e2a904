"""Tasks made from other picture data: pairs, low and high resolution, two domains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field, component, option
from ganframe_image.data.changes import CHANGES
from ganframe_image.data.digits import Digits
from ganframe_image.data.rows import picture_field

Change = Callable[[Tensor, torch.Generator], Tensor]
SOURCE = "the picture data it is made from; the digits' training part where left out"
SPLIT = "the part of 'pictures' that is read, where they have parts; theirs where left out"


@component
class Derived:
    """Pairs of a picture and what is left of it after a change: the task is to find the picture again.

    Fields: `x` the picture, `a` the changed one, and the other fields of `pictures`. Facts: those of `pictures`,
    `source_channels`. Changes (data/changes.py): `outline` (neighbours of ink), `noise` (normal, std 1), `hole` (grey
    middle), `left_half` (grey right half), `thin` (2 x - 1.2), `invert` (-x), `grey` (of three channels).
    """

    change: str = option("outline", "what is done to the picture", choices=tuple(CHANGES))
    pictures: Any = option(None, SOURCE, kind="dataset")
    split: str = option("", SPLIT)

    def open(self) -> Pairs:
        """Open the pictures and try the change on one."""
        return Pairs.of(source(self.pictures, self.split), CHANGES[self.change])


@component
class SuperResolution:
    """Pairs of a picture and the means of its blocks of `factor` x `factor` pixels: the task is to sharpen it.

    Fields: `x` the picture (C, H, W), `a` the small one (C, H / factor, W / factor), and the other fields of
    `pictures`. Facts: those of `pictures`, `source_channels`. Source: the task of SRGAN (arXiv:1609.04802), with means
    for its bicubic.
    """

    factor: int = option(2, "how many pixels a side become one", min=1)
    pictures: Any = option(None, SOURCE, kind="dataset")
    split: str = option("", SPLIT)

    def open(self) -> Pairs:
        """Open the pictures; ValueError where `factor` does not divide their size."""
        data = source(self.pictures, self.split)
        _, height, width = next(iter(data.fields().values())).shape
        if height % self.factor or width % self.factor:
            raise ValueError(f"'factor' = {self.factor} does not divide {height} x {width}")
        return Pairs.of(data, lambda x, rng: F.avg_pool2d(x, self.factor))


@component
class TwoDomains:
    """Two sets of pictures that do not belong together: one half of `pictures` as they are, the other half changed.

    Fields: `a` and `b`, as many rows as a half has, `b` drawn anew for each row; with labels `label`, the class of `a`,
    and `label_b`. Facts: those of `pictures`. Changes are those of Derived.
    Source: the task of CycleGAN (arXiv:1703.10593). What no cycle loss can tie is the class: judge that.
    """

    change: str = option("invert", "what is done to the second half", choices=tuple(CHANGES))
    pictures: Any = option(None, SOURCE, kind="dataset")
    split: str = option("", SPLIT)
    seed: int = option(0, "seed of the cut into halves (not the run's)", min=0)

    def open(self) -> Domains:
        """Open the pictures and cut them in two."""
        data = source(self.pictures, self.split)
        if len(data) < 2:
            raise ValueError("'pictures' needs two rows at least")
        order = torch.randperm(len(data), generator=torch.Generator().manual_seed(self.seed))
        cut = len(data) // 2
        change = CHANGES[self.change]
        return Domains(data, change, tried(data, change), order[:cut], order[cut:])


def source(pictures: Any | None, split: str) -> Any:
    """The open picture data; ValueError where its first field is no picture, or where it has no parts."""
    dataset = pictures or Digits(split="train")
    if split and not hasattr(dataset, "split"):
        raise ValueError(f"{type(dataset).__name__} has no part '{split}'")
    data = (attrs.evolve(dataset, split=split) if split else dataset).open()
    name, field = next(iter(data.fields().items()))
    if field.view != "picture":
        raise ValueError(f"'pictures' must be picture data, but its first field '{name}' is shown as {field.view}")
    return data


def tried(data: Any, change: Change) -> Field:
    """What the change makes of the data's first field, by its first row: the shape, and the range unless it is left."""
    rng = torch.Generator().manual_seed(0)
    changed = change(data.batch(torch.zeros(1, dtype=torch.int64), rng)[next(iter(data.fields()))], rng)
    field = picture_field(changed.shape[1:])
    return field if changed.abs().max() <= 1 else attrs.evolve(field, range=None)


@attrs.frozen(eq=False)
class Pairs:
    """Open data: a picture as `x`, what a change makes of it as `a`, and whatever else there is."""

    data: Any
    change: Change
    main: str
    source: Field

    @classmethod
    def of(cls, data: Any, change: Change) -> Pairs:
        """Pairs of this data."""
        return cls(data, change, next(iter(data.fields())), tried(data, change))

    def fields(self) -> dict[str, Field]:
        """`x`, `a`, and the others."""
        fields = dict(self.data.fields())
        return {"x": fields.pop(self.main), "a": self.source, **fields}

    def facts(self) -> dict[str, Any]:
        """Those of the pictures, and `source_channels`."""
        return {**self.data.facts(), "source_channels": self.source.shape[0]}

    def __len__(self) -> int:
        return len(self.data)

    def batch(self, indices: Tensor, rng: torch.Generator) -> dict[str, Tensor]:
        """The rows at these indices."""
        rows = self.data.batch(indices, rng)
        x = rows.pop(self.main)
        return {"x": x, "a": self.change(x, rng), **rows}


@attrs.frozen(eq=False)
class Domains:
    """Open data: rows of the first half as `a`, random rows of the second half, changed, as `b`."""

    data: Any
    change: Change
    changed: Field
    first: Tensor
    second: Tensor

    def fields(self) -> dict[str, Field]:
        """`a`, `b`, and the labels where there are any."""
        fields = self.data.fields()
        main, *_ = fields
        about = {"a": fields[main], "b": self.changed}
        return about | ({"label": fields["label"], "label_b": fields["label"]} if "label" in fields else {})

    def facts(self) -> dict[str, Any]:
        """Those of the pictures."""
        return dict(self.data.facts())

    def __len__(self) -> int:
        return len(self.first)

    def batch(self, indices: Tensor, rng: torch.Generator) -> dict[str, Tensor]:
        """The rows at these indices; who joins them is drawn from `rng`."""
        partner = torch.randint(len(self.second), (len(indices),), generator=rng)
        a = self.data.batch(self.first.index_select(0, indices), rng)
        b = self.data.batch(self.second.index_select(0, partner), rng)
        main, *_ = self.data.fields()
        rows = {"a": a[main], "b": self.change(b[main], rng)}
        return rows | ({"label": a["label"], "label_b": b["label"]} if "label" in a else {})
