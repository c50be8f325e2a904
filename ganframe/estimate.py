"""What a spec would cost, from its networks on the meta device: nothing is allocated."""

from __future__ import annotations

import math
from collections.abc import Mapping

import attrs
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from ganframe.errors import Problem, SpecError
from ganframe.network import Network
from ganframe.parts import Stretch, dtype
from ganframe.plan import Plan
from ganframe.terms import SIDES


@attrs.frozen
class Memory:
    """Bytes of a run's tensors at their peak: weights and twins, gradients, optimizer state, one turn's activations."""

    weights: int
    gradients: int
    optimizers: int
    activations: int

    @property
    def total(self) -> int:
        """All of them together."""
        return self.weights + self.gradients + self.optimizers + self.activations


def flops(plan: Plan, network: str) -> int:
    """Floating-point operations of one row's forward pass (a multiply-add counts as two)."""
    built, metas = plan.networks[network], plan.metas[network]
    inputs = [metas[name] for name in built.placeholders]
    with FlopCounterMode(display=False) as counter:
        built(*inputs)
    return int(counter.get_total_flops() // len(inputs[0]))


def memory(plan: Plan, accumulate: int | None = None) -> Memory:
    """About how much memory training takes: measured on a CPU, three specs' peaks lay from 4 % below to 20 % above it.

    Counts two moments of Adam's kind for every trained weight, every node's output as kept until the backward pass,
    and a third as much again for what that pass makes. `accumulate` splits the batch in as many parts as it says,
    instead of as many as the spec does.
    """
    trained = {n for stretch in plan.parts.phases for names in plan.trained(stretch).values() for n in names}
    sizes = {name: _weights(network) for name, network in plan.networks.items()}
    grown = sum(size for name, size in sizes.items() if name in trained)
    twins = sum(size for name, size in sizes.items() if plan.decay(name) is not None)
    kept = max(_activations(plan, side, accumulate) for side in SIDES)
    batch = max(stretch.options.batch_size for stretch in plan.parts.phases) * _row(plan)
    return Memory(sum(sizes.values()) + twins, grown, 2 * grown, kept * 4 // 3 + batch)


def fit(plan: Plan, limit: int) -> int | None:
    """The fewest parts that the batch must be split into (`run.accumulate`) to train in `limit` bytes.

    None where no number of parts is enough.
    """
    common = math.gcd(*(stretch.options.batch_size for stretch in plan.parts.phases))
    small = [n for n in range(1, math.isqrt(common) + 1) if common % n == 0]
    parts = sorted({*small, *(common // n for n in small)})
    return next((n for n in parts if memory(plan, n).total <= limit), None)


def _activations(plan: Plan, side: str, accumulate: int | None) -> int:
    """Bytes kept for the backward pass of one turn of a side: discriminators see two batches, all others one.

    In the discriminators' turn a generator keeps nothing but its two largest tensors at once. A loss that
    differentiates by an input keeps the discriminators' activations a second time.
    """
    def rows(stretch: Stretch) -> int:
        return stretch.options.batch_size // (accumulate or stretch.options.accumulate)

    largest = max(plan.parts.phases, key=rows)
    share = rows(largest) / plan.parts.phases[0].options.batch_size
    twice = 2 if any(term.marks for term in plan.terms(largest) if term.side == side) else 1
    kept = 0
    for name in plan.networks:
        outputs = sorted(_outputs(plan.metas[name]))
        if name in plan.roles.discriminators:
            kept += 2 * twice * sum(outputs)
        elif side == "discriminator" and plan.roles.side(name) != side:
            kept += sum(outputs[-2:])
        else:
            kept += sum(outputs)
    return round(kept * share)


def _row(plan: Plan) -> int:
    """Bytes of one row of the real batch: the whole batch is loaded before it is split into parts."""
    return sum(math.prod(field.shape) * dtype(field).itemsize for field in plan.parts.fields.values())


def _outputs(metas: Mapping[str, Tensor]) -> list[int]:
    return [value.numel() * value.element_size() for value in metas.values()]


def _weights(network: Network) -> int:
    return sum(row.parameters for row in network.rows) * 4


def check(plan: Plan, limit: int) -> None:
    """Refuse a plan that cannot fit into `limit` bytes: SpecError at the network that asks for most."""
    total = memory(plan).total
    if total > limit:
        sizes = {name: _weights(network) + sum(_outputs(plan.metas[name])) for name, network in plan.networks.items()}
        largest = plan.spec.networks[max(sizes, key=lambda name: sizes[name])]
        told = f"training would take about {total / 1e9:,.1f} GB of memory; there is {limit / 1e9:,.1f} GB"
        parts = fit(plan, limit)
        helps = "a smaller network is needed" if parts is None else f"run.accumulate = {parts} would fit"
        raise SpecError([Problem(largest.node.place, largest.path, f"{told}: {helps}")])
