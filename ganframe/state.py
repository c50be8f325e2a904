"""State trees as tensors plus JSON, exactly: what comes back is equal bit for bit, and nothing is pickled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch

from ganframe.errors import SpecError

#: Options of an optimizer that say how a step is computed, not what: these stay as the optimizer was built.
IMPLEMENTATION = frozenset({"params", "foreach", "fused", "capturable", "differentiable"})


def encode(tree: Any) -> tuple[dict[str, torch.Tensor], Any]:
    """The tensors of a tree by name, and its skeleton as JSON data.

    A tree is made of dicts (with any plain keys; subclasses come back as dict, but for Counter), lists, tuples,
    tensors, int, float, str, bool and None. Anything else is a TypeError that names the place.
    """
    tensors: dict[str, torch.Tensor] = {}
    return tensors, _encode(tree, "", tensors)


def decode(tensors: Mapping[str, torch.Tensor], skeleton: Any) -> Any:
    """The tree that `encode` was given."""
    if isinstance(skeleton, list):
        return [decode(tensors, entry) for entry in skeleton]
    if not isinstance(skeleton, dict):
        return skeleton
    tag = next(iter(skeleton), "")
    if not tag.startswith("$"):
        return {key: decode(tensors, value) for key, value in skeleton.items()}
    return _DECODERS[tag](tensors, skeleton[tag])


def optimizer_state(optimizer: torch.optim.Optimizer, names: Sequence[str]) -> dict[str, Any]:
    """The state of an optimizer by parameter name; `names` are those of its parameters, group by group."""
    whole = optimizer.state_dict()
    if extra := sorted(whole.keys() - {"state", "param_groups"}):
        raise TypeError(f"{type(optimizer).__name__} keeps {', '.join(extra)} outside its parameters' state")
    groups = [
        {**group, "params": [names[index] for index in group["params"]]} for group in whole["param_groups"]
    ]  # fmt: skip
    kinds = {
        name: [list(parameter.shape), str(parameter.dtype)]
        for name, parameter in zip(names, _parameters(optimizer), strict=True)
    }
    return {"parameters": kinds, "groups": groups, "state": {names[i]: kept for i, kept in whole["state"].items()}}


def load_optimizer(optimizer: torch.optim.Optimizer, names: Sequence[str], saved: Mapping[str, Any]) -> None:
    """Put a saved state back, after checking every parameter's name, shape and dtype; nothing is cast.

    Moments take the memory layout of their parameter, as fused kernels walk both together: bring the networks into
    their memory format first. Groups are changed in place; call it after the schedulers are built.
    """
    parameters = dict(zip(names, _parameters(optimizer), strict=True))
    _compare(parameters, optimizer.param_groups, saved)
    of_name = iter(names)
    for group, kept in zip(optimizer.param_groups, saved["groups"], strict=True):
        group.update({key: value for key, value in kept.items() if key not in IMPLEMENTATION})
        for parameter in group["params"]:
            entries = saved["state"].get(next(of_name))
            optimizer.state.pop(parameter, None)
            if entries is not None:
                optimizer.state[parameter] = {
                    key: _place(value, parameter, on_cpu=key == "step" and not _on_device(group))
                    for key, value in entries.items()
                }


def _encode(value: Any, path: str, tensors: dict[str, torch.Tensor]) -> Any:
    if value is None or type(value) in (bool, str):
        return value
    if type(value) is int:
        return value if -(2**63) <= value < 2**63 else {"$i": hex(value)}
    if type(value) is float:
        return {"$f": value.hex()}
    if isinstance(value, torch.Tensor):
        return {"$t": _keep(value, path, tensors)}
    if type(value) is list:
        return [_encode(entry, f"{path}/{i}", tensors) for i, entry in enumerate(value)]
    if type(value) is tuple:
        return {"$tu": [_encode(entry, f"{path}/{i}", tensors) for i, entry in enumerate(value)]}
    if isinstance(value, dict):
        return _encode_dict(value, path, tensors)
    raise TypeError(f"state{path}: {type(value).__module__}.{type(value).__qualname__} cannot be stored")


def _encode_dict(value: dict[Any, Any], path: str, tensors: dict[str, torch.Tensor]) -> Any:
    """A JSON object where that keeps the order (the file sorts keys) and confuses nobody, else pairs."""
    keys = list(value)
    plain = all(type(key) is str and not key.startswith("$") for key in keys) and keys == sorted(keys)
    if plain and not isinstance(value, Counter):
        return {key: _encode(entry, f"{path}/{key}", tensors) for key, entry in value.items()}
    pairs = []
    for key, entry in value.items():
        if isinstance(key, torch.Tensor):
            raise TypeError(f"state{path}: a tensor cannot be stored as a key")
        pairs.append([_encode(key, f"{path} (a key)", tensors), _encode(entry, f"{path}/{key}", tensors)])
    return {"$c" if isinstance(value, Counter) else "$d": pairs}


def _keep(tensor: torch.Tensor, path: str, tensors: dict[str, torch.Tensor]) -> str:
    name = path.removeprefix("/") or "tensor"
    while name in tensors or name == "__metadata__":
        name += "'"
    tensors[name] = tensor
    return name


def _decode_pairs(tensors: Mapping[str, torch.Tensor], pairs: Any) -> dict[Any, Any]:
    return {decode(tensors, key): decode(tensors, value) for key, value in pairs}


_DECODERS: dict[str, Callable[[Mapping[str, torch.Tensor], Any], Any]] = {
    "$t": lambda tensors, name: tensors[name],
    "$f": lambda tensors, text: float.fromhex(text),
    "$i": lambda tensors, text: int(text, 16),
    "$tu": lambda tensors, entries: tuple(decode(tensors, entry) for entry in entries),
    "$d": _decode_pairs,
    "$c": lambda tensors, pairs: Counter(_decode_pairs(tensors, pairs)),
}


def _parameters(optimizer: torch.optim.Optimizer) -> Iterator[torch.Tensor]:
    return (parameter for group in optimizer.param_groups for parameter in group["params"])


def _compare(
    parameters: Mapping[str, torch.Tensor], groups: Sequence[Mapping[str, Any]], saved: Mapping[str, Any]
) -> None:
    """Raise SpecError, with one line for each parameter, where a saved optimizer is not this one."""
    known = saved["parameters"]
    faults = [f"'{name}' is new" for name in parameters if name not in known]
    faults += [f"'{name}' is gone" for name in known if name not in parameters]
    for name, parameter in parameters.items():
        here = [list(parameter.shape), str(parameter.dtype)]
        if name in known and list(known[name]) != here:
            faults.append(f"'{name}' is {here[0]} {here[1]}, was {known[name][0]} {known[name][1]}")
    if not faults and [len(group["params"]) for group in groups] != [len(kept["params"]) for kept in saved["groups"]]:
        faults = ["its groups are others"]
    if not faults and list(parameters) != [name for kept in saved["groups"] for name in kept["params"]]:
        faults = ["its parameters are in another order"]
    if faults:
        more = f" and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise SpecError(f"the saved optimizer does not fit: {'; '.join(faults[:5])}{more}")


def _on_device(group: Mapping[str, Any]) -> bool:
    return bool(group.get("fused") or group.get("capturable"))


def _place(value: Any, parameter: torch.Tensor, *, on_cpu: bool) -> Any:
    """A copy of a state's tensors beside its parameter: same bits and dtype, the parameter's device and layout."""
    if isinstance(value, torch.Tensor):
        device = torch.device("cpu") if on_cpu else parameter.device
        if value.shape == parameter.shape:
            return torch.empty_like(parameter, dtype=value.dtype, device=device, requires_grad=False).copy_(value)
        return value.to(device, copy=True)
    if isinstance(value, list | tuple):
        return type(value)(_place(entry, parameter, on_cpu=on_cpu) for entry in value)
    if isinstance(value, dict):
        return {key: _place(entry, parameter, on_cpu=on_cpu) for key, entry in value.items()}
    return value
