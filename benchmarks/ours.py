"""ganframe's side: what the rivals start from, and the run that is measured, as `ganframe run` does it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from benchmarks.gate import Gate
from benchmarks.rounds import CHECKED
from benchmarks.workloads import Workload
from ganframe import api
from ganframe.feed import Feed
from ganframe.run import Run

_QUIET = {f"hooks.{name}": False for name in ("progress", "samples", "watch", "report")}


def overrides(work: Workload, folder: Path) -> dict[str, Any]:
    """What the machine decides: one thread, and where the pictures are."""
    data = {"data.path": str(folder / "pictures.npy")} if work.size else {}
    return {"device.type": "cpu", "device.threads": 1, **data}


def record(work: Workload, folder: Path) -> None:
    """Write `start.safetensors`: the data, the first weights, and every draw of the first steps in order."""
    if work.samples:
        _record_samples(work, folder)
        return
    spec = api.read_spec(work.spec_path, overrides(work, folder) | _QUIET)
    run = api.start(api.plan(spec, api.discover()), folder / "first")
    draws = list(_draws(run))
    kinds = {kind: [value for k, value in draws if k == kind] for kind in ("real", "noise", "uniform")}
    _save(run, folder, kinds)


def _record_samples(work: Workload, folder: Path) -> None:
    spec = api.read_spec(work.spec_path, overrides(work, folder) | _QUIET | {"run.steps": 1})
    run = api.open_run(api.train(spec, folder / "trained").path)
    _save(run, folder, {"noise": list(run.draw(work.samples)["z"].split(run.plan.parts.sample.batch_size))})


def _draws(run: Run) -> Iterator[tuple[str, Tensor]]:
    trainer = run.trainer
    assert trainer is not None
    parts = run.plan.parts
    feed = Feed(parts.data, parts.sampler, run.seed, run.device)
    for step in range(CHECKED):
        for turn in range(parts.run.discriminator_steps):
            yield "real", feed.next(run.batch_size)["x"]
            yield "uniform", torch.rand(run.batch_size, generator=trainer.stream("loss", "penalty", step, turn, 0))
        for turn in range(parts.run.discriminator_steps + (not parts.run.share_fake)):
            now = trainer.now(step)
            now.rng = trainer.stream("latent", "z", step, turn)
            yield "noise", parts.latents["z"].sample(run.batch_size, now, None, None)


def _save(run: Run, folder: Path, series: dict[str, list[Tensor]]) -> None:
    data = run.data
    weights = {name: list(network.state_dict().values()) for name, network in run.networks.items()}
    named = {f"{kind}/{i:03}": v for kind, values in {**series, **weights}.items() for i, v in enumerate(values)}
    x = data.batch(torch.arange(len(data)), torch.Generator())["x"]
    weights = {name: v.detach().clone().contiguous() for name, v in named.items()}
    save_file({"x": x, **weights}, folder / "start.safetensors")


def train(work: Workload, folder: Path, gate: Gate) -> None:
    """A run with every default on: log, finite check, hooks, checkpoints."""
    runs: list[Run] = []

    def begin(run: Run) -> None:
        runs.append(run)
        gate.wait()

    def should_stop() -> str:
        return "measured" if gate.passed(runs[0].values) else ""

    spec = api.read_spec(work.spec_path, overrides(work, folder))
    api.train(spec, folder / f"{gate.name}-{os.getpid()}", should_stop=should_stop, begin=begin)


def sample(work: Workload, folder: Path, gate: Gate) -> None:
    """Samples of a trained run, opened as `ganframe sample` does."""
    run = api.open_run(folder / "trained")
    gate.wait()
    seed, x = 0, torch.empty(0)
    while True:
        x = run.sample(work.samples, seed)
        seed += 1
        if gate.passed(lambda x=x: {"x": x}):
            return


def compete(work: Workload, folder: Path, gate: Gate) -> None:
    """What the workload measures."""
    (sample if work.samples else train)(work, folder, gate)
