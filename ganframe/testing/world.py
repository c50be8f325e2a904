"""Small data to try latents, samplers, views and metrics on: points, pictures, series, tokens."""

from __future__ import annotations

import functools
from typing import Any

import attrs
import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe.component import Field
from ganframe.testing.judge import generator
from ganframe.testing.stock import installed

ROWS, CLASSES = 48, 4
NAMES = tuple("abcd")


@attrs.frozen(eq=False)
class World:
    """Open data in memory: the fields `x` (the main one) and `label`, unequal classes, and some facts."""

    about: dict[str, Field]
    columns: dict[str, Tensor]
    known: dict[str, Any]

    def fields(self) -> dict[str, Field]:
        """What each field is."""
        return self.about

    def facts(self) -> dict[str, Any]:
        """What a spec can ask for as `$data.NAME`."""
        return self.known

    def __len__(self) -> int:
        return ROWS

    def batch(self, indices: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:
        """The rows at these indices."""
        return {name: column[indices] for name, column in self.columns.items()}


def world(field: Field, **known: Any) -> World:
    """Data whose main field is as told: class k lies around its own centre, clear of the others."""
    rng = generator(5)
    codes = torch.tensor([0] * 20 + [1] * 14 + [2] * 9 + [3] * 5)
    if field.dtype == "int64":
        high = len(field.names) or 7
        x = torch.randint(high, (ROWS, *field.shape), generator=rng)
    else:
        low, top = field.range or (-2.0, 2.0)
        centres = torch.linspace(low, top, CLASSES + 2)[1:-1].view(-1, *[1] * len(field.shape))
        x = (centres[codes] + 0.05 * torch.randn(ROWS, *field.shape, generator=rng)).clamp(low, top)
    label = Field((CLASSES,), range=(0.0, 1.0), names=NAMES)
    shares = (torch.bincount(codes) / ROWS).tolist()
    facts = {"classes": CLASSES, "frequencies": shares, **known}
    return World({"x": field, "label": label}, {"x": x, "label": F.one_hot(codes, CLASSES).float()}, facts)


@functools.cache
def worlds() -> list[World]:
    """One world a kind of data that the stock knows."""
    means = [[v, v] for v in torch.linspace(-2, 2, CLASSES + 2)[1:-1].tolist()]
    return [
        world(Field((2,), view="points"), dims=2, means=means, std=0.05, modes=CLASSES),
        world(Field((1,), view="points"), dims=1, means=[m[:1] for m in means], std=0.05, modes=CLASSES),
        world(Field((3, 16, 16), view="picture", range=(-1.0, 1.0)), channels=3, size=16),
        world(Field((1, 8, 8), view="picture", range=(-1.0, 1.0)), channels=1, size=8),
        world(Field((3, 64, 64), view="picture", range=(-1.0, 1.0)), channels=3, size=64),
        world(Field((1, 400), view="sound", range=(-1.0, 1.0)), rate=8000),
        world(Field((12, 3), view="array")),
        world(Field((9,), dtype="int64", view="text", names=tuple("abcdefg"))),
    ]


def first_rows(said: str | dict[str, Any]) -> World:
    """The first rows of an installed data set: its name, or a table with its `type` and options."""
    options = dict(said) if isinstance(said, dict) else {"type": said}
    data = installed().get("dataset", options.pop("type"))(**options).open()
    return World(data.fields(), data.batch(torch.arange(ROWS), generator()), data.facts())
