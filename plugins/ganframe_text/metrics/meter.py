"""Texts gathered from batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from ganframe import Field
from ganframe_text.vocabulary import Vocabulary

Rows = list[list[int]]
FIELD = "the field of text that is judged; the first one where left out"


def chosen(name: str, fields: Mapping[str, Field]) -> str:
    """The named field, or the first text among the fields. Raises ValueError where there is none."""
    found = name or next((n for n, field in fields.items() if field.view == "text"), "")
    if found not in fields:
        raise ValueError(f"there is no field '{name}'" if name else "there is no field of text")
    return found


class Meter:
    """Gathers the tokens of real and made texts, up to their ends, and gives figures of all of them."""

    def __init__(
        self, name: str, fields: Mapping[str, Field], facts: Mapping[str, Any],
        figures: Callable[[Rows, Rows], dict[str, float]], protocol: Mapping[str, str] | None = None,
    ) -> None:
        self._name = chosen(name, fields)
        self.vocabulary = Vocabulary.of(fields[self._name], facts)
        self._figures, self._real, self._made = figures, list[Tensor](), list[Tensor]()
        self.protocol = {"field": self._name, **(protocol or {})}

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and the one made beside it."""
        for batch, into in ((real, self._real), (fake, self._made)):
            values = batch[self._name]
            into.append((values.argmax(-1) if values.is_floating_point() else values).cpu())

    def compute(self) -> dict[str, float]:
        """The figures; ValueError without samples."""
        if not self._made:
            raise ValueError("no samples")
        real, made = (self.vocabulary.rows(torch.cat(parts)) for parts in (self._real, self._made))
        return self._figures(real, made)
