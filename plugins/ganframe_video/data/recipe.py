"""A spec to start from, sized for films that were looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

    from ganframe_video.data.clips import Clips

#: The smallest frames that convolutions begin with, and channels at the size of the films.
FIRST, WIDTH = 4, 32
#: Frames larger than this are worth a word.
LARGE = 64

Step = tuple[int, int, int]


def spec(data: Clips, table: str) -> str:
    """The text for open data whose `[data]` table is given."""
    shape = data.fields()["x"].shape
    steps = doublings(shape[1], shape[2], shape[3])
    grown = [math.prod(step[axis] for step in steps) for axis in range(3)]
    first = [math.ceil(side / factor) for side, factor in zip(shape[1:], grown, strict=True)]
    widths = [min(WIDTH * 2**i, 4 * WIDTH) for i in range(len(steps))]
    values: dict[str, Any] = {
        "rows": len(data), "shape": shape, "classes": data.facts().get("classes", 0), "table": table, "first": first,
        "large": LARGE if max(shape[2:]) > LARGE else 0, "start": widths[-1] * math.prod(first),
        "begun": [widths[-1], *first], "up": convolutions([*widths[-2::-1], WIDTH], steps),
        "down": convolutions(widths, steps[::-1]),
        "cut": [(i + 2, side) for i, side in enumerate(shape[1:]) if first[i] * grown[i] != side],
    }  # fmt: skip
    return _template().render(values)


def doublings(frames: int, height: int, width: int) -> list[Step]:
    """By what each step up multiplies frames, height and width; with few frames, the first ones keep them."""
    times = max(1, int(math.log2(max(1, min(height, width) / FIRST))))
    longer = min(times, int(math.log2(frames)))
    return [(1, 2, 2)] * (times - longer) + [(2, 2, 2)] * longer


def convolutions(widths: Sequence[int], steps: Sequence[Step]) -> list[dict[str, Any]]:
    """A convolution a step: along an axis a kernel of 4 where its size changes, of 1 where not."""
    return [
        {
            "width": w,
            "kernel": [4 if n == 2 else 1 for n in step],
            "stride": list(step),
            "padding": [n - 1 for n in step],
        }
        for w, step in zip(widths, steps, strict=True)
    ]


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    text = Path(__file__).with_name("recipe.toml.jinja").read_text(encoding="utf-8")
    return Environment(undefined=StrictUndefined, keep_trailing_newline=True).from_string(text)
