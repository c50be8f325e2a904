"""What a plan would cost, read off the meta device: memory and arithmetic, before anything is allocated."""

from __future__ import annotations

import attrs
import torch
from torch.utils.flop_counter import FlopCounterMode

from ganframe.errors import Problem, SpecError
from ganframe.plan import Plan

#: Copies of a trained parameter: itself, its gradient and two moments.
_TRAINED = 4
_FLOAT = 4


@attrs.frozen
class Cost:
    """Bytes of parameters with what trains them, bytes of a step's activations."""

    parameters: int
    activations: int

    @property
    def memory(self) -> int:
        """Estimated peak memory in bytes."""
        return self.parameters + self.activations


def cost(plan: Plan) -> Cost:
    """The memory of a training step: a discriminator holds a pass over real and one over fake rows."""
    parameters = activations = 0
    accumulate = plan.parts.phases[0].options.accumulate
    for name in plan.networks:
        copies = _TRAINED if plan.roles.owner[name] is not None else 1
        copies += plan.parts.training[name].ema is not None
        parameters += _FLOAT * plan.parameters(name) * copies
        passes = 2 if name in plan.roles.discriminators else 1
        activations += passes * sum(t.numel() * t.element_size() for t in plan.metas[name].values())
    return Cost(parameters, activations // accumulate)


def flops(plan: Plan, network: str) -> int:
    """Floating-point operations of one row's forward pass (a multiply-add counts as two)."""
    built = plan.networks[network]
    inputs = [plan.metas[network][name] for name in built.placeholders]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        built(*inputs)
    return int(counter.get_total_flops()) // len(inputs[0])


def check(plan: Plan, limit: int) -> Cost:
    """Refuse a plan that cannot fit: SpecError at the network that asks for most."""
    found = cost(plan)
    if found.memory > limit:
        sizes = {n: sum(t.numel() * t.element_size() for t in plan.metas[n].values()) + 4 * plan.parameters(n) for n in plan.networks}
        largest = plan.spec.networks[max(sizes, key=lambda n: sizes[n])]
        told = f"training would take about {human(found.memory)} of memory; there is {human(limit)}"
        raise SpecError([Problem(largest.node.place, largest.path, f"{told}; try a smaller batch or network")])
    return found


def human(size: int) -> str:
    """Bytes for people."""
    amount, units = float(size), ["B", "kB", "MB", "GB", "TB", "PB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.3g} {units[0]}" if len(units) > 1 else f"{amount:,.0f} {units[0]}"
