"""What is made larger: specs and folders of a size, and what each costs, in processor time or bytes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from ganframe import api, device
from ganframe.model import Model
from ganframe.plan import plan
from ganframe.registry import Registry, discover
from ganframe.spec.read import read
from ganframe.trainer import Trainer

#: Rows of a mapped array: 3 x 16 x 16 bytes each.
_PICTURE = (3, 16, 16)


@attrs.frozen
class Case:
    """`cost` takes a size and an empty folder; `repeats` of it are taken, and their median kept."""

    name: str
    unit: str
    usual: float
    sizes: tuple[int, ...]
    cost: Callable[[int, Path], Iterator[float]]


def spec(*, batch: int = 64, width: int = 64, depth: int = 2, losses: int = 1, data: str = "") -> str:
    """Two plain networks of `depth` hidden layers of `width` units, and so many losses of the same kind."""
    layers = f'{{ type = "Linear", out_features = {width} }}, "ReLU", ' * depth
    more = "".join(f'[losses.more{i}]\ntype = "NonSaturating"\nweight = 1e-3\n' for i in range(losses - 1))
    data = data or 'type = "GaussianMixture"\ndims = 2'
    ends = {"generator": ("z", "$data.length" if "Arrays" in data else "2"), "discriminator": ("x", "1")}
    networks = "".join(
        f'[networks.{name}]\ninputs = ["{entry}"]\noptimizer = {{ type = "Adam", lr = 2e-4 }}\n'
        f'layers = [{layers}{{ type = "Linear", out_features = {end} }}]\n'
        for name, (entry, end) in ends.items()
    )
    return (
        f"format = 1\n[run]\nsteps = 1000\nbatch_size = {batch}\n[device]\ntype = \"cpu\"\nthreads = 1\n"
        f"[data]\n{data}\n[latents.z]\ntype = \"Normal\"\nsize = 16\n{networks}"
        f'[losses.adversarial]\ntype = "NonSaturating"\n{more}'
    )
