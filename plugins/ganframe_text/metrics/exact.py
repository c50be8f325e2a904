"""Texts that are what they should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from ganframe import Field, component, option
from ganframe_text.data.grammars import LANGUAGES
from ganframe_text.metrics.meter import FIELD, Meter, Rows


@component
class Valid:
    """The share of made texts that are strings of a language: `valid`; and `distinct`, valid ones that differ.

    `distinct` is the number of different valid texts, as a share of all. The language is that of `Grammar`.
    """

    better: ClassVar = {"valid": "higher", "distinct": "higher"}
    examples = ({"data": "Grammar"},)
    grammar: str = option("", "the language; the data's own where left out", choices=("", *LANGUAGES))
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> Meter:
        """A meter; ValueError for data that say no language."""
        kind = self.grammar or str(facts.get("grammar", ""))
        if kind not in LANGUAGES:
            raise ValueError(f"the data say no language; set grammar to one of {', '.join(LANGUAGES)}")
        holds = LANGUAGES[kind][0](int(facts.get("kinds", 2))).holds

        def figures(real: Rows, made: Rows) -> dict[str, float]:
            right = [text for row in made if holds(text := meter.vocabulary.text(row))]
            return {"valid": len(right) / len(made), "distinct": len(set(right)) / len(made)}

        meter = Meter(self.field, fields, facts, figures, {"grammar": kind})
        return meter


@component
class ExactMatch:
    """The share of made texts that are the real row's text, token by token up to the end: `exact`; of translations.

    `tokens` is the share of right tokens, mean over rows, at the longer of both lengths. What is made hangs on the
    spec: with `latents.shifted` of kind Filled the decoder runs freely here, as in `ganframe sample`.
    """

    better: ClassVar = {"exact": "higher", "tokens": "higher"}
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> Meter:
        """A meter; ValueError for a field that is no text."""
        return Meter(self.field, fields, facts, _matches)


def _matches(real: Rows, made: Rows) -> dict[str, float]:
    pairs = list(zip(real, made, strict=True))
    tokens = sum(_share(one, other) for one, other in pairs) / len(pairs)
    return {"exact": sum(one == other for one, other in pairs) / len(pairs), "tokens": tokens}


def _share(one: list[int], other: list[int]) -> float:
    right = sum(a == b for a, b in zip(one, other, strict=False))
    return right / max(len(one), len(other), 1)
