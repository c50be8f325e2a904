"""What is made larger, and what each size costs: specs of a size, trained or only understood."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

from ganframe import device
from ganframe.model import Model
from ganframe.plan import Plan, plan
from ganframe.registry import Registry, discover
from ganframe.spec.read import read
from ganframe.trainer import Trainer

#: Processor seconds that a block of steps takes at least.
BLOCK = 0.05


@attrs.frozen
class Case:
    """`costs` gives, for a size and an empty folder, one cost after another; `usual` is the arithmetic's own power."""

    name: str
    unit: str
    usual: float
    sizes: tuple[int, ...]
    costs: Callable[[int, Path], Iterator[float]]


def spec(*, batch: int = 64, width: int = 64, depth: int = 2, losses: int = 1, data: str = "", out: int = 2) -> str:
    """Two plain networks of `depth` hidden layers of `width` units, and so many losses of the same kind."""
    layers = f'{{ type = "Linear", out_features = {width} }}, "ReLU", ' * depth
    more = "".join(f'[losses.more{i}]\ntype = "NonSaturating"\nweight = 1e-3\n' for i in range(losses - 1))
    data = data or 'type = "GaussianMixture"\ndims = 2'
    ends = {"generator": ("z", out), "discriminator": ("x", 1)}
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


def planned(folder: Path, text: str, registry: Registry) -> Plan:
    """The plan of a spec given as text."""
    path = folder / "grown.toml"
    path.write_text(text, encoding="utf-8")
    return plan(read(path), registry)


def steps(made: Plan) -> Iterator[float]:
    """Milliseconds of processor time a step, block after block, for ever; the first step is not counted."""
    trainer = Trainer(Model(made, device.choose(made.parts.device)))
    trainer.step(0)
    step = 1
    while True:
        began, first = time.process_time(), step
        while time.process_time() - began < BLOCK or step == first:
            trainer.step(step)
            step += 1
        yield 1000 * (time.process_time() - began) / (step - first)


def cases() -> tuple[Case, ...]:
    """Everything that can be measured in one process."""
    registry = discover()

    def training(name: str, **fixed: int) -> Callable[[int, Path], Iterator[float]]:
        return lambda size, folder: steps(planned(folder, spec(**{**fixed, name: size}), registry))

    def understood(name: str, built: bool) -> Callable[[int, Path], Iterator[float]]:
        def costs(size: int, folder: Path) -> Iterator[float]:
            (folder / "grown.toml").write_text(spec(**{name: size}), encoding="utf-8")
            while True:
                began = time.process_time()
                found = read(folder / "grown.toml")
                if built:
                    Model(made := plan(found, registry), device.choose(made.parts.device))
                yield 1000 * (time.process_time() - began)

        return costs

    wide = {"width": 256}
    return (
        Case("batch: a step", "ms", 1, (16, 64, 256, 1024, 4096), training("batch", **wide)),
        Case("width: a step", "ms", 2, (64, 128, 256, 512, 1024, 2048), training("width")),
        Case("depth: a step", "ms", 1, (2, 4, 8, 16, 32, 64), training("depth")),
        Case("losses: a step", "ms", 1, (1, 4, 16, 64, 256), training("losses")),
        Case("layers: plan and build", "ms", 1, (4, 16, 64, 256, 512), understood("depth", True)),
        Case("losses: plan and build", "ms", 1, (1, 16, 64, 256, 512), understood("losses", True)),
        Case("tables in the spec: read", "ms", 1, (10, 100, 400, 1600, 3200), understood("losses", False)),
    )
