"""Line charts of a run's numbers as SVG text."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

from ganframe_gan.hooks.wording import called

WIDTH, HEIGHT = 560, 200
LEFT, RIGHT, TOP, BOTTOM = 58, 26, 10, 26
#: More points than this are drawn as means of neighbours with a band from least to greatest.
POINTS = 240

Point = tuple[float, float, float, float]


@attrs.frozen
class Line:
    """One curve: name, last value and where it lies, SVG paths of the curve and of the band around it (or nothing)."""

    name: str
    last: float
    end: tuple[float, float]
    path: str
    band: str


@attrs.frozen
class Chart:
    """A chart: title, curves, and tick marks as (position, label)."""

    title: str
    lines: list[Line]
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]


def read_metrics(path: Path) -> dict[str, list[tuple[int, float]]]:
    """The series of a `metrics.jsonl` by name: (step, value) pairs, non-finite values left out.

    A torn last line (the run may be writing, or was killed) is left out too.
    """
    series: dict[str, list[tuple[int, float]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        for name, value in row.items():
            if name not in ("step", "seconds", "images") and isinstance(value, (int, float)):
                series.setdefault(name, []).append((row["step"], value))
    return series


def charts(series: dict[str, list[tuple[int, float]]], figures: Iterable[str] = ()) -> list[Chart]:
    """One chart a loss, its two sides together, and one a figure."""
    groups: dict[str, dict[str, list[tuple[int, float]]]] = {}
    for name, points in series.items():
        title, _, side = name.partition(".") if name not in set(figures) else (called(name), "", "")
        groups.setdefault(title, {})[side.replace(".", " ") or title] = points
    return [chart(title, lines) for title, lines in groups.items()]


def chart(title: str, lines: dict[str, list[tuple[int, float]]]) -> Chart:
    """A chart of named series over the step."""
    thin = {name: thinned(points) for name, points in lines.items()}
    x0, x1 = _span([p[0] for points in thin.values() for p in points], 0.0)
    y0, y1 = _span([y for points in thin.values() for p in points for y in p[2:]], 0.05)

    def x(value: float) -> float:
        return LEFT + (value - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (value - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM)

    drawn = [
        Line(
            name, lines[name][-1][1], (x(points[-1][0]), y(points[-1][1])), _path((x(p[0]), y(p[1])) for p in points),
            _path([*((x(p[0]), y(p[3])) for p in points), *((x(p[0]), y(p[2])) for p in reversed(points))])
            if len(points) < len(lines[name]) else "",
        )
        for name, points in thin.items()
    ]
    across = [(x(t), f"{t:,.0f}") for t in ticks(x0, x1, 6)]
    return Chart(title, drawn, across, [(y(t), f"{t:.4g}") for t in ticks(y0, y1, 5)])


def thinned(points: Sequence[tuple[int, float]]) -> list[Point]:
    """At most POINTS points (step, mean, least, greatest), each of neighbouring values."""
    size = math.ceil(len(points) / POINTS)
    groups = (points[i : i + size] for i in range(0, len(points), size))
    return [
        (group[-1][0], sum(v for _, v in group) / len(group), min(v for _, v in group), max(v for _, v in group))
        for group in groups
    ]


def ticks(low: float, high: float, count: int) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) inside [low, high], about `count` of them."""
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * 0.999)
    return [i * step for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _span(values: list[float], margin: float) -> tuple[float, float]:
    low, high = min(values), max(values)
    if high == low:
        return low - (abs(low) or 1.0) * 0.5, high + (abs(high) or 1.0) * 0.5
    return low - margin * (high - low), high + margin * (high - low)


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
