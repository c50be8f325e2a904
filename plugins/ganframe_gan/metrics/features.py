"""The numbers that a metric compares: a field's raw values, or what layers make of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe import Extractor, Field

#: What every metric says of its options `features` and `field`.
FEATURES = "layer whose output is compared, or several in a row; the field's raw values where left out"
FIELD = "the field compared; the data's first where left out"


@attrs.frozen(eq=False)
class Features:
    """Turns a batch into feature vectors (N, F), float64 on the CPU."""

    field: str
    extractor: Extractor | None

    def __call__(self, batch: Mapping[str, Tensor]) -> Tensor:
        """The features of the batch's field."""
        values = batch[self.field]
        if self.extractor is None:
            return values.flatten(1).cpu().double()
        return self.extractor(values).flatten(1)

    @property
    def protocol(self) -> dict[str, str]:
        """What made the features: the network with the hash of its file, its sizes and its resize filter."""
        if self.extractor is None:
            return {"features": "values", "field": self.field}
        return {"features": self.extractor.told, "field": self.field, **self.extractor.protocol}


def features(layers: Any | None, field: str, fields: Mapping[str, Field], device: torch.device) -> Features:
    """Features of `field` (the data's first where empty) as the layers see them; raw values without any.

    ValueError where the data has no such field, or a layer cannot read its shape.
    """
    name = field or next(iter(fields))
    if name not in fields:
        raise ValueError(f"there is no field '{name}'; fields: {', '.join(fields)}")
    return Features(name, None if layers is None else Extractor.of(layers, fields[name].shape, device))
