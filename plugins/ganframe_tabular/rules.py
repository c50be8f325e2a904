"""Rules that rows of a table keep: linear ones between columns of numbers, written as lists of words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs
import numpy as np
import torch
from torch import Tensor

from ganframe_tabular.layout import Frame, Layout

SIGNS = ("<=", "<", ">=", ">", "=")
Words = Sequence[str | float]
DOC = (
    'each a list of words: columns and numbers with + and -, and one of <=, <, >=, >, = between both sides, as '
    '["placed", "<=", "shipped"], ["goods", "+", "postage", "=", "total"], ["price", ">", 0]'
)


@attrs.frozen
class Rule:
    """sum of factor · column, plus `constant`, compared with 0."""

    factors: tuple[tuple[str, float], ...]
    constant: float
    sign: str
    text: str

    def scale(self, layout: Layout) -> float:
        """The unit of gaps: the largest standard deviation of a column in it."""
        return max(layout.number(name).std * abs(factor) for name, factor in self.factors)

    def gap(self, values: dict[str, Tensor]) -> Tensor:
        """How far each row (N,) is from keeping the rule, 0 where it does; differentiable."""
        off = sum((factor * values[name] for name, factor in self.factors), torch.tensor(self.constant))
        return off.abs() if self.sign == "=" else (off if "<" in self.sign else -off).clamp(min=0)

    def broken(self, frame: Frame, tolerance: float) -> np.ndarray:
        """Which rows (N,) break the rule by more than the tolerance; those with a missing value do not."""
        off = self.constant + sum(factor * frame.numbers[name] for name, factor in self.factors)
        off = np.round(off, 9)
        if self.sign == "=":
            return np.abs(off) > tolerance + 1e-9
        off = off if "<" in self.sign else -off
        return off > tolerance if "=" in self.sign else off >= (tolerance or 0.0)


def parsed(rules: Iterable[Words]) -> tuple[Rule, ...]:
    """Rules from their words. ValueError for one that cannot be read."""
    return tuple(_rule(words) for words in rules)


def checked(rules: Sequence[Rule], layout: Layout) -> None:
    """ValueError where a rule names what is no column of numbers."""
    for rule in rules:
        for name, _ in rule.factors:
            layout.number(name)


def _rule(words: Words) -> Rule:
    text = " ".join(map(str, words))
    at = [i for i, word in enumerate(words) if word in SIGNS]
    if len(at) != 1:
        raise ValueError(f"'rules': '{text}' needs one of {' '.join(SIGNS)} between its sides, as a word of its own")
    factors: dict[str, float] = {}
    constant = 0.0
    for side, words_there in ((1.0, words[: at[0]]), (-1.0, words[at[0] + 1 :])):
        for sign, term in _terms(words_there, text):
            if isinstance(term, str):
                factors[term] = factors.get(term, 0.0) + side * sign
            else:
                constant += side * sign * term
    if not any(factors.values()):
        raise ValueError(f"'rules': '{text}' names no column")
    return Rule(tuple(factors.items()), constant, str(words[at[0]]), text)


def _terms(words: Words, text: str) -> list[tuple[float, str | float]]:
    """Terms of a side with their signs: words at even places, + or - between them."""
    if len(words) % 2 == 0 or any(word not in ("+", "-") for word in words[1::2]):
        raise ValueError(f"'rules': '{text}' must have one + or - between two terms")
    signs = [1.0, *(1.0 if word == "+" else -1.0 for word in words[1::2])]
    return list(zip(signs, words[::2], strict=True))
