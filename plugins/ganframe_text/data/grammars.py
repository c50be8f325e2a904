"""Small languages: what makes a string of them, and what tells whether a string is one."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

import attrs
import torch

PAIRS = ("()", "[]", "{}", "<>")
FIRST, LAST = datetime.date(1990, 1, 1), datetime.date(2029, 12, 31)


class Draws:
    """Whole numbers from a stream, taken in bulk."""

    def __init__(self, rng: torch.Generator) -> None:
        self._rng, self._left = rng, list[int]()

    def below(self, many: int) -> int:
        """A number from 0 to `many` - 1, all but equally likely where it is small."""
        if not self._left:
            self._left = torch.randint(2**31, (4096,), generator=self._rng).tolist()
        return self._left.pop() % many


@attrs.frozen
class Language:
    """A language: `make(draws, length)` makes a string of it, `holds(text)` tells whether a text is one."""

    make: Callable[[Draws, int], str]
    holds: Callable[[str], bool]


def brackets(kinds: int) -> Language:
    """Balanced brackets of so many kinds, as `([])()`: every opened one is closed, the last opened first."""
    pairs = PAIRS[:kinds]
    closing = {pair[1]: pair[0] for pair in pairs}

    def make(draws: Draws, length: int) -> str:
        text, open_ = "", []
        for left in range(length, 0, -1):
            close = open_ and (len(open_) == left or draws.below(2) == 0)
            if close:
                text += open_.pop()
            else:
                pair = pairs[draws.below(len(pairs))]
                text += pair[0]
                open_.append(pair[1])
        return text

    def holds(text: str) -> bool:
        open_: list[str] = []
        for letter in text:
            if letter in closing:
                if not open_ or open_.pop() != closing[letter]:
                    return False
            elif any(letter == pair[0] for pair in pairs):
                open_.append(letter)
            else:
                return False
        return bool(text) and not open_

    return Language(make, holds)


def expressions(kinds: int) -> Language:
    """Arithmetic expressions as `(3+x)*(7-y)`: digits and letters, `+ - *`, brackets; valid is what can be parsed.

    `kinds` is the number of letters beside the ten digits.
    """
    atoms = "0123456789" + "xyzw"[: kinds - 1]

    def make(draws: Draws, length: int) -> str:
        if length < 3:
            return atoms[draws.below(len(atoms))] if length == 1 else "-" + atoms[draws.below(len(atoms))]
        if length >= 5 and draws.below(3) == 0:
            return f"({make(draws, length - 2)})"
        left = 1 + draws.below(length - 2)
        return make(draws, left) + "+-*"[draws.below(3)] + make(draws, length - 1 - left)

    def holds(text: str) -> bool:
        return _end_of_sum(text, 0, atoms) == len(text) > 0

    return Language(make, holds)


def _end_of_sum(text: str, at: int, atoms: str) -> int:
    """Where the expression that begins here ends, by recursive descent; -1 where none begins."""
    while True:
        at += text[at : at + 1] == "-"
        if text[at : at + 1] == "(":
            at = _end_of_sum(text, at + 1, atoms)
            if at < 0 or text[at : at + 1] != ")":
                return -1
        elif not text[at : at + 1] or text[at] not in atoms:
            return -1
        at += 1
        if text[at : at + 1] not in ("+", "-", "*"):
            return at
        at += 1


def sums(kinds: int) -> Language:
    """Sums as `07+15=022`: two digits, two digits, three digits, and the sum is right."""

    def make(draws: Draws, length: int) -> str:
        a, b = draws.below(100), draws.below(100)
        return f"{a:02}+{b:02}={a + b:03}"

    def holds(text: str) -> bool:
        found = re.fullmatch(r"([0-9]{2})\+([0-9]{2})=([0-9]{3})", text)
        return found is not None and int(found[1]) + int(found[2]) == int(found[3])

    return Language(make, holds)


def days(kinds: int) -> Language:
    """Days of the calendar as `2016-02-29`, from 1990 to 2029."""

    def make(draws: Draws, length: int) -> str:
        return (FIRST + datetime.timedelta(draws.below((LAST - FIRST).days + 1))).isoformat()

    def holds(text: str) -> bool:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is None:
            return False
        try:
            return FIRST <= datetime.date.fromisoformat(text) <= LAST
        except ValueError:
            return False

    return Language(make, holds)


#: Of each language: how it is made for a number of kinds, and the length of its strings, 0 where that is free.
LANGUAGES: dict[str, tuple[Callable[[int], Language], int]] = {
    "brackets": (brackets, 0), "expressions": (expressions, 0), "sums": (sums, 9), "days": (days, 10),
}  # fmt: skip
