"""Strings of a small language."""

from __future__ import annotations

from typing import Any

from ganframe import component, option
from ganframe_text.data.grammars import LANGUAGES, Draws
from ganframe_text.data.rows import Texts, special, stream
from ganframe_text.vocabulary import gathered, numbers


@component
class Grammar:
    """Strings made by the rules of a small language, which `Valid` can check.

    `brackets`: balanced brackets of `kinds` kinds, `([])()`. `expressions`: `(3+x)*(7-y)`, digits and `kinds` - 1
    letters. `sums`: right sums, `07+15=022`. `days`: days of 1990 to 2029, `2016-02-29`. Fields and facts are those of
    Text, and the facts `grammar` and `kinds`. The split "test" is drawn in the same way, without what "train" has.
    """

    kind: str = option("brackets", "the language", choices=tuple(LANGUAGES))
    length: int = option(12, "characters of a string, even for brackets; sums have 9, days 10", min=2, max=200)
    kinds: int = option(2, "kinds of brackets; letters beside digits plus one", min=1, max=4)
    rows: int = option(5000, "strings in a split; fewer where the language has fewer", min=1, max=100_000)
    seed: int = option(0, "of the strings", min=0)
    split: str = option("train", "which strings", choices=("train", "test"))

    def __attrs_post_init__(self) -> None:
        if self.kind == "brackets" and self.length % 2:
            raise ValueError(f"brackets have an even length, not {self.length}")

    def open(self) -> Texts:
        """Make the strings."""
        train = self._made(0, set())
        texts = train if self.split == "train" else self._made(1, set(train))
        if not texts:
            raise ValueError("the split 'test' is empty: the split 'train' has all strings of this language")
        vocabulary = gathered(map(list, train), "character", special([len(t) for t in train], len(train[0])))
        facts: dict[str, Any] = {"grammar": self.kind, "kinds": self.kinds}
        return Texts(numbers([vocabulary.encode(t, len(t)) for t in texts]), vocabulary, facts)

    def _made(self, part: int, without: set[str]) -> list[str]:
        """Different strings, as many as `rows` or as twenty tries for each find, none of `without`."""
        language, fixed = LANGUAGES[self.kind]
        make, draws, found = language(self.kinds).make, Draws(stream(self.seed, part)), dict[str, None]()
        for _ in range(20 * self.rows):
            if len(found) == self.rows:
                break
            text = make(draws, fixed or self.length)
            if text not in without:
                found[text] = None
        return list(found)
