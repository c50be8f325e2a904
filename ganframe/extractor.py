"""Layers as a frozen network that metrics read rows with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import torch
from torch import Tensor, nn

from ganframe.component import Shape, is_component, options

#: Letters of options that a protocol tells; a hash stands for more.
LONGEST = 60
#: Rows that go through the network at once.
CHUNK = 256


@attrs.frozen(eq=False)
class Extractor:
    """Turns rows (N, *shape) into what some layers make of them: (N, *outputs), float64 on the CPU, in eval mode.

    On the CPU, since some accelerators have no float64.
    """

    name: str
    network: nn.Sequential
    device: torch.device
    reads: Shape
    gives: Shape

    @classmethod
    def of(cls, layers: Any, shape: Iterable[int], device: torch.device) -> Extractor:
        """One layer component, or several of which each reads the one before. ValueError where one cannot.

        Their weights are drawn as by seed 0, and no random number of the run is used up.
        """
        parts = tuple(layers) if isinstance(layers, (tuple, list)) else (layers,)
        reads, network = Shape(shape), nn.Sequential()
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.default_generator.manual_seed(0)
            value = torch.zeros(1, *reads)
            for part in parts:
                network.append(part.build(Shape(value.shape[1:], value.dtype)).eval().requires_grad_(False))
                value = network[-1](value)
        return cls(" ".join(map(named, parts)), network.to(device), device, reads, Shape(value.shape[1:]))

    @torch.no_grad()
    def __call__(self, rows: Tensor) -> Tensor:
        """What the layers make of rows."""
        parts = [self.network(part.to(self.device).float()).cpu().double() for part in torch.split(rows, CHUNK)]
        return torch.cat(parts)

    @property
    def told(self) -> str:
        """Who it is, for a protocol: `TYPE sha256:…`, the hash of its file, or of its tensors where it has none."""
        hashes = [str(getattr(part, "fingerprint", "")) or digest(part) for part in self.network if _known(part)]
        return " ".join([self.name, *(f"sha256:{text}" for text in hashes)])

    @property
    def protocol(self) -> dict[str, str]:
        """What comes beside that: the sizes, and what its layers say of themselves (a resize filter)."""
        about = {"shape": f"{_dims(self.reads)} -> {_dims(self.gives)}"}
        for part in self.network:
            about |= getattr(part, "protocol", {})
        return about


def named(layer: Any) -> str:
    """A layer component in short: its type, and the options that are not its defaults."""
    own = {name: getattr(layer, name) for name in options(type(layer))}
    said = [f"{n} {_short(v)}" for n, v in own.items() if v != options(type(layer))[n].default]
    text = ", ".join(said)
    if len(text) > LONGEST:
        text = f"options {hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return f"{type(layer).__name__}({text})" if said else type(layer).__name__


def _short(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"[{' '.join(map(_short, value))}]"
    return value.name if isinstance(value, Path) else named(value) if is_component(value) else str(value)


def digest(module: nn.Module) -> str:
    """The SHA-256 of a module's tensors, names and values, as hexadecimal digits, the first 16."""
    total = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        total.update(name.encode())
        total.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()[:16]


def _known(part: nn.Module) -> bool:
    """Whether there is something to take a hash of."""
    return bool(getattr(part, "fingerprint", "") or part.state_dict())


def _dims(shape: Shape) -> str:
    return "x".join(map(str, shape)) or "number"
