"""Tokens and their numbers: text to rows of whole numbers and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe import Field

PADDING, BEGIN, END, UNKNOWN = "<pad>", "<begin>", "<end>", "<unk>"
SPECIAL = (PADDING, BEGIN, END, UNKNOWN)
#: How tokens begin that fill a vocabulary up; the space is in no word, so that no text can hold one.
UNUSED = "<unused "
UNITS = ("character", "word", "byte")


@attrs.frozen
class Vocabulary:
    """The tokens in the order of their numbers, and what a token is: a character, a word or a byte.

    A byte is written as the character of its number (Latin-1). `<pad>`, `<begin>`, `<end>` and `<unk>` are told by
    these names, wherever they stand; any of them may be missing.
    """

    names: tuple[str, ...]
    unit: str = "character"
    _numbers: dict[str, int] = attrs.field(init=False, eq=False, repr=False)

    @_numbers.default
    def _numbered(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names)}

    @classmethod
    def of(cls, field: Field, facts: Mapping[str, Any]) -> Vocabulary:
        """The vocabulary of a field of the view "text". Raises ValueError for any other."""
        if field.view != "text" or not field.names:
            raise ValueError(f"a field of view '{field.view}' is no text with a vocabulary")
        single = all(len(name) == 1 for name in field.names if _is_text(name))
        return cls(field.names, str(facts.get("unit", "character" if single else "word")))

    def __len__(self) -> int:
        return len(self.names)

    def number(self, name: str) -> int | None:
        """The number of a token, or None."""
        return self._numbers.get(name)

    def encode(self, text: str, length: int) -> list[int]:
        """The numbers of a text's tokens, ended and padded to `length`.

        Raises ValueError for a token that is not known where there is no `<unk>`, and for a text of another length.
        """
        return self.fitted(self.known(split(text, self.unit), text), length, text)

    def known(self, pieces: Sequence[str], text: str) -> list[int]:
        """The numbers of tokens; ValueError for one that is not known where there is no `<unk>`."""
        found = [self._numbers.get(piece, self._numbers.get(UNKNOWN, -1)) for piece in pieces]
        strange = sorted({piece for piece, at in zip(pieces, found, strict=True) if at < 0})
        if strange:
            some = ", ".join(map(repr, strange[:5]))
            raise ValueError(f"{some} of {text!r} is in no text of the vocabulary ({self._some()})")
        return found

    def fitted(self, numbers: Sequence[int], length: int, text: str = "") -> list[int]:
        """The numbers of a text, ended and padded to `length`; ValueError where they do not fit."""
        if len(numbers) > length:
            raise ValueError(f"{text!r} has {len(numbers)} {self.unit}s, more than {length}")
        row = list(numbers)
        if len(row) < length and END in self._numbers:
            row.append(self._numbers[END])
        if len(row) < length and PADDING not in self._numbers:
            raise ValueError(f"{text!r} has {len(row)} {self.unit}s, not {length}, and nothing is there to pad it")
        return row + [self._numbers[PADDING]] * (length - len(row)) if len(row) < length else row

    def rows(self, values: Tensor) -> list[list[int]]:
        """The numbers of each text (N, T), or one-hot or soft (N, T, V), up to its end."""
        numbers = values.argmax(-1) if values.is_floating_point() else values
        stops = {self._numbers.get(PADDING), self._numbers.get(END)}
        return [self._until(row, stops) for row in numbers.tolist()]

    def texts(self, values: Tensor) -> list[str]:
        """The texts of rows as `rows` takes them."""
        return [self.text(row) for row in self.rows(values)]

    def text(self, numbers: Iterable[int]) -> str:
        """The text of tokens by their numbers."""
        pieces = [self.names[number] for number in numbers if self.names[number] != BEGIN]
        if self.unit == "byte":
            return "".join(pieces).encode("latin-1", "replace").decode("utf-8", "replace")
        return (" " if self.unit == "word" else "").join(pieces)

    def _until(self, row: list[int], stops: set[int | None]) -> list[int]:
        return row[: next((at for at, number in enumerate(row) if number in stops), len(row))]

    def _some(self) -> str:
        known = list(filter(_is_text, self.names))
        return " ".join(known[:40]) + (f" … {len(known)} in all" if len(known) > 40 else "")


def split(text: str, unit: str) -> list[str]:
    """The tokens of a text."""
    if unit == "word":
        return text.split()
    return list(text.encode().decode("latin-1")) if unit == "byte" else list(text)


def gathered(texts: Iterable[Sequence[str]], unit: str, special: Sequence[str], most: int = 0) -> Vocabulary:
    """The vocabulary of tokenised texts: `special`, then the tokens by falling frequency, equal ones by their code.

    With `most`, the rarest are left out so that no more than that many tokens remain, and `<unk>` stands for them.
    """
    counts = Counter(token for text in texts for token in text if token not in SPECIAL)
    ordered = sorted(counts, key=lambda token: (-counts[token], token))
    names = [*special]
    if most and len(names) + len(ordered) > most:
        names += [UNKNOWN] if UNKNOWN not in names else []
        if most <= len(names):
            raise ValueError(f"a vocabulary of {most} leaves no room for tokens beside {', '.join(names)}")
        ordered = ordered[: most - len(names)]
    return Vocabulary((*names, *ordered), unit)


def filled(vocabulary: Vocabulary, size: int) -> Vocabulary:
    """A vocabulary of at least `size` tokens: behind its own come some that stand for nothing."""
    unused = (f"{UNUSED}{number}>" for number in range(len(vocabulary), size))
    return attrs.evolve(vocabulary, names=(*vocabulary.names, *unused))


def _is_text(name: str) -> bool:
    return name not in SPECIAL and not name.startswith(UNUSED)


def numbers(rows: Sequence[Sequence[int]]) -> Tensor:
    """Rows of one length as int64 (N, T)."""
    return torch.tensor(rows, dtype=torch.int64)
