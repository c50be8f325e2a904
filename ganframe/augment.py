"""A network's augmentations as one function, with the state of adaptive ones."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor

from ganframe.batch import Batch
from ganframe.now import Now


class Augmenter:
    """Applies augmentations in order; `states` is theirs, saved by the engine."""

    def __init__(self, components: tuple[Any, ...], device: torch.device) -> None:
        self.components = components
        self.states: list[dict[str, Tensor]] = [
            {k: v.to(device) for k, v in c.state().items()} if hasattr(c, "state") else {} for c in components
        ]
        self._keeps = [len(inspect.signature(c).parameters) > 2 for c in components]

    def __call__(self, x: Tensor, now: Now) -> Tensor:
        for component, state, keeps in zip(self.components, self.states, self._keeps, strict=True):
            x = component(x, now, state) if keeps else component(x, now)
        return x

    def adapt(self, real: Batch, network: str, now: Now) -> None:
        """Show the real logits to the adaptive ones, if they were computed in this turn."""
        for component, state in zip(self.components, self.states, strict=True):
            if hasattr(component, "update"):
                logits = real.held.get(network)
                if logits is not None:
                    component.update(state, logits.detach(), now)
