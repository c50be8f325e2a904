"""Laws of views: every suffix is written, what can be read comes back, and a grid is a picture."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
from torch import Tensor

from ganframe.component import Field
from ganframe.terms import parameters
from ganframe.testing.case import Case, cases
from ganframe.testing.judge import REFUSALS, Refused, require
from ganframe.testing.world import World, worlds

__all__ = ["LAWS", "cases", "subject"]

#: Suffixes whose formats keep only roughly what is written.
LOSSY = (".gif", ".jpg", ".jpeg", ".mp4", ".ogg", ".mp3")


@attrs.frozen
class Subject:
    """A view, and a field with values and facts that it shows."""

    component: Any
    field: Field
    values: Tensor
    facts: dict[str, Any]

    def write(self, path: Path, count: int) -> None:
        """Write the first values into a file."""
        self.component.write(path, self.values[:count], self.field, self.facts)


@contextmanager
def _file(name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / name


def subject(case: Case) -> Subject:
    """The view with a field: an example's `field` and `facts`, else the one of its name, else the first it writes."""
    component, said = case.make(), ""
    wanted = case.cls.__name__.lower()
    # Small values may be enlarged for the eye: the largest ones of the view's own kind come first.
    for world in sorted(_worlds(case), key=lambda w: (w.fields()["x"].view != wanted, -w.columns["x"].numel())):
        made = Subject(component, world.fields()["x"], world.columns["x"], world.facts())
        try:
            with _file(f"one{component.suffixes[0]}") as path:
                made.write(path, 1)
            return made
        except REFUSALS as error:
            said = said or str(error)
    raise Refused(f"it writes no field: {said}")


def _worlds(case: Case) -> list[World]:
    from ganframe.testing.world import world

    return [world(case.given["field"], **case.given.get("facts", {}))] if "field" in case.given else worlds()


def every_suffix_is_written(s: Subject) -> None:
    """One value and several are written under every suffix, the same bytes each time."""
    require(s.component.suffixes, "it has no suffixes")
    for suffix in s.component.suffixes:
        require(suffix.startswith("."), f"the suffix '{suffix}' has no dot")
        for count in (1, 5):
            with _file(f"a{suffix}") as one, _file(f"a{suffix}") as two:
                s.write(one, count)
                s.write(two, count)
                require(one.is_file() and one.stat().st_size > 0, f"it writes no file for {count} values as {suffix}")
                require(one.read_bytes() == two.read_bytes(), f"two files of the same values differ ({suffix})")


def what_is_read_was_written(s: Subject) -> None:
    """A written value is read back within the quantisation of the format, where the format can be read."""
    if not hasattr(s.component, "read"):
        return
    able = 0
    for suffix in s.component.suffixes:
        with _file(f"a{suffix}") as path:
            s.write(path, 1)
            try:
                back = s.component.read(path, s.field, s.facts)
            except ValueError:
                continue
        able += 1
        back = back if back.dim() > len(s.field.shape) else back.unsqueeze(0)
        require(back.shape == s.values[:1].shape, f"a value read from {suffix} has shape {tuple(back.shape[1:])}")
        require(back.dtype == s.values.dtype, f"a value read from {suffix} is {back.dtype}")
        low, high = s.field.range or (0.0, 0.0)
        apart = (back.double() - s.values[:1].double()).abs()
        gap = float(apart.mean() if suffix in LOSSY else apart.max())
        step = (0.1 if suffix in LOSSY else 1 / 255) * (high - low) + 1e-6
        require(gap <= step, f"a value read from {suffix} is {gap:.3g} off, more than {step:.3g}")
    require(able, "it has a `read`, but reads none of its suffixes")


def a_file_keeps_its_own_size(s: Subject) -> None:
    """What is read with `own_size` and written `like` its file is read again with that size and those values."""
    if "own_size" not in parameters(getattr(s.component, "read", s.component.write)):
        return
    require("like" in parameters(s.component.write), "`read` takes `own_size`, but `write` takes no `like`")
    smaller = s.values[:1]
    for axis in range(2, smaller.dim()):
        smaller = smaller.narrow(axis, 0, max(1, smaller.shape[axis] - 3))
    with _file(f"a{s.component.suffixes[0]}") as one, _file(f"b{s.component.suffixes[0]}") as two:
        s.component.write(one, smaller, s.field, s.facts)
        first = s.component.read(one, s.field, s.facts, own_size=True)
        s.component.write(two, first, s.field, s.facts, like=one)
        again = s.component.read(two, s.field, s.facts, own_size=True)
    require(first.shape[:2] == smaller.shape[:2], f"with `own_size` {tuple(smaller.shape)} is {tuple(first.shape)}")
    require(again.shape == first.shape, f"written `like` its file, {tuple(first.shape)} is {tuple(again.shape)}")
    low, high = s.field.range or (0.0, 0.0)
    require(float((again - first).abs().max()) <= (high - low) / 255 + 1e-6, "written `like` its file, values change")


def a_grid_is_a_picture(s: Subject) -> None:
    """`grid` draws many values as one PNG file."""
    if not hasattr(s.component, "grid"):
        return
    from PIL import Image

    for count, columns in ((1, 1), (7, 3)):
        with _file("grid.png") as path:
            s.component.grid(path, s.values[:count], s.field, s.facts, columns)
            with Image.open(path) as picture:
                require(picture.format == "PNG", f"the grid is {picture.format}, not PNG")
                picture.load()


def what_is_said_is_understood(s: Subject) -> None:
    """`lines` gives one line a value, and `parse` takes a line without a line break or backslash for its value."""
    lines = s.component.lines(s.values, s.field, s.facts) if hasattr(s.component, "lines") else []
    require(not lines or len(lines) == len(s.values), f"{len(s.values)} values are said in {len(lines)} lines")
    require(not any("\n" in line for line in lines), "a line has a line break in it")
    if not hasattr(s.component, "parse"):
        return
    for line, value in zip(lines, s.values, strict=True):
        if "\\" not in line:
            back = s.component.parse(line, s.field, s.facts)
            require(back.shape == value.unsqueeze(0).shape, f"'{line}' is taken for values of shape {back.shape[1:]}")
            require(bool((back[0] == value).all()), f"'{line}' is taken for another value than it was said of")


LAWS = (
    every_suffix_is_written, what_is_read_was_written, a_file_keeps_its_own_size, a_grid_is_a_picture,
    what_is_said_is_understood,
)  # fmt: skip
