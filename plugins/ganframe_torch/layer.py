"""What all layers share: sizes from the wires, ranks checked, then the plain module of torch.nn."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from torch import nn

from ganframe import Shape
from ganframe_torch import shapes, table
from ganframe_torch.classes import Wrapped
from ganframe_torch.signature import Argument


class Layer(Wrapped):
    """A class of torch.nn whose `forward` takes one tensor."""

    def build(self, x: Shape) -> nn.Module:
        """The module for an input (N, *x)."""
        return self.module({"x": x})

    def module(self, wires: dict[str, Shape | None], cls: type[nn.Module] | None = None, **fixed: Any) -> nn.Module:
        """The module (of PyTorch's class unless `cls` is given) for these wires, with the `fixed` arguments too."""
        name = type(self).__name__
        x = wires["x"]
        assert x is not None
        shapes.check_rank(name, x)
        if any(table.SIZES.get(option, ("",))[0] == "x" for option in self._names):
            shapes.check_numbers(name, x)
        written = self.arguments()
        shapes.check_output_padding(written)
        written |= shapes.sizes(self._names, written, wires) | shapes.axes(self._names, written, x)
        return construct(cls or self._torch, written | fixed)


def construct(cls: type[nn.Module], arguments: dict[str, Any]) -> nn.Module:
    """The module; what PyTorch says of wrong arguments is a ValueError."""
    try:
        return cls(**arguments)
    except (AssertionError, TypeError) as error:
        raise ValueError(str(error)) from error


def build_with(wires: list[Argument]) -> Callable[..., nn.Module]:
    """A `build` whose parameters are `x` and these tensors of `forward`, under PyTorch's names."""
    named = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = inspect.Signature(
        [inspect.Parameter("self", named), inspect.Parameter("x", named, annotation=Shape)]
        + [
            inspect.Parameter(w.name, named, annotation=Shape) if w.required
            else inspect.Parameter(w.name, named, annotation=Shape | None, default=None)
            for w in wires
        ],
        return_annotation=nn.Module,
    )  # fmt: skip

    def build(self: Layer, *args: Any, **kwargs: Any) -> nn.Module:
        """The module for the shapes of its inputs, which have one rank."""
        given = signature.bind(self, *args, **kwargs).arguments
        del given["self"]
        for name, shape in given.items():
            if len(shape) != len(given["x"]):
                raise ValueError(f"'{name}' {shape} and the input {given['x']} must have as many axes as each other")
        return self.module(given)

    build.__signature__ = signature  # type: ignore[attr-defined]
    return build
