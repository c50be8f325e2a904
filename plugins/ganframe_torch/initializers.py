"""The functions of torch.nn.init, in camel case without the underscore: `XavierUniform` is `xavier_uniform_`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import init

from ganframe_torch import signature
from ganframe_torch.classes import Wrapped, make, usable


class Initializer(Wrapped):
    """A function of torch.nn.init."""

    _draws = False

    def __call__(self, weight: Tensor, rng: torch.Generator) -> None:
        """Fill the weight in place."""
        drawn = {"generator": rng} if self._draws else {}
        type(self)._torch(weight, **self.arguments(), **drawn)


class DrawsGlobally(Initializer):
    """A function that takes a generator and yet draws from the global one as well."""

    def __call__(self, weight: Tensor, rng: torch.Generator) -> None:
        """Fill the weight in place; the global generator is seeded from `rng`, and left as it was."""
        seed = int(torch.randint(2**62, (), generator=rng))
        kept = torch.get_rng_state()
        try:
            torch.default_generator.manual_seed(seed)
            super().__call__(weight, rng)
        finally:
            torch.set_rng_state(kept)


def initializer(function: Callable[..., Any]) -> type:
    """The initializer component of a function of torch.nn.init."""
    name = "".join(word.capitalize() for word in function.__name__.split("_"))
    found = signature.arguments(function)
    draws = any(a.name == "generator" for a in found)
    path = f"torch.nn.init.{function.__name__}"
    base = DrawsGlobally if function is init.sparse_ else Initializer
    return make(base, function, name, path, usable(found, name), _draws=draws)


INITIALIZERS = [
    initializer(function)
    for name, function in vars(init).items()
    if inspect.isfunction(function) and name.endswith("_") and not name.startswith("_")
]
