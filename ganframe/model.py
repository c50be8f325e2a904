"""The networks of a plan on a device, with their averaged twins: what samples, and what a checkpoint's model holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs
import torch
from torch import Tensor, nn

from ganframe import weights
from ganframe.augment import Augmenter
from ganframe.average import Average, rewire
from ganframe.device import Device, wants_channels_last
from ganframe.errors import SpecError
from ganframe.network import Network, Program
from ganframe.plan import Plan
from ganframe.syncnorm import synchronize


class Model:
    """Networks built, initialized, loaded and moved; frozen ones in eval mode. `twins` are called `NAME_ema`."""

    def __init__(self, plan: Plan, device: Device, *, load: bool = True) -> None:
        self.plan = plan
        self.device = device
        self.networks: dict[str, Network] = plan.networks
        for network in self.networks.values():
            weights.prepare(network, plan.parts.run.seed)
        self.notices = weights.load(plan) if load else []
        for network in self.networks.values():
            network.unbind()
        self._settle()
        wanted = plan.names.wanted
        self.programs = {name: self._program(net, wanted.get(name, ())) for name, net in self.networks.items()}
        self.augmenters = {
            name: Augmenter(training.augment, device.torch_device)
            for name, training in plan.parts.training.items() if training.augment
        }  # fmt: skip
        self.averages = self._averages()
        self.twins = rewire(self.averages)
        twins = {name: average.twin for name, average in self.averages.items()}
        self.twin_programs = {name: twin.program(wanted.get(name, ())) for name, twin in twins.items()}

    def everything(self) -> dict[str, Network]:
        """Networks and twins by the names they have in a checkpoint."""
        return {**self.networks, **self.twins}

    def sampling(self, ema: bool) -> tuple[dict[str, Network], dict[str, Program]]:
        """The networks that samples come from, twins where there are any, under the networks' names."""
        if not ema:
            return self.networks, self.programs
        twins = {name: average.twin for name, average in self.averages.items()}
        return {**self.networks, **twins}, {**self.programs, **self.twin_programs}

    def tensors(self) -> dict[str, Tensor]:
        """Plain tensors by name: `generator.…`, `generator_ema.…`, as `model.safetensors` holds them."""
        return {f"{n}.{key}": value for n, net in self.everything().items() for key, value in net.state_dict().items()}

    def hidden(self) -> dict[str, Tensor]:
        """Buffers that `state_dict` leaves out but a resumed run needs."""
        found = {}
        for name, network in self.everything().items():
            kept = network.state_dict().keys()
            found.update({f"{name}.{key}": value for key, value in network.named_buffers() if key not in kept})
        return found

    def load(self, tensors: Mapping[str, Tensor], hidden: Mapping[str, Tensor] | None = None) -> None:
        """Put a checkpoint's tensors in place. Raises SpecError where they are not this spec's."""
        for name, network in self.everything().items():
            own = {k.removeprefix(f"{name}."): v for k, v in tensors.items() if k.startswith(f"{name}.")}
            try:
                network.load_state_dict(own)
            except RuntimeError as error:
                told = str(error).strip().splitlines()[-1].strip()
                raise SpecError(f"the checkpoint is not of this spec: network '{name}': {told}") from None
        buffers = self.hidden()
        for key, value in (hidden or {}).items():
            if key in buffers:
                buffers[key].copy_(value)

    def _program(self, network: Network, wanted: tuple[str, ...]) -> Program:
        """A network's program, compiled where the spec asks for it and nothing differentiates the network twice."""
        program = network.program(wanted)
        if not self.device.options.compile or network.name in twice_differentiated(self.plan):
            return program
        pieces = {id(p): attrs.evolve(p, call=self.device.compile(p.call)) for p in program.pieces}
        route = {name: tuple(pieces[id(p)] for p in parts) for name, parts in program.route.items()}
        return Program(tuple(pieces.values()), route)

    def _settle(self) -> None:
        option = self.device.options.channels_last
        for name, network in self.networks.items():
            if self.plan.roles.owner[name] is None:
                network.eval().requires_grad_(False)
            if wants_channels_last(network, option):
                network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            network.to(self.device.torch_device)
            if self.device.options.sync_batch_norm and self.device.group.size > 1:
                synchronize(network, self.device.group)

    def _averages(self) -> dict[str, Average]:
        found = {}
        for name, network in self.networks.items():
            decay = self.plan.decay(name)
            if decay is not None:
                found[name] = Average(network, decay)
        return found


def twice_differentiated(plan: Plan) -> set[str]:
    """Networks through which some loss takes a gradient of a gradient: `torch.compile` cannot do that.

    A loss says so by `differentiates` (then it is the pair's discriminator), or by `double_backward`, the sides.
    """
    found: set[str] = set()
    for stretch in plan.parts.phases:
        for term in plan.terms(stretch):
            sides = getattr(term.component, "double_backward", ())
            pair = {"discriminator": term.discriminator, "generator": term.generator}
            sides = (*sides, "discriminator") if term.marks else sides
            found |= {name for side, name in pair.items() if name and side in sides}
    return found | {other for name in found for other in plan.networks[name].shared}


def modes(networks: Mapping[str, nn.Module]) -> Iterator[tuple[nn.Module, bool]]:
    """Every module with its train or eval mode, to be put back later."""
    for network in networks.values():
        for module in network.modules():
            yield module, module.training
