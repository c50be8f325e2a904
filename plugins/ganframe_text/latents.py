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
    """One and the same number everywhere, in the shape and dtype of a field of the data.

    Under the name of the field it stands in the fake batch instead of it: with `like = "shifted"` and the number of
    `$data.padding`, TokenDecoder is told no token there and writes freely, and in the real batch is told every one.
    """

    examples = ({"options": {"like": "label"}},)
    like: str = option(doc="the field")
    value: int = option(0, "the number")

    def shape(self, fields: Mapping[str, Field]) -> Shape:
        """The field's shape and dtype."""
        if self.like not in fields:
            raise ValueError(f"the data has no field '{self.like}'; its fields: {', '.join(fields)}")
        field = fields[self.like]
        return Shape(field.shape, getattr(torch, field.dtype))

    def sample(self, rows: int, now: Now, real: Any, data: Any) -> Tensor:
        """The number (rows, *shape), as int64 where no batch says otherwise."""
        raise NotImplementedError


LATENTS: list[type] = [Filled]
