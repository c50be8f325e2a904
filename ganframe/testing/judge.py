"""What a law says when it is broken, and the comparisons that laws share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor


class Violation(AssertionError):
    """A component breaks laws of its kind; one line each."""


class Refused(Exception):
    """The component refuses these options: no fault where the kit drew them, one where the author gave them."""


#: What a component may raise for options that do not fit; anything else is a fault of its own.
REFUSALS = (ValueError, RuntimeError, TypeError, AssertionError, NotImplementedError, IndexError)


def require(condition: object, message: str) -> None:
    """Raise Violation with the message unless the condition holds."""
    if not condition:
        raise Violation(message)


def tensors(value: Any) -> list[Tensor]:
    """The tensors in a tensor, tuple, list or dict, in order."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, Mapping):
        return [t for part in value.values() for t in tensors(part)]
    if isinstance(value, (tuple, list)):
        return [t for part in value for t in tensors(part)]
    return []


def same_bits(one: Any, two: Any) -> bool:
    """True if both hold equal tensors, NaN equal to itself."""
    a, b = tensors(one), tensors(two)
    return len(a) == len(b) and all(
        x.dtype == y.dtype and torch.equal(_nan_free(x), _nan_free(y)) for x, y in zip(a, b, strict=True)
    )


def _nan_free(x: Tensor) -> Tensor:
    return torch.nan_to_num(x, nan=12345.0) if x.is_floating_point() else x


def near(one: Any, two: Any, tolerance: float = 1e-4) -> bool:
    """True if both hold tensors of equal shapes whose values agree, relatively and absolutely, within the tolerance."""
    a, b = tensors(one), tensors(two)
    return len(a) == len(b) and all(
        x.shape == y.shape and torch.allclose(x.double(), y.double(), tolerance, tolerance, equal_nan=True)
        for x, y in zip(a, b, strict=True)
    )


def finite(value: Any) -> bool:
    """True if no tensor in it holds NaN or infinity."""
    return all(bool(torch.isfinite(t).all()) for t in tensors(value))


def floats(values: Iterable[Tensor]) -> list[Tensor]:
    """The floating-point tensors among them."""
    return [t for t in values if t.is_floating_point()]


def generator(seed: int = 0) -> torch.Generator:
    """A CPU stream of random numbers."""
    return torch.Generator().manual_seed(seed)


def reseed(number: int) -> None:
    """Seed torch's global CPU numbers; `torch.manual_seed` does that for every device, at ninety times the cost."""
    torch.default_generator.manual_seed(number)


def leaves_global_rng_alone(before: Tensor, what: str) -> None:
    """Raise Violation if torch's global random state is not the one given."""
    require(torch.equal(before, torch.get_rng_state()), f"{what} draws from torch's global random numbers; use `rng`")


def through_safetensors(state: Mapping[str, Any]) -> dict[str, Tensor]:
    """The tensors of a state after a trip through the bytes of a safetensors file."""
    from safetensors.torch import load, save

    return load(save({name: t.detach().clone().contiguous() for name, t in state.items() if isinstance(t, Tensor)}))
