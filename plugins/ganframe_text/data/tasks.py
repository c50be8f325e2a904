"""Pairs that are made: dates in many forms, digits to be reversed or sorted."""

from __future__ import annotations

import datetime

import torch

from ganframe import component, option
from ganframe_text.data.pairs import Pair, paired
from ganframe_text.data.rows import Texts, stream

FIRST, DAYS = datetime.date(1950, 1, 1), 36_525
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def forms(day: datetime.date) -> tuple[str, ...]:
    """A day as people write it, in eight forms."""
    d, m, y, month = day.day, day.month, day.year, MONTHS[day.month - 1]
    ordinal = "th" if 10 < d < 14 else {1: "st", 2: "nd", 3: "rd"}.get(d % 10, "th")
    return (
        f"{d} {month} {y}", f"{month} {d}, {y}", f"{d} {month[:3].lower()} {y}", f"{d:02}.{m:02}.{y}",
        f"{m}/{d}/{y}", f"{y}/{m}/{d}", f"{WEEK[day.weekday()]}, {d} {month[:3]} {y}", f"{d}{ordinal} of {month}, {y}",
    )  # fmt: skip


@component
class Dates:
    """Days of 1950 to 2049 as people write them, and in ISO's form: `3 May 2021` is to become `2021-05-03`.

    Eight forms: `3 May 2021`, `May 3, 2021`, `3 may 2021`, `03.05.2021`, `5/3/2021` (the month first), `2021/5/3`,
    `Mon, 3 May 2021`, `3rd of May, 2021`. A fifth of all days is kept for the split "test": none of its days is in
    "train" in any form. Fields and facts are those of Parallel.
    """

    rows: int = option(8000, "pairs in \"train\"; \"test\" has a quarter as many", min=8)
    seed: int = option(0, "of the choice", min=0)
    split: str = option("train", "which pairs", choices=("train", "test"))

    def open(self) -> Texts:
        """Make the pairs."""
        shuffled = torch.randperm(DAYS, generator=stream(self.seed, 0))
        held, count = DAYS // 5, self.rows if self.split == "train" else max(1, self.rows // 4)
        days = shuffled[:held] if self.split == "test" else shuffled[held:]
        rng = stream(self.seed, 1 + (self.split == "test"))
        at = days[torch.randint(len(days), (count,), generator=rng)].tolist()
        form = torch.randint(8, (count,), generator=rng).tolist()
        chosen = [(FIRST + datetime.timedelta(n), which) for n, which in zip(at, form, strict=True)]
        return paired([(forms(day)[which], day.isoformat()) for day, which in chosen], _calendar())


def _calendar() -> list[Pair]:
    """Pairs that have every letter and the greatest lengths: every form of each day of a year."""
    year = [datetime.date(2036, 1, 1) + datetime.timedelta(n) for n in range(366)]
    years = [datetime.date(y, 9, 30) for y in range(1950, 2050)]
    return [(form, day.isoformat()) for day in year + years for form in forms(day)]


@component
class DigitTasks:
    """Strings of digits and the same reversed, or sorted: `4817` is to become `7184`, or `1478`.

    Lengths from `shortest` to `longest`, equally often. A tenth of all strings, told by a checksum, is only in the
    split "test". Fields and facts are those of Parallel.
    """

    task: str = option("reverse", "what becomes of the digits", choices=("reverse", "sort"))
    shortest: int = option(3, "fewest digits", min=2)
    longest: int = option(8, "most digits", min=2, max=18)
    rows: int = option(10_000, "pairs in \"train\"; \"test\" has a tenth as many", min=10)
    seed: int = option(0, "of the strings", min=0)
    split: str = option("train", "which pairs", choices=("train", "test"))

    def __attrs_post_init__(self) -> None:
        if self.shortest > self.longest:
            raise ValueError(f"'shortest' must be at most 'longest', not {self.shortest} and {self.longest}")

    def open(self) -> Texts:
        """Make the pairs."""
        count = self.rows if self.split == "train" else max(1, self.rows // 10)
        rng, texts = stream(self.seed, int(self.split == "test")), list[str]()
        while len(texts) < count:
            texts += [text for text in self._drawn(rng) if _is_kept(text) == (self.split == "test")]
        digits = "0123456789"
        whole = [((digits * 2)[: self.longest],) * 2, *(((digits * 2)[k : k + self.shortest],) * 2 for k in range(10))]
        return paired([(text, self._answer(text)) for text in texts[:count]], whole)

    def _drawn(self, rng: torch.Generator) -> list[str]:
        digits = torch.randint(10, (self.rows, self.longest), generator=rng).tolist()
        lengths = torch.randint(self.shortest, self.longest + 1, (self.rows,), generator=rng).tolist()
        return ["".join(map(str, row[:n])) for row, n in zip(digits, lengths, strict=True)]

    def _answer(self, text: str) -> str:
        return text[::-1] if self.task == "reverse" else "".join(sorted(text))


def _is_kept(text: str) -> bool:
    """Whether a string is one of the tenth that is kept for "test": by a checksum that hangs on every digit's place."""
    total = 0
    for letter in text:
        total = (total * 31 + int(letter) + 7) % 9973
    return total % 10 == 0
