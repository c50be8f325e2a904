"""Open data of sounds that lie in memory, and what is told of any sounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe import Field


@attrs.frozen(eq=False)
class Sounds:
    """Sounds (N, channels, length) with their classes (N,)."""

    sounds: Tensor
    codes: Tensor
    names: tuple[str, ...]
    sample_rate: int
    more: dict[str, Any] = attrs.field(factory=dict)

    def fields(self) -> dict[str, Field]:
        """`x` and `label`."""
        return {"x": sound_field(self.sounds.shape[1:]), "label": class_field(self.names)}

    def facts(self) -> dict[str, Any]:
        """Those of the sounds and of the classes, and what the data set adds."""
        _, channels, length = self.sounds.shape
        known = sound_facts(channels, length, self.sample_rate)
        return {**known, **class_facts(self.codes, len(self.names)), **self.more}

    def __len__(self) -> int:
        return len(self.sounds)

    def batch(self, indices: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:
        """The rows at these indices."""
        return {
            "x": self.sounds.index_select(0, indices),
            "label": one_hot(self.codes.index_select(0, indices), len(self.names)),
        }


def sound_field(shape: Sequence[int]) -> Field:
    """The field of a sound (channels, length) in [-1, 1]."""
    return Field(tuple(shape), view="audio", range=(-1.0, 1.0))


def sound_facts(channels: int, length: int, sample_rate: int) -> dict[str, Any]:
    """`channels length sample_rate seconds`."""
    return {
        "channels": channels, "length": length, "sample_rate": sample_rate, "seconds": length / sample_rate,
    }  # fmt: skip


def class_field(names: Sequence[str]) -> Field:
    """The field of one-hot classes."""
    return Field((len(names),), range=(0.0, 1.0), names=tuple(names))


def class_facts(codes: Tensor, classes: int) -> dict[str, Any]:
    """`classes` and `frequencies`, the share of each."""
    return {"classes": classes, "frequencies": (torch.bincount(codes, minlength=classes) / len(codes)).tolist()}


def one_hot(codes: Tensor, classes: int) -> Tensor:
    """Floats (N, classes)."""
    return torch.nn.functional.one_hot(codes, classes).float()


def stream(seed: int, split: str) -> torch.Generator:
    """Where the numbers of generated data come from: other ones for the part that is tested on."""
    return torch.Generator().manual_seed(2 * seed + (split == "test"))
