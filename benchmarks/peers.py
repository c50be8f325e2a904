"""Other people's libraries on the tutorial's MLPs (W1): each library's own loop, with the losses of ganframe's step.

They are no dependency of ganframe: what cannot be imported is not run, and said to be so. Their imports of torchvision,
skimage, TensorFlow and tensorboard, of which no training step makes use, are answered by empty modules.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import itertools
import os
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from benchmarks.gate import Gate

#: The package whose presence says that a peer can be run, and the pip requirement.
PACKAGES = {
    "fabric": ("lightning_fabric", "lightning-fabric"), "mimicry": ("torch_mimicry", "torch-mimicry==0.1.16"),
    "torchgan": ("torchgan", "torchgan==0.1.0"),
}  # fmt: skip
_STUBBED = ("torchvision", "skimage", "tensorboardX", "torch.utils.tensorboard")
_UNUSED = ("torch_mimicry.metrics", "torch_mimicry.datasets")
ADAM = {"lr": 2e-4, "betas": (0.5, 0.999)}


def missing(name: str) -> str:
    """What to install for a peer to run; empty where it is there."""
    package, requirement = PACKAGES[name]
    return "" if importlib.util.find_spec(package) else f"pip install --no-deps {requirement}"


def compete(name: str, folder: Path, gate: Gate) -> None:
    """Train with the library until the gate says that it is enough."""
    import torch

    from benchmarks.hand.start import Start

    sys.meta_path.insert(0, _Stubs())
    torch.set_num_threads(1)
    torch.manual_seed(0)
    start = Start(folder / "start.safetensors")
    os.chdir(folder)  # they write logs and checkpoints
    _PEERS[name](start, gate)


class _Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Modules that can be imported and hold anything."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname.startswith(tuple(f"{one}." for one in (*_STUBBED, *_UNUSED))) or fullname in (*_STUBBED, *_UNUSED):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        made = types.ModuleType(spec.name)
        made.__getattr__ = lambda name: MagicMock(name=name)  # type: ignore[method-assign]
        return made

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class _Enough(Exception):
    """Ends a library's loop."""


class Loader:
    """Endless batches, each row once an epoch; the gate is passed where the loop comes back for the next."""

    def __init__(self, start: Any, gate: Gate, losses: Callable[[], dict[str, Any]], label: bool = False) -> None:
        import torch
        from torch.utils.data import DataLoader, TensorDataset

        tensors = [start.x, torch.zeros(len(start.x))][: 1 + label]
        self.loader = DataLoader(TensorDataset(*tensors), batch_size=start.rows, shuffle=True, drop_last=True)
        self.batch_size = start.rows
        self.recorded = [[real, *(torch.zeros(start.rows),) * label] for real in start.series("real")]
        self.label, self.gate, self.losses = label, gate, losses

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Any]:
        epochs = itertools.chain.from_iterable(iter(self.loader) for _ in itertools.count())
        for n, batch in enumerate(itertools.chain(self.recorded, epochs)):
            if self.gate.passed(self.losses) if n else self.gate.wait():
                raise _Enough
            yield batch if self.label else batch[0]


class _Draws:
    """Stands for `torch.randn` while ganframe's first noise lasts: twice each, the players of W1 share it."""

    def __init__(self, noises: Sequence[Any]) -> None:
        import torch

        self.plain, self.left = torch.randn, [noise for noise in noises for _ in range(2)]
        torch.randn = self

    def __call__(self, *shape: Any, **options: Any) -> Any:
        import torch

        found = self.left.pop(0)
        if not self.left:
            torch.randn = self.plain
        return found


