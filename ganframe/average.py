"""The exponential moving average of a network's weights: parameters averaged, buffers copied."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ganframe.network import Network
from ganframe.now import Now

_Places = list[tuple[dict[str, Any], str]]


class Average:
    """A network's averaged twin, and how it moves: once a step, after the last generator turn."""

    def __init__(self, network: Network, decay: Any) -> None:
        self.twin = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay
        self._from: list[Tensor] = [p.detach() for p in network.parameters()]
        self._to: list[Tensor] = list(self.twin.parameters())
        self._buffers: tuple[_Places, _Places] = (_places(self.twin), _places(network))

    @torch.no_grad()
    def move(self, now: Now) -> None:
        """twin <- decay * twin + (1 - decay) * network."""
        torch._foreach_lerp_(self._to, self._from, 1.0 - now(self.decay))
        if self._buffers[0]:
            twin, live = ([held[name] for held, name in places] for places in self._buffers)
            torch._foreach_copy_(twin, live)


def _places(network: Network) -> _Places:
    """Where the buffers are, not which: a module may put a new tensor in the old one's place."""
    return [(m._buffers, name) for m in network.modules() for name, held in m._buffers.items() if held is not None]


def rewire(averages: Mapping[str, Average]) -> dict[str, Network]:
    """The twins under `NAME_ema`; a network that a twin calls by name is its own twin where there is one."""
    for average in averages.values():
        shared = average.twin.shared
        for name in list(shared):
            if name in averages:
                shared[name] = averages[name].twin
        average.twin.unbind()
    return {f"{name}_ema": average.twin for name, average in averages.items()}
