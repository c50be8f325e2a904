"""What happens if a piece of state were forgotten: the trials must notice each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


def _tree(change: Callable[[dict[str, Any], dict[str, torch.Tensor]], None]) -> Callable[[], None]:
    """Patch this process so that every checkpoint is changed after it was read."""

    def patch() -> None:
        from ganframe import checkpoint

        whole = checkpoint.load

        def load(path: Any) -> checkpoint.Loaded:
            loaded = whole(path)
            change(loaded.state, loaded.model)
            return loaded

        checkpoint.load = load

    return patch


def _average(state: dict[str, Any], model: dict[str, torch.Tensor]) -> None:
    for name in model:
        if name.startswith("generator_ema."):
            model[name] = model[name.replace("_ema", "")].clone()


def _moments(state: dict[str, Any], model: dict[str, torch.Tensor]) -> None:
    for owner in state["owners"].values():
        for entries in owner["optimizer"]["state"].values():
            entries.update({k: torch.zeros_like(v) for k, v in entries.items() if isinstance(v, torch.Tensor)})


def _losses(state: dict[str, Any], model: dict[str, torch.Tensor]) -> None:
    for kept in state["losses"].values():
        kept.update({name: torch.zeros_like(value) for name, value in kept.items()})


def _augmentation(state: dict[str, Any], model: dict[str, torch.Tensor]) -> None:
    for states in state["augmentations"].values():
        for kept in states:
            kept.update({name: torch.zeros_like(value) for name, value in kept.items()})


def _position(state: dict[str, Any], model: dict[str, torch.Tensor]) -> None:
    state["position"] += 1


def _statistics(state: dict[str, Any], model: dict[str, torch.Tensor]) -> None:
    for name in model:
        if name.endswith("running_mean"):
            model[name] = torch.zeros_like(model[name])


#: A name for each piece of state, and how a process forgets it.
OMISSIONS: dict[str, Callable[[], None]] = {
    "average": _tree(_average),
    "moments": _tree(_moments),
    "losses": _tree(_losses),
    "augmentation": _tree(_augmentation),
    "position": _tree(_position),
    "statistics": _tree(_statistics),
}
