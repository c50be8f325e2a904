"""How alike pictures of one model, or of one class, are."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_image.metrics.similarity import ms_ssim, scales_of

#: Pairs compared at once.
CHUNK = 64


@component
class MSSSIM:
    """Mean multi-scale structural similarity of random pairs of samples, and of real pictures for comparison.

    Figures: `samples` and `real`, from 0 to 1: where samples are more alike than real pictures, the model lacks
    variety. With `label`, pairs are of one class. Neither is ranked, since noise is less alike than any picture.
    Which pairs are compared hangs on the pictures alone, not on their order.
    Source: Odena et al. 2017 (arXiv:1610.09585), section 4.2; Wang et al. 2003.
    """

    better: ClassVar[dict[str, str]] = {}
    examples = ({"data": "Digits"},)

    pairs: int = option(1000, "pairs compared of either set, spread over the classes, one of each at least", min=1)
    label: str = option("", "one-hot field inside whose classes pairs are taken; only for conditional models")
    field: str = option("", "the field compared; the data's first where left out")

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> SimilarityMeter:
        """A meter; ValueError for a field that holds no pictures, or a label that the data lacks."""
        name = self.field or next(iter(fields))
        for wanted in filter(None, (name, self.label)):
            if wanted not in fields:
                raise ValueError(f"there is no field '{wanted}'; fields: {', '.join(fields)}")
        if len(fields[name].shape) != 3 or fields[name].range is None:
            raise ValueError(f"MSSSIM compares pictures of a known range, but '{name}' is {fields[name].shape}")
        classes = fields[self.label].shape[0] if self.label else 1
        return SimilarityMeter(self, name, fields[name], classes)


class SimilarityMeter:
    """Keeps as many pictures of each class as pairs need."""

    def __init__(self, asked: MSSSIM, name: str, field: Field, classes: int) -> None:
        self._asked, self._name, self._field = asked, name, field
        each = 2 * -(-asked.pairs // classes)
        self._kept = {side: [Chosen(each) for _ in range(classes)] for side in ("samples", "real")}

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        low, high = self._field.range or (0.0, 1.0)
        for batch, kept in ((real, self._kept["real"]), (fake, self._kept["samples"])):
            pictures = ((batch[self._name].detach().cpu().float() - low) / (high - low)).clamp(0, 1)
            label = self._asked.label
            codes = batch[label].argmax(1).tolist() if label else [0] * len(pictures)
            for picture, code in zip(pictures, codes, strict=True):
                kept[code].add(picture)

    def compute(self) -> dict[str, float]:
        """`samples` and `real`; ValueError where no class has two pictures."""
        return {side: self._mean(kept) for side, kept in self._kept.items()}

    def _mean(self, kept: list[Chosen]) -> float:
        pairs = [pair for chosen in kept for pair in chosen.pairs()]
        if not pairs:
            raise ValueError("no class has two pictures")
        found = []
        for start in range(0, len(pairs), CHUNK):
            one, two = zip(*pairs[start : start + CHUNK], strict=True)
            found.append(ms_ssim(torch.stack(one).double(), torch.stack(two).double()))
        return float(torch.cat(found).mean())

    @property
    def protocol(self) -> dict[str, str]:
        """Pairs, classes and scales behind the figures."""
        made, real = (sum(len(c.pairs()) for c in self._kept[side]) for side in ("samples", "real"))
        scales = scales_of(*self._field.shape[1:])
        return {"pairs": f"{made}/{real}", "label": self._asked.label or "none", "scales": f"{scales} of 5"}


class Chosen:
    """A random selection of pictures that hangs on them alone: those whose hashes are smallest."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._seen: Counter[bytes] = Counter()
        self._heap: list[tuple[int, Tensor]] = []

    def add(self, picture: Tensor) -> None:
        """Take in one more; equal pictures get hashes of their own, by how many there were."""
        content = hashlib.sha256(picture.numpy().tobytes()).digest()
        self._seen[content] += 1
        place = -int.from_bytes(hashlib.sha256(content + self._seen[content].to_bytes(8, "big")).digest(), "big")
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, (place, picture))
        elif place > self._heap[0][0]:
            heapq.heapreplace(self._heap, (place, picture))

    def pairs(self) -> list[tuple[Tensor, Tensor]]:
        """Two and two of the chosen, in the order of their hashes."""
        chosen = [picture for _, picture in sorted(self._heap, key=lambda entry: entry[0])]
        return list(zip(chosen[::2], chosen[1::2], strict=False))
