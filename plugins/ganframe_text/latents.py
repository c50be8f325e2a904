"""Latents that stand for text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganframe import Shape, component, option

if TYPE_CHECKING:
    from ganframe import Field, Now


@component
class Filled:
    """One and the same token everywhere, int64.

    Called like a field of the data it stands in its place in the fake batch: as `shifted`, filled with
    `$data.padding`, it tells TokenDecoder nothing there, which then writes freely, while the real batch tells it all.
    """

    constant = True
    size: int | tuple[int, ...] = option(doc="tokens of a row, or its shape", min=1)
    value: int = option(0, "the token's number", min=0)

    def shape(self, fields: Mapping[str, Field]) -> Shape:
        """(size,), or size itself where it is an array."""
        return Shape((self.size,) if isinstance(self.size, int) else self.size, torch.int64)

    def sample(self, rows: int, now: Now, real: Any, data: Any) -> Tensor:
        """The token (rows, *shape)."""
        return torch.full((rows, *self.shape({})), self.value, dtype=torch.int64, device=now.device)


LATENTS: list[type] = [Filled]
