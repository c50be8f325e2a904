"""Standing statistics: batch norm's statistics taken anew from many generated batches (arXiv:1809.11096, B.1)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from torch import nn

if TYPE_CHECKING:
    from ganframe.sample import Sampler


def duplicate(sampler: Sampler, networks: Any) -> tuple[Any, Any]:
    """Copies of the networks that call each other, and their programs: what is done to them leaves the run alone."""
    copies = {name: copy.deepcopy(network) for name, network in networks.items()}
    for network in copies.values():
        network.shared.update({name: copies[name] for name in network.shared if name in copies})
    wanted = sampler.plan.names.wanted
    return copies, {name: network.program(wanted.get(name, ())) for name, network in copies.items()}


def standing(sampler: Sampler, networks: Any, batches: int) -> tuple[Any, Any]:
    """Copies of the networks whose statistics are the mean over `batches` chunks; chunks of their own are drawn."""
    copies, _ = duplicate(sampler, networks)
    for name, network in copies.items():
        network.unbind()
        if sampler.plan.roles.owner[name] is None:
            continue
        network.train()
        for module in network.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.track_running_stats:
                module.reset_running_stats()
                module.momentum = None
    wanted = sampler.plan.names.wanted
    programs = {name: network.program(wanted.get(name, ())) for name, network in copies.items()}
    common = sampler.common(copies, programs, {})
    for k in range(batches):
        scene = sampler.scene(-1 - k, common)
        for generator, made in sampler.plan.names.made.items():
            for name in made:
                scene.fake(generator)[name]
        scene.close()
    return copies, programs
