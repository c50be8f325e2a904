"""Networks made real: modules built under the run's seed, initialized, parametrized, loaded from files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganframe import checkpoint, runfolder, seal, streams
from ganframe.errors import DiskFault, Problem, SpecError
from ganframe.network import Network, Record
from ganframe.plan import Plan
from ganframe.spec.model import NetworkSpec
from ganframe.spec.paths import absolute, missing

_PLAIN_NORMS = (
    nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.LocalResponseNorm, nn.Embedding, nn.EmbeddingBag,
)  # fmt: skip


def prepare(network: Network, seed: int) -> None:
    """Replace a network's meta modules by real ones on the CPU; each has a random stream of its own.

    Raises SpecError where an initializer or parametrization cannot take a layer's weight.
    """
    network.unbind()
    with torch.random.fork_rng(devices=[]):
        for record in network.records:
            torch.default_generator.manual_seed(streams.seed(seed, "build", network.name, record.path))
            network.place(record.path, _made(network, record, seed))
    for other in network.shared.values():
        other.unbind()


def _made(network: Network, record: Record, seed: int) -> nn.Module:
    module = record.build()
    rng = streams.generator(seed, "init", network.name, record.path)
    try:
        if record.init is not None and (record.init_is_own or not getattr(record.layer, "own_init", False)):
            initialize(module, record.init, rng, record.init_is_own)
        if record.parametrize is not None:
            module = parametrized(module, record.parametrize)
    except Exception as error:  # whatever a component raises here is the line's fault
        told = str(error).splitlines() or [type(error).__name__]
        raise SpecError([Problem(record.place, record.line, f"cannot set up the weights: {told[0]}")]) from None
    return module


def initialize(module: nn.Module, initializer: Any, rng: torch.Generator, own: bool = False) -> None:
    """Fill every parameter called weight of dimension 2 and more, and zero biases.

    Norm layers and embeddings inside keep their own values, unless the line itself asked (`own`): then every
    dimension of theirs is filled.
    """
    with torch.no_grad():
        for part in module.modules():
            if isinstance(part, _PLAIN_NORMS) and not (own and part is module):
                continue
            for name, parameter in part.named_parameters(recurse=False):
                if "weight" in name and (parameter.dim() > 1 or own):
                    initializer(parameter, rng)
                elif "bias" in name:
                    parameter.zero_()


def parametrized(module: nn.Module, parametrization: Any) -> nn.Module:
    """The module with every inner module that has a `weight` of dimension 2 and more parametrized."""
    for name, child in list(module.named_children()):
        if name != "parametrizations":
            module._modules[name] = parametrized(child, parametrization)
    weight = getattr(module, "weight", None)
    if isinstance(weight, Tensor) and weight.dim() >= 2:
        result = parametrization(module)
        return result if isinstance(result, nn.Module) else module
    return module


def load(plan: Plan) -> list[str]:
    """Load what the networks' `weights` name; one line for each says what was found (rule 9).

    Raises SpecError where a tensor has another shape and `weights_skip` does not list it, or nothing fits.
    """
    return [
        _load(spec, plan.networks[name]) for name, spec in plan.spec.networks.items() if spec.weights is not None
    ]


def _load(spec: NetworkSpec, network: Network) -> str:
    assert spec.weights is not None

    def refuse(message: str) -> SpecError:
        assert spec.weights is not None
        return SpecError([Problem(spec.weights.place, f"{spec.path}.weights", message)])

    try:
        path = absolute(spec.weights)
    except ValueError as error:
        raise refuse(str(error)) from None
    if not path.exists():
        raise refuse(missing(spec.weights))
    try:
        source, found = _tensors(path, spec.name)
    except (DiskFault, SpecError) as error:
        raise refuse(str(error.errors[0].message) if isinstance(error, SpecError) else str(error)) from None
    own = network.state_dict()
    skip = set(spec.weights_skip)
    if not own.keys() & found.keys():
        found = {f"{_only_line(network)}{name}": value for name, value in found.items()}
    fits = {name: value for name, value in found.items() if name in own and name not in skip}
    for name, value in fits.items():
        if value.shape != own[name].shape:
            there, here = tuple(value.shape), tuple(own[name].shape)
            raise refuse(f"'{name}' is {there} in {source}, here {here}; list it in `weights_skip` to leave it out")
    if not fits:
        raise refuse(f"nothing in {source} has the name of a tensor of '{spec.name}'")
    network.load_state_dict({**own, **fits})
    new = [name for name in own if name not in fits]
    unused = [name for name in found if name not in fits]
    return f"{spec.name}: loaded {len(fits)} of {len(own)} from {source}; new: {_few(new)}; unused: {_few(unused)}"


def _only_line(network: Network) -> str:
    """The prefix of the one line that has tensors, under which a file with that module's bare names fits, or ''."""
    lines = {record.path for record in network.records if any(True for _ in network.find(record.path).parameters())}
    return f"{lines.pop()}." if len(lines) == 1 else ""


def _few(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "") if names else "none"


def _tensors(path: Path, name: str) -> tuple[str, Mapping[str, Tensor]]:
    """The tensors for a network in a run or a file, by their names inside the network, and where they come from."""
    if path.is_file():
        from safetensors import SafetensorError
        from safetensors.torch import load

        try:
            tensors: Mapping[str, Tensor] = load(path.read_bytes())
        except SafetensorError as error:
            raise SpecError(f"{path} is no safetensors file: {error}") from None
        source = str(path)
    else:
        run = runfolder.newest_run(path)
        newest = checkpoint.newest(run / "checkpoints")
        if newest is None:
            raise SpecError(f"{run} has no valid checkpoint")
        tensors, _ = seal.read(newest / checkpoint.MODEL)
        source = str(newest)
    for prefix in (f"{name}_ema.", f"{name}."):
        inside = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
        if inside:
            return f"{source} ({prefix[:-1]})", inside
    return source, tensors
