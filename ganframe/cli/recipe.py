"""A spec for data that were looked at: what is chosen, how large, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import torch

from ganframe.cli.finding import Finding, opened, table, told_rows
from ganframe.cli.texts import filled
from ganframe.component import options

if TYPE_CHECKING:
    from ganframe import Field

#: Pictures up to this side are made by perceptrons, larger ones by convolutions.
SMALL = 12
#: The smaller side is brought down to this; and the least and most that convolutions begin with.
LARGE, FIRST, LAST = 128, 4, 12
#: Few rows are learned by heart; many bear wider networks.
FEW, MANY = 2_000, 20_000
#: How many times larger the largest class is where that is worth a word.
UNEVEN = 3
#: Values beyond this are worth a word.
FAR = 10


def spec(finding: Finding, folder: Path) -> str:
    """The text of a spec in that folder for what was found: the data set's own `recipe`, else one of ours.

    Raises click.BadParameter where no recipe fits.
    """
    data, more = opened(finding), dict[str, Any]()
    if hasattr(finding.entry.cls, "recipe"):
        return str(finding.entry.cls.recipe(data, table(finding, folder)))
    name, field = next(iter(data.fields().items()))
    if field.dtype != "float32" or not (_is_picture(field) or len(field.shape) == 1):
        shape = "x".join(map(str, field.shape)) or "number"
        raise click.BadParameter(f"no recipe for '{name}', {field.dtype} {shape}; begin with a --template")
    if _is_picture(field) and max(field.shape[1:]) > SMALL and (size := resized(finding, field.shape[1:])):
        more = {"size": size[0] if size[0] == size[1] else list(size)}
        data = opened(finding, size=size)
    return _filled(data, table(finding, folder, more), notes(finding, data, more), finding.entry.name)


def _is_picture(field: Field) -> bool:
    return field.view == "picture" and len(field.shape) == 3


def _filled(data: Any, table: str, notes: list[str], name: str) -> str:
    """The template that suits open data, with its values."""
    (field, about), rows, label = next(iter(data.fields().items())), len(data), classes_of(data)
    told = f"{name}, {rows:,} rows of {'x'.join(map(str, about.shape))}"
    known = told_rows(data).get("classes", "")
    told += ", {} classes ({})".format(*known.split(": ", 1)) if known else ""
    values = {"field": field, "label": label, "data": table, "about": told, "notes": notes}
    if "spans" in data.facts():
        return filled("own/columns.toml", {**values, **_steps(rows, 1_500, 6_000, 20_000)})
    if _is_picture(about) and max(about.shape[1:]) > SMALL and halved(about.shape[1:])[1]:
        return filled("own/pictures.toml", {**values, **convolutions(about.shape, rows)})
    return filled("own/rows.toml", {**values, **perceptrons(about, rows)})


def resized(finding: Finding, own: Sequence[int]) -> tuple[int, int] | None:
    """The size (height, width) to train at where the pictures' own does not halve to something small, or is large."""
    if "size" not in options(finding.entry.cls) or (min(own) <= LARGE and max(halved(own)[0]) <= LAST):
        return None
    small = [side * min(1.0, LARGE / min(own)) for side in own]
    unit = 2 ** int(math.log2(min(small) / FIRST))
    size = (int(small[0] / unit) * unit, int(small[1] / unit) * unit)
    return size if size != tuple(own) else None


def halved(size: Sequence[int]) -> tuple[tuple[int, int], int]:
    """The size from which doubling comes to this one, and how many times."""
    height, width = size
    if height % 2 or width % 2 or min(height, width) < 2 * FIRST:
        return (height, width), 0
    start, times = halved((height // 2, width // 2))
    return start, times + 1


def convolutions(shape: tuple[int, ...], rows: int) -> dict[str, Any]:
    """Sizes for pictures (C, H, W), and their reasons."""
    size = (shape[1], shape[2])
    start, times = halved(size)
    least = 64 if rows >= MANY else 32
    widths = [min(least * 2**i, 4 * least) for i in range(times + 1)]
    batch = 64 >> max(0, math.ceil(math.log2(max(size) / 32)))
    return {
        "size": size, "start": start, "up": widths[:times][::-1] or [least], "down": widths[1:] or [least],
        "width_why": f"channels at each size, {least} at the last as there are {'many' if least == 64 else 'few'} rows",
        "batch": batch, "batch_why": "64 at 32x32, half of that at each doubling of the size",
        "gamma": round(max(0.1, size[0] * size[1] / 64**2), 2), **_steps(rows, 20_000, 50_000, 100_000),
        "augment": "" if rows >= MANY else f"{rows:,} rows are soon learned by heart without it",
    }  # fmt: skip


def perceptrons(field: Field, rows: int) -> dict[str, Any]:
    """Sizes for rows of few numbers, and their reasons. LeakyReLU for pictures, ReLU for points: as was measured."""
    numbers, picture = math.prod(field.shape), _is_picture(field)
    latent = 64 if numbers > 16 else max(2, numbers)
    width = 512 if numbers > 512 else 256 if numbers > 16 else 128
    return {
        "shape": list(field.shape), "picture": picture, "small": picture and max(field.shape[1:]) <= SMALL,
        "numbers": numbers, "latent": latent, "width": width,
        "activation": '{ type = "LeakyReLU", negative_slope = 0.2 }' if picture else '"ReLU"',
        "latent_why": "as many numbers as the data's rows have" if numbers <= 16 else "enough for most data",
        "width_why": f"for rows of {numbers} numbers", "batch": 64 if numbers > 16 else 128,
        "batch_why": "more is steadier, and slower a step", **_steps(rows, 4_000, 6_000, 10_000),
    }  # fmt: skip


def notes(finding: Finding, data: Any, more: Mapping[str, Any]) -> list[str]:
    """What a user should know of these data before training on them."""
    shares = [share for share in data.facts().get("frequencies", []) if share > 0]
    far, own, odd = _farthest(data), finding.survey.found.get("sizes", "another"), len(finding.survey.odd)
    said = {
        f"`size` was chosen to halve well and to stay trainable; the files: {own}.": bool(more),
        f"{len(data):,} rows are few: expect copies of them. Some hundreds at least are wanted.": len(data) < FEW // 10,
        'Some classes are rare: `sampler = "Balanced"` in [data] shows each equally often.':
            bool(shares) and max(shares) > UNEVEN * min(shares),
        f"Values reach {far:.4g}: networks learn best what lies within about [-3, 3].": far > FAR,
        f"Odd things about these files ({odd}): see `ganframe data check`.": odd > 0,
    }  # fmt: skip
    return [text for text, holds in said.items() if holds]


def _farthest(data: Any) -> float:
    """The largest of some values of the first field, where the data do not say their range."""
    name, field = next(iter(data.fields().items()))
    if field.range is not None:
        return 0.0
    rows: dict[str, torch.Tensor] = data.batch(torch.arange(min(256, len(data))), torch.Generator())
    return float(rows[name].abs().max())


def _steps(rows: int, *counts: int) -> dict[str, Any]:
    """How many steps for few, some and many rows."""
    reasons = (
        "few rows: a longer run learns them by heart", "look at `samples/`, and stop when they are good",
        "many rows bear many steps",
    )  # fmt: skip
    at = (rows >= FEW) + (rows >= MANY)
    return {"steps": counts[at], "steps_why": reasons[at]}


def classes_of(data: Any) -> str:
    """The name of the one-hot field behind the first, or nothing."""
    others = list(data.fields().items())[1:]
    return next((name for name, f in others if f.names and tuple(f.shape) == (len(f.names),)), "")
