"""Networks asked what they make of given latents, with gradients to these: for directions and projection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from ganframe.network import Network
from ganframe.patch import Patched

if TYPE_CHECKING:
    from ganframe.sample import Common, Sampler
    from ganframe.scene import Scene


@contextmanager
def probing(sampler: Sampler, given: Mapping[str, Tensor]) -> Iterator[Common]:
    """What scenes are made of, with frozen weights and every module called as it is, so that hooks see it."""
    with sampler.networks() as (networks, _), frozen(networks.values()):
        programs: dict[str, Any] = {name: Patched(network) for name, network in networks.items()}
        with torch.no_grad():
            common = sampler.common(networks, programs, given)
        yield common


@contextmanager
def frozen(networks: Any) -> Iterator[None]:
    """No gradient to any weight."""
    trained = [p for network in networks for p in network.parameters() if p.requires_grad]
    for parameter in trained:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)


def scene(sampler: Sampler, common: Common, rows: Mapping[str, Tensor], chunk: int = 0) -> Scene:
    """The batches of a chunk, with these rows for latents, fields and inner wires over what is given.

    Fewer rows than the chunk has begin again.
    """
    at = torch.arange(sampler.size)
    whole = {name: value[at % len(value)] for name, value in rows.items()}
    return sampler.scene(chunk, attrs.evolve(common, given={**common.given, **whole}))


def weighted(module: nn.Module) -> bool:
    """Whether a module has a weight of two axes or more of its own."""
    weight = getattr(module, "weight", None)
    return isinstance(weight, Tensor) and weight.dim() > 1


class Listener:
    """Outputs of the modules with weights, in the order of their calls, as (N, features).

    With `first` only those that a gradient reaches before any other: their outputs are cut off for what comes after.
    """

    def __init__(self, networks: Mapping[str, Network], *, first: bool) -> None:
        self.heard: list[Tensor] = []
        self._first = first
        self._networks = list(networks.values())
        modules = {id(m): m for network in networks.values() for m in network.modules() if weighted(m)}
        self._handles = [module.register_forward_hook(self._hear) for module in modules.values()]

    def __enter__(self) -> Listener:
        for network in self._networks:
            network.unbind()  # code that was compiled before calls no module
        return self

    def __exit__(self, *error: object) -> None:
        for handle in self._handles:
            handle.remove()
        for network in self._networks:
            network.unbind()

    def _hear(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Any:
        value = output[0] if isinstance(output, tuple) else output
        if self._first and not value.requires_grad:
            return None
        self.heard.append(value.flatten(1))
        return tree_map(lambda v: v.detach() if isinstance(v, Tensor) else v, output) if self._first else None
