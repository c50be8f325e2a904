"""BLEU of made texts against real ones, and against each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import attrs
import torch

from ganframe import Field, component, option
from ganframe_text.metrics.meter import FIELD, Meter, Rows

ORDERS = (2, 3, 4, 5)
#: What stands for a count of 0 in a precision (Chen and Cherry 2014, smoothing 1).
SMOOTH = 0.1


@attrs.frozen
class References:
    """Of texts: how often each n-gram occurs in the one that has it most, how often in the next, and all lengths.

    A text that is itself among the references is compared with the others: `without` takes it out.
    """

    most: list[dict[tuple[int, ...], tuple[int, int]]]
    lengths: Counter[int]

    @classmethod
    def of(cls, texts: Rows) -> References:
        """The references that these texts make."""
        most: list[dict[tuple[int, ...], tuple[int, int]]] = [{} for _ in range(max(ORDERS))]
        for text in texts:
            for best, counts in zip(most, grams(text), strict=True):
                for gram, count in counts.items():
                    first, second = best.get(gram, (0, 0))
                    best[gram] = (max(first, count), max(second, min(first, count)))
        return cls(most, Counter(map(len, texts)))

    def clipped(self, order: int, gram: tuple[int, ...], count: int, without: int) -> int:
        """How many of `count` occurrences some reference has; `without` is the text's own share among them."""
        first, second = self.most[order - 1].get(gram, (0, 0))
        return min(count, second if without and without == first else first)

    def nearest(self, length: int, without: bool) -> int:
        """The length of the reference nearest to it, the shorter of two."""
        lengths = self.lengths - Counter([length]) if without else self.lengths
        return min(lengths, key=lambda other: (abs(other - length), other), default=0)


def grams(text: Sequence[int]) -> list[Counter[tuple[int, ...]]]:
    """How often each n-gram occurs in a text, for n = 1 to 5."""
    return [Counter(zip(*(text[i:] for i in range(n)), strict=False)) for n in range(1, max(ORDERS) + 1)]


def bleu(text: Sequence[int], references: References, *, among: bool = False) -> dict[int, float]:
    """Sentence BLEU of a text for each order n (Papineni et al. 2002, eq. 1-3): weights 1/n, smoothing 1.

    `among`: the text is one of the references and is not compared with itself.
    """
    found, logs = {}, 0.0
    short = len(text) and min(0.0, 1 - references.nearest(len(text), among) / len(text))
    hopeless = False
    for n, counts in enumerate(grams(text), 1):
        hits = sum(references.clipped(n, gram, c, c if among else 0) for gram, c in counts.items())
        hopeless = hopeless or (n == 1 and not hits)
        logs += math.log((hits or SMOOTH) / max(1, counts.total()))
        if n in ORDERS:
            found[n] = 0.0 if hopeless else math.exp(short + logs / n)
    return found


def mean(texts: Rows, references: References, *, among: bool = False) -> dict[int, float]:
    """The mean over texts of each order's BLEU."""
    each = [bleu(text, references, among=among) for text in texts]
    return {n: math.fsum(scores[n] for scores in each) / len(each) for n in ORDERS}


@component
class Bleu:
    """How much of the made texts' n-grams real texts have: `bleu2` to `bleu5`, 1 at best.

    The mean over made texts of sentence BLEU with all real rows of the split as references, uniform weights and
    smoothing 1 of Chen and Cherry (2014): what NLTK's `sentence_bleu` gives and Texygen (arXiv:1802.01886, section
    3.2) and RelGAN report. Says nothing about diversity: read it beside SelfBleu.
    """

    better: ClassVar = {f"bleu{n}": "higher" for n in ORDERS}
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> Meter:
        """A meter; ValueError for a field that is no text."""
        return Meter(self.field, fields, facts, _against_real, {"smoothing": "1"})


@component
class SelfBleu:
    """How much made texts are like each other: `self_bleu2` to `self_bleu5`, lower is more diverse.

    The mean over made texts of sentence BLEU, as Bleu takes it, with all other made texts as references (Zhu et al.
    2018, arXiv:1802.01886, section 3.2). Grows with the number of samples; compare it with that of real rows.
    """

    better: ClassVar = {f"self_bleu{n}": "lower" for n in ORDERS}
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> Meter:
        """A meter; ValueError for a field that is no text."""
        return Meter(self.field, fields, facts, _among_themselves, {"smoothing": "1"})


def _against_real(real: Rows, made: Rows) -> dict[str, float]:
    return {f"bleu{n}": value for n, value in mean(made, References.of(real)).items()}


def _among_themselves(real: Rows, made: Rows) -> dict[str, float]:
    return {f"self_bleu{n}": value for n, value in mean(made, References.of(made), among=True).items()}
