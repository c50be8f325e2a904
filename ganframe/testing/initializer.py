"""Laws of initializers: the stream alone decides, and only the given weight is filled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import torch
from torch import Tensor, nn

from ganframe.testing.case import Case, cases
from ganframe.testing.judge import (
    REFUSALS,
    Refused,
    finite,
    generator,
    leaves_global_rng_alone,
    near,
    require,
    reseed,
    same_bits,
)  # fmt: skip

__all__ = ["LAWS", "cases", "subject"]

#: Weights (out, in, ...) tried: of a linear layer, a convolution, an embedding or bias.
SHAPES = ((96, 64), (32, 16, 3, 3), (64,))


@attrs.frozen
class Subject:
    """An initializer, the case it came from and a shape of weight that it fills."""

    case: Case
    component: Any
    shape: tuple[int, ...]

    def fill(self, seed: int = 0, before: float = 7.0, dtype: torch.dtype = torch.float32, **changed: Any) -> Tensor:
        """A weight that held `before`, filled under a seed, with some options changed."""
        made = attrs.evolve(self.component, **changed) if changed else self.component
        weight = nn.Parameter(torch.full(self.shape, before, dtype=dtype))
        with torch.no_grad():
            made(weight, generator(seed))
        return weight.detach()


def subject(case: Case) -> Subject:
    """The initializer with the first shape that it accepts. Raises Refused where it accepts none."""
    component, said = case.make(), []
    for shape in SHAPES:
        made = Subject(case, component, shape)
        try:
            made.fill()
            return made
        except REFUSALS as error:
            said.append(f"{shape}: {error}")
    raise Refused(f"it fills no weight; {'; '.join(said)}")


def the_stream_decides(s: Subject) -> None:
    """The same stream gives the same bits, whatever the weight held and whatever torch's global seed is."""
    reseed(1)
    one = s.fill(before=7.0)
    reseed(2)
    before = torch.get_rng_state()
    two = s.fill(before=-3.0)
    leaves_global_rng_alone(before, "it")
    require(same_bits(one, two), "the same stream gives other weights, or some of what the weight held stays")


def another_seed_gives_other_weights(s: Subject) -> None:
    """Another seed gives other bits, unless the weight is a pattern: two values at most, or the class's `constant`."""
    one = s.fill(0)
    pattern = len(torch.unique(one)) <= 2 or getattr(s.component, "constant", False)
    require(pattern or not same_bits(one, s.fill(1)), "two seeds give one weight: its chance does not come from `rng`")


def shape_and_dtype_stay(s: Subject) -> None:
    """Shape and dtype are kept, in float64 too, and the values are finite."""
    for dtype in (torch.float32, torch.float64):
        weight = s.fill(dtype=dtype)
        require(weight.shape == s.shape and weight.dtype == dtype, f"the weight becomes {weight.dtype} {weight.shape}")
        require(finite(weight), f"the weight is not finite in {dtype}")


def only_the_weight_changes(s: Subject) -> None:
    """A weight that is part of a larger tensor is filled inside its part."""
    whole = torch.full((3, *s.shape), 7.0)
    with torch.no_grad():
        s.component(whole[1], generator())
    require(bool((whole[0] == 7).all() and (whole[2] == 7).all()), "it writes outside the weight")
    require(same_bits(whole[1], s.fill()), "it does not fill a weight that is part of a larger tensor")


def spread_is_as_declared(s: Subject) -> None:
    """`std` and `mean` are those of the weight within 5 standard errors (a truncated one spreads less)."""
    std = getattr(s.component, "std", None)
    if not isinstance(std, float) or std <= 0 or not _plain_normal(s):
        return
    draws = torch.cat([s.fill(seed).flatten() for seed in range(8)]).double()
    error = std / len(draws) ** 0.5
    mean = getattr(s.component, "mean", 0.0)
    require(abs(float(draws.mean()) - mean) <= 5 * error, f"the mean is {float(draws.mean()):.4g}, not {mean}")
    found = float(draws.std())
    least = 0.0 if hasattr(s.component, "a") else std - 5 * error
    require(least < found <= std + 5 * error, f"the standard deviation is {found:.4g}, not {std}")


def _plain_normal(s: Subject) -> bool:
    """Whether the bounds `a` and `b`, where there are some, lie evenly around the mean, and few weights are zero."""
    low, high = getattr(s.component, "a", None), getattr(s.component, "b", None)
    even = low is None or high is None or low + high == 2 * getattr(s.component, "mean", 0.0)
    return even and float((s.fill() == 0).double().mean()) < 0.01


def gain_scales(s: Subject) -> None:
    """Twice the `gain` is twice the weight."""
    gain = getattr(s.component, "gain", None)
    if isinstance(gain, float):
        require(near(2 * s.fill(gain=gain), s.fill(gain=2 * gain), 1e-5), "twice the gain is not twice the weight")


LAWS: tuple[Callable[[Subject], None], ...] = (
    the_stream_decides, another_seed_gives_other_weights, shape_and_dtype_stay, only_the_weight_changes,
    spread_is_as_declared, gain_scales,
)  # fmt: skip
