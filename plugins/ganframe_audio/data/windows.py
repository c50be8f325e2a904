"""Open data: windows of sound files, decoded when first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field
from ganframe_audio.data.rows import class_facts, class_field, one_hot, sound_facts, sound_field
from ganframe_audio.files.decode import Decoder


def places(lengths: Sequence[int], length: int, hop: int, cut: str) -> Tensor:
    """File and first sample of each window (N, 2): those that fit into each file, one at least.

    `start` takes the first alone.
    """
    counts = [1 if cut == "start" else max(1, 1 + (frames - length) // hop) for frames in lengths]
    return torch.tensor([[file, hop * k] for file, count in enumerate(counts) for k in range(count)])


class Windows:
    """Windows (channels, length) of files, with the classes of the files where there are some.

    Decoded files stay in memory while all of them take no more than `cache` MiB; the others are decoded each time.
    """

    def __init__(
        self, files: Sequence[Path], lengths: Sequence[int], decode: Decoder, length: int, at: Tensor, anywhere: bool,
        codes: Tensor | None, names: tuple[str, ...], cache: int,
    ) -> None:
        self.files, self.length = list(files), length
        self._lengths, self._decode, self._at, self._anywhere = list(lengths), decode, at, anywhere
        self._codes, self._names, self._left = codes, names, cache * 2**20
        self._kept: dict[int, Tensor] = {}

    def fields(self) -> dict[str, Field]:
        """`x`, and `label` where there are classes."""
        found = {"x": sound_field((self._decode.channels, self.length))}
        return found | ({"label": class_field(self._names)} if self._codes is not None else {})

    def facts(self) -> dict[str, Any]:
        """`channels length sample_rate seconds`, with labels `classes frequencies`."""
        known = sound_facts(self._decode.channels, self.length, self._decode.rate)
        return known | (class_facts(self._codes, len(self._names)) if self._codes is not None else {})

    def __len__(self) -> int:
        return len(self._at)

    def batch(self, indices: Tensor, rng: torch.Generator) -> dict[str, Tensor]:
        """The windows at these indices; with random cuts, elsewhere in their files, drawn from the stream."""
        places = self._at.index_select(0, indices).tolist()
        rows = {"x": torch.stack([self._one(file, start, rng) for file, start in places])}
        if self._codes is not None:
            rows["label"] = one_hot(self._codes.index_select(0, indices), len(self._names))
        return rows

    def _one(self, file: int, start: int, rng: torch.Generator) -> Tensor:
        spare = self._lengths[file] - self.length
        if self._anywhere and spare > 0:
            start = int(torch.randint(spare + 1, (), generator=rng))
        part = self._sound(file)[:, start : start + self.length]
        return F.pad(part, (0, self.length - part.shape[1]))

    def _sound(self, file: int) -> Tensor:
        if file in self._kept:
            return self._kept[file]
        sound = self._decode(self.files[file])
        if sound.numel() * 4 <= self._left:
            self._left -= sound.numel() * 4
            self._kept[file] = sound
        return sound