def _fabric(start: Any, gate: Gate) -> None:
    """The tutorial's loop, with what Fabric wraps: networks, optimizers, loader and backward."""
    import torch
    from lightning_fabric import Fabric

    from benchmarks.hand import mlp
    from benchmarks.hand.start import Draws
    from benchmarks.hand.tutorial import bce_of_discriminator, bce_of_generator

    fabric = Fabric(accelerator="cpu", devices=1)
    g, d = start.load(mlp.generator(), "generator"), start.load(mlp.discriminator(), "discriminator")
    g, og = fabric.setup(g, torch.optim.Adam(g.parameters(), **ADAM))
    d, od = fabric.setup(d, torch.optim.Adam(d.parameters(), **ADAM))
    losses: dict[str, float] = {}
    own, draws = Loader(start, gate, lambda: losses), Draws(start, 100)
    own.loader = fabric.setup_dataloaders(own.loader)
    try:
        for real in own:
            od.zero_grad()
            fake = g(draws.noise())
            d_loss = bce_of_discriminator(d(real), d(fake.detach()))
            fabric.backward(d_loss)
            od.step()
            og.zero_grad()
            g_loss = bce_of_generator(d(fake))
            fabric.backward(g_loss)
            og.step()
            losses.update({"adversarial.discriminator": d_loss.item(), "adversarial.generator": g_loss.item()})
    except _Enough:
        return


def _torchgan(start: Any, gate: Gate) -> None:
    """`Trainer` with its two minimax losses, discriminator first."""
    import torch
    from torchgan.losses import MinimaxDiscriminatorLoss, MinimaxGeneratorLoss
    from torchgan.models import Discriminator, Generator
    from torchgan.trainer import Trainer

    from benchmarks.hand import mlp

    class G(Generator):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(100)
            self.net = start.load(mlp.generator(), "generator")

        def forward(self, z: Any) -> Any:
            return self.net(z)

    class D(Discriminator):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(1)
            self.net = start.load(mlp.discriminator(), "discriminator")

        def forward(self, x: Any) -> Any:
            return self.net(x)

    adam = {"name": torch.optim.Adam, "args": ADAM}
    networks = {"generator": {"name": G, "optimizer": adam}, "discriminator": {"name": D, "optimizer": adam}}
    losses = [MinimaxDiscriminatorLoss(), MinimaxGeneratorLoss()]
    trainer = Trainer(networks, losses, device=torch.device("cpu"))
    log = trainer.logger.get_loss_viz().logs
    told = {"adversarial.discriminator": "MinimaxDiscriminatorLoss", "adversarial.generator": "MinimaxGeneratorLoss"}
    loader = Loader(start, gate, lambda: {name: log[key][-1] for name, key in told.items()})
    _Draws(start.series("noise"))
    try:
        trainer(loader)
    except _Enough:
        return


def _mimicry(start: Any, gate: Gate) -> None:
    """`Trainer` over its base classes, which have a network put in; loss "gan", a line a step (its default)."""
    import torch
    from torch_mimicry.nets.gan.gan import BaseDiscriminator, BaseGenerator
    from torch_mimicry.training import Trainer

    from benchmarks.hand import mlp

    log: dict[str, Any] = {}

    class G(BaseGenerator):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(100, 0, 0, "gan")
            self.net = start.load(mlp.generator(), "generator")

        def forward(self, z: Any) -> Any:
            return self.net(z)

        def train_step(self, **given: Any) -> Any:
            found = super().train_step(**given)
            log.update(found.metrics_dict)
            return found

    class D(BaseDiscriminator):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(0, "gan")
            self.net = start.load(mlp.discriminator(), "discriminator")

        def forward(self, x: Any) -> Any:
            return self.net(x)

    g, d = G(), D()
    og, od = (torch.optim.Adam(network.parameters(), **ADAM) for network in (g, d))
    told = {"adversarial.discriminator": "errD", "adversarial.generator": "errG"}
    loader = Loader(start, gate, lambda: {name: log[key]["value"] for name, key in told.items()}, label=True)
    _Draws(start.series("noise"))
    trainer = Trainer(d, g, od, og, loader, 10**9, log_dir=str(Path("mimicry").absolute()), device=torch.device("cpu"))
    try:
        trainer.train()
    except _Enough:
        return


_PEERS = {"fabric": _fabric, "torchgan": _torchgan, "mimicry": _mimicry}
