"""The sounds that a metric listens to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from ganframe import Field
from ganframe_audio.signal.mel import MelScale

#: Steps of Griffin-Lim for figures: levels and pitch hardly change after them.
STEPS = 10


def sounds(name: str, fields: Mapping[str, Field], facts: Mapping[str, Any]) -> tuple[str, Callable[[Tensor], Tensor]]:
    """The field that is meant (the first where empty), and how its values become sounds (N, T) of one channel.

    ValueError where the data has no such field, or it holds neither sounds nor spectrograms of some.
    """
    name = name or next(iter(fields))
    if name not in fields:
        raise ValueError(f"there is no field '{name}'; fields: {', '.join(fields)}")
    if fields[name].view == "audio" and "sample_rate" in facts:
        return name, lambda values: values.detach().float().cpu().mean(1)
    if fields[name].view == "mel":
        scale = MelScale.of(facts)
        return name, lambda values: scale.sounds(values[:, 0].detach(), STEPS)
    raise ValueError(f"'{name}' holds no sounds of a known sample rate, but values shown as {fields[name].view}")
