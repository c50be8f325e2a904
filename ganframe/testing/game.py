"""Small games on the real engine, to try a loss or a hook in: a spec, its plan, and a trainer that plays it."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path
from typing import Any

import tomli_w
import torch

from ganframe import api
from ganframe.component import component
from ganframe.device import Device
from ganframe.errors import SpecError
from ganframe.model import Model
from ganframe.packages import one_line
from ganframe.plan import plan
from ganframe.registry import Registry
from ganframe.run import Run
from ganframe.spec.model import DEFAULT_HOOKS, DeviceOptions
from ganframe.spec.read import read
from ganframe.testing.judge import REFUSALS
from ganframe.testing.stock import with_classes
from ganframe.testing.world import CLASSES, World, worlds
from ganframe.trainer import Trainer

Table = dict[str, Any]

#: What a game raises that does not go with a loss.
UNSUITED = (*REFUSALS, LookupError, SpecError)


@component
class KitPoints:
    """The kit's points in the plane."""

    def open(self) -> World:
        """The data."""
        return worlds()[0]


@component
class KitPictures:
    """The kit's grey pictures, 8 x 8."""

    def open(self) -> World:
        """The data."""
        return worlds()[3]


def _hidden(*last: Table | str) -> list[Table | str]:
    return [{"type": "Linear", "out_features": 8}, "Tanh", *last]


def _linear(size: int, **more: Any) -> Table:
    return {"type": "Linear", "out_features": size, **more}


def _spec(data: str, made: list[Table | str], judge: list[Table | str], lr: float, generators: int = 1) -> Table:
    """A generator of `z` and `label`, a discriminator of `x`, plain gradient descent."""
    optimizer = {"type": "SGD", "lr": lr}
    joined: list[Table | str] = [{"type": "Concat", "from": ["@z", "@label"]}]
    names = ["generator", "second"][:generators]
    generator: Table = {"inputs": ["z", "label"], "makes": "x", "layers": joined + made, "optimizer": optimizer}
    networks: Table = dict.fromkeys(names, generator)
    networks["discriminator"] = {"inputs": ["x"], "layers": judge, "optimizer": optimizer}
    return {
        "format": 1,
        "run": {"steps": 6, "batch_size": 8},
        "data": {"type": data},
        "latents": {"z": {"type": "Normal", "size": 4}},
        "networks": networks,
    }


def specs(lr: float = 0.01) -> dict[str, Table]:
    """Games by what is particular of them: one of them should suit any loss that needs no wires of its own."""
    square: Table = {"type": "Unflatten", "dim": 1, "unflattened_size": [1, 8, 8]}
    return {
        "points": _spec("KitPoints", _hidden(_linear(2)), _hidden(_linear(1)), lr),
        "pictures": _spec("KitPictures", _hidden(_linear(64), square), ["Flatten", *_hidden(_linear(1))], lr),
        "an autoencoder as judge": _spec("KitPoints", _hidden(_linear(2)), _hidden(_linear(2)), lr),
        "a logit a class": _spec("KitPoints", _hidden(_linear(2)), _hidden(_linear(CLASSES)), lr),
        "a logit a class and one more": _spec("KitPoints", _hidden(_linear(2)), _hidden(_linear(CLASSES + 1)), lr),
        "two generators": _spec("KitPoints", _hidden(_linear(2)), _hidden(_linear(3)), lr, 2),
    }


def linear_judge() -> Table:
    """A game whose discriminator is linear and whose networks do not learn."""
    return _spec("KitPoints", _hidden(_linear(2)), [_linear(1)], 0.0)


def registry(kind: str, cls: type) -> Registry:
    """The installed components, the kit's data, and the class under test under its own name."""
    return with_classes(("dataset", KitPoints), ("dataset", KitPictures), (kind, cls))


def trainer(spec: Table, known: Registry) -> Trainer:
    """The spec made real on the CPU. Raises SpecError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "game.toml"
        path.write_text(tomli_w.dumps(spec), encoding="utf-8")
        planned = plan(read(path), known)
    return Trainer(Model(planned, Device(torch.device("cpu"), DeviceOptions(), 1, None)))


def play(spec: Table, known: Registry, steps: int) -> Trainer:
    """The trainer after some steps."""
    made = trainer(spec, known)
    for step in range(steps):
        made.step(step)
    return made


def run(spec: Table, known: Registry, folder: Path) -> Run:
    """The spec trained in a folder, as `ganframe run` does, with nothing printed."""
    quiet = io.StringIO()
    hooks = dict.fromkeys(DEFAULT_HOOKS, False) | spec.get("hooks", {})
    whole = spec | {"device": {"type": "cpu", "threads": torch.get_num_threads()}, "hooks": hooks}
    folder.mkdir()
    (folder / "game.toml").write_text(tomli_w.dumps(whole), encoding="utf-8")
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
        return api.train(read(folder / "game.toml"), folder / "run", registry=known)


def watched() -> Table:
    """A game that evaluates and checkpoints, so that every event occurs."""
    spec = specs()["points"]
    return spec | {
        "run": {"steps": 4, "batch_size": 8, "checkpoint_every": 2},
        "losses": {"adversarial": {"type": "NonSaturating"}},
        "metrics": {"diversity": {"type": "Diversity", "every": 2, "samples": 16}},
    }


def suited(known: Registry, table: Table) -> tuple[str, str]:
    """The first game that takes the loss and why the others before it do not: (name, reasons), the name empty if none.

    A loss that is not finite is no reason: TrainingFault is raised.
    """
    said = []
    for name, spec in specs().items():
        try:
            play(spec | {"losses": {"it": table}}, known, 1)
            return name, ""
        except UNSUITED as error:
            said.append(f"{name}: {one_line(error)}")
    return "", "; ".join(said)
