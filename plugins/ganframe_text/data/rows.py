"""Open text: rows of token numbers that are handed out one-hot, moved on by one, and with their mask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field
from ganframe_text.vocabulary import BEGIN, END, PADDING, UNKNOWN, Vocabulary

#: The facts that tell where the special tokens stand.
FACTS = {"padding": PADDING, "begin": BEGIN, "end": END, "unknown": UNKNOWN}


@attrs.frozen(eq=False)
class Texts:
    """Texts `x` (T, V) one-hot; `shifted` (T,), the token before each; `mask` (T,), true up to the end of the text.

    With `source` (N, S) the texts to be turned into them are a field of that name.
    """

    targets: Tensor
    vocabulary: Vocabulary
    known: dict[str, Any] = attrs.field(factory=dict)
    source: Tensor | None = None
    source_vocabulary: Vocabulary | None = None

    def fields(self) -> dict[str, Field]:
        """What each field is."""
        size, length = len(self.vocabulary), self.targets.shape[1]
        names = self.vocabulary.names
        found = {"x": Field((length, size), view="text", range=(0.0, 1.0), names=names)}
        if self.source is not None and self.source_vocabulary is not None:
            about = self.source_vocabulary.names
            found["source"] = Field(self.source.shape[1:], dtype="int64", view="text", names=about)
        found["shifted"] = Field((length,), dtype="int64", view="text", names=names)
        found["mask"] = Field((length,), dtype="bool")
        return found

    def facts(self) -> dict[str, Any]:
        """What a spec can ask for as `$data.NAME`."""
        known = {"vocabulary": len(self.vocabulary), "length": self.targets.shape[1], "unit": self.vocabulary.unit}
        if self.source is not None and self.source_vocabulary is not None:
            known |= {"source_vocabulary": len(self.source_vocabulary), "source_length": self.source.shape[1]}
        return {**known, **places(self.vocabulary), **self.known}

    def __len__(self) -> int:
        return len(self.targets)

    def batch(self, indices: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:
        """The rows at these indices, by field."""
        rows = self.targets.index_select(0, indices)
        found = {"x": F.one_hot(rows, len(self.vocabulary)).float()}
        if self.source is not None:
            found["source"] = self.source.index_select(0, indices)
        begin = torch.full_like(rows[:, :1], self.vocabulary.names.index(BEGIN))
        padding = self.vocabulary.names.index(PADDING)
        return found | {"shifted": torch.cat((begin, rows[:, :-1]), 1), "mask": rows != padding}


def places(vocabulary: Vocabulary) -> dict[str, int]:
    """The numbers of the special tokens that there are."""
    return {fact: at for fact, name in FACTS.items() if (at := vocabulary.number(name)) is not None}


def special(lengths: Sequence[int], longest: int) -> tuple[str, ...]:
    """The special tokens that texts of these lengths need; those of one length need no end."""
    return (PADDING, BEGIN, END) if any(length < longest for length in lengths) else (PADDING, BEGIN)


def part(rows: int, held_out: float, split: str, rng: torch.Generator) -> Tensor:
    """The positions of a split: a share `held_out`, chosen once, is "test", all others "train"; "all" is both.

    Raises ValueError for a split without rows.
    """
    if split == "all":
        return torch.arange(rows)
    order = torch.randperm(rows, generator=rng)
    count = round(rows * held_out)
    chosen = order[:count] if split == "test" else order[count:]
    if not len(chosen):
        raise ValueError(f"the split '{split}' is empty: held_out = {held_out} of {rows} rows")
    return chosen.sort().values


def stream(*key: int) -> torch.Generator:
    """Random numbers that only these numbers decide."""
    seed = 0
    for number in key:
        seed = (seed * 1_000_003 + number + 1) % 2**63
    return torch.Generator().manual_seed(seed)
