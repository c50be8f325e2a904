"""What can go wrong, and how it is said: one line per fault, with its place in the spec."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import attrs


@attrs.frozen
class Place:
    """Where a value was written: a file with line and column (both from 1), or `--set` with its text."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@attrs.frozen
class Problem:
    """One fault of a spec: `file:line:column: path: message`."""

    place: Place
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.place}: {self.path}" if self.path else str(self.place)
        return f"{where}: {self.message}"


class GanframeError(Exception):
    """Base of everything ganframe raises on purpose; `status` is the exit status of the command."""

    status = 1


class SpecError(GanframeError):
    """A spec or a command line that cannot be run; `errors` lists every independent fault."""

    status = 2

    def __init__(self, errors: Iterable[Problem] | str) -> None:
        self.errors = [Problem(Place("ganframe"), "", errors)] if isinstance(errors, str) else list(errors)
        super().__init__(errors if isinstance(errors, str) else "\n".join(dict.fromkeys(map(str, self.errors))))


class TrainingFault(GanframeError):
    """Training cannot go on: a non-finite loss, or memory ran out."""

    status = 3


class PluginFault(GanframeError):
    """A plugin package breaks the contract; the message names the package and its version."""

    status = 4


class DiskFault(GanframeError):
    """A file of the run could not be written."""

    status = 74


class LockedFault(GanframeError):
    """Another process is training in this run folder."""

    status = 75


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'X'?` for the nearest known name, else an empty string."""
    known = sorted(set(known))
    folded = {k.casefold().replace("_", ""): k for k in known}
    near = folded.get(name.casefold().replace("_", ""))
    if near is None:
        matches = difflib.get_close_matches(name, known, 1, 0.6) or [
            folded[m] for m in difflib.get_close_matches(name.casefold(), list(folded), 1, 0.7)
        ]
        near = matches[0] if matches else _near_short(name, known)
    return f"; did you mean '{near}'?" if near and near != name else ""


def _near_short(name: str, known: Iterable[str]) -> str | None:
    """For a name of two or three characters: the first known one of its length that differs in one."""
    same = (k for k in known if 1 < len(k) == len(name) < 4 and k[0].casefold() == name[0].casefold())
    return next((k for k in same if sum(a != b for a, b in zip(k, name, strict=True)) == 1), None)
