"""Layers and their inputs as the tests of this folder make them."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor, nn

from ganframe import Shape


def made(layer: Any, *tensors: Tensor | None, seed: int = 0) -> nn.Module:
    """The layer's module for inputs like these (N, *shape), its weights drawn under the seed, in their dtype."""
    torch.manual_seed(seed)
    shapes = [None if t is None else Shape(t.shape[1:], t.dtype) for t in tensors]
    return layer.build(*shapes).to(tensors[0].dtype if tensors[0].is_floating_point() else torch.float32)


def run(layer: Any, *tensors: Tensor | None) -> Any:
    """The layer's output for inputs in order."""
    return made(layer, *tensors)(*tensors)


def numbers(*size: int, seed: int = 1) -> Tensor:
    """Standard normal numbers in double precision."""
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def example_tensors(layer: type, example: dict[str, Any], rows: int, dtype: torch.dtype) -> list[Any]:
    """Inputs of the shapes that an example names, in the order of `build`."""
    left = {key: value for key, value in example.items() if key != "options"}
    values: list[Any] = []
    for parameter in list(inspect.signature(layer.build).parameters.values())[1:]:
        said = left.pop(parameter.name, None)
        shapes = said if parameter.kind is parameter.VAR_POSITIONAL else [said]
        values += [_tensor(shape, rows, dtype, len(values) + i) for i, shape in enumerate(shapes or [])]
    assert not left, f"the example of {layer.__name__} names wires that build does not take: {left}"
    return values


def _tensor(shape: Any, rows: int, dtype: torch.dtype, seed: int) -> Tensor | None:
    if shape is None:
        return None
    if shape and shape[0] == "bool":
        mask = torch.ones(rows, *shape[1], dtype=torch.bool)
        mask[:, -1] = False
        return mask
    return numbers(rows, *shape, seed=seed + 3).to(dtype)
