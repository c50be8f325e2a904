"""A run: a model in a folder, trained step by step, watched, measured and saved."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganframe import checkpoint, events, measure, samplefile
from ganframe.device import out_of_memory
from ganframe.disk import LineLog
from ganframe.errors import SpecError, TrainingFault
from ganframe.model import Model
from ganframe.plan import Plan
from ganframe.sample import Given, Sampler, main_field
from ganframe.spec.model import Spec
from ganframe.trainer import Trainer

CHECKPOINTS = "checkpoints"
METRICS = "metrics.jsonl"
#: How often a run may go back to its last checkpoint because of a non-finite loss.
ROLLBACKS = 3


class Run:
    """What hooks, exporters and callers see of a run; `path` is None for a model that is not in a folder.

    `networks` holds the networks and their averaged twins (`generator_ema`) by name.
    """

    def __init__(
        self, plan: Plan, model: Model, path: Path | None, frequencies: dict[str, list[float]], about: dict[str, Any]
    ) -> None:
        self.plan = plan
        self.model = model
        self.path = path
        self.about = about
        self.step = 0
        self.seconds = 0.0
        self.figures: dict[str, float] = {}
        self.protocols: dict[str, dict[str, str]] = {}
        self.best: dict[str, Any] = {}
        self.warnings: list[str] = [*model.notices]
        self.frequencies = frequencies
        self.trainer: Trainer | None = None
        self._data: Any = plan.parts.data
        self._steps = plan.parts.phases[-1].end

    @property
    def spec(self) -> Spec:
        """The spec."""
        return self.plan.spec

    @property
    def networks(self) -> dict[str, nn.Module]:
        """Networks and twins by name."""
        return dict(self.model.everything())

    @property
    def steps(self) -> int:
        """The step at which the run ends."""
        return self._steps

    @steps.setter
    def steps(self, total: int) -> None:
        if total < self.step:
            raise SpecError(f"the run is at step {self.step} already, past {total}")
        self._steps = total

    @property
    def images(self) -> int:
        """Real rows seen."""
        return self.trainer.feed.position if self.trainer is not None else int(self.about.get("images", 0))

    @property
    def phase(self) -> str:
        """The name of the phase of the coming step."""
        return next((p.name for p in self.plan.parts.phases if self.step < p.end), self.plan.parts.phases[-1].name)

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return self.model.device.torch_device

    @property
    def seed(self) -> int:
        """The seed of every random stream."""
        return self.plan.parts.run.seed

    @property
    def batch_size(self) -> int:
        """Rows the optimizer sees at once."""
        return self.plan.parts.phases[0].options.batch_size

    @property
    def fields(self) -> dict[str, Any]:
        """The data's fields by name."""
        return self.plan.parts.fields

    @property
    def facts(self) -> dict[str, Any]:
        """The data's facts: what `$data.NAME` gives."""
        return self.plan.parts.facts

    @property
    def latents(self) -> dict[str, Any]:
        """The latents by name."""
        return self.plan.parts.latents

    @property
    def main(self) -> str:
        """The field that samples show."""
        made = {name: None for fields in self.plan.names.made.values() for name in fields}
        return main_field(made, self.fields)

    @property
    def data(self) -> Any:
        """The open data, or None where its files are not here."""
        if self._data is None and self.spec.data is not None:
            try:
                self._data = self.plan.parts.resolver.component(self.spec.data, self.plan.parts.env).open()
            except Exception:  # a run can be sampled where its data is not
                return None
        return self._data

    def view(self, name: str) -> Any:
        """The view component that shows and writes a field."""
        field = self.fields.get(name)
        kind = (field.view if field is not None else "array").capitalize()
        return self.plan.registry.get("view", kind)()

    def values(self) -> dict[str, float]:
        """The latest unweighted value of every loss, by its name in `metrics.jsonl` (reads tensors: a sync)."""
        return self.trainer.values() if self.trainer is not None else {}

    def sampler(self) -> Sampler:
        """What draws from the networks as they are now."""
        needs_data = any(hasattr(latent, "field") for latent in {**self.latents, **self.plan.parts.sample_latents}.values())
        data = self.data if needs_data or self._needs_fields() else self._data
        return Sampler(self.model, data, self.frequencies, self.step, self.images)

    def _needs_fields(self) -> bool:
        names, latents = self.plan.names, {**self.latents, **self.plan.parts.sample_latents}
        atoms = frozenset(names.fields) | frozenset(names.latents)
        read = {n for g in names.made for n in names.depends(g, atoms) if n in names.fields and n not in latents}
        return bool(read - set(self.frequencies))

    def draw(self, n: int, seed: int = 0, given: Given | None = None) -> dict[str, Tensor]:
        """n rows of everything made, with the latents and fields that were used: exactly what `ganframe sample` draws."""
        return self.sampler().draw(n, seed, given)

    def sample(self, n: int, seed: int = 0, **given: Tensor | str | int) -> Tensor:
        """n samples (n, *shape) of the first made data field, on the CPU, in model range."""
        return self.draw(n, seed, given)[self.main]

    def write(self, path: str | Path, n: int, seed: int = 0, given: Given | None = None) -> None:
        """Draw n samples into a file, as `ganframe sample` does; its ending says the format. Raises SpecError."""
        samplefile.write(self, Path(path), n, seed, given)

    def evaluate(self) -> dict[str, float]:
        """Compute every metric of the spec now."""
        found: dict[str, float] = {}
        for watcher in self.plan.parts.metrics:
            figures, protocol = measure.figures(self, watcher)
            found.update({f"{watcher.name}.{figure}": value for figure, value in figures.items()})
            self.protocols[watcher.name] = protocol
        self.figures.update(found)
        return found

    def train(self, should_stop: Callable[[], str] = lambda: "") -> str:
        """Train to `steps`; gives the reason it ended: `done`, a signal's name, or the name of a hook's wish.

        Raises TrainingFault; the last checkpoint stays. Hooks' `on_stop` is told in every case.
        """
        trainer, parts = self.trainer, self.plan.parts
        assert trainer is not None
        listeners = events.bind((watcher.component, watcher.every) for watcher in parts.hooks)
        reason = "fault"
        try:
            for listen in listeners.on_start:
                listen(self)
            reason = self._loop(trainer, listeners, should_stop)
            return reason
        except Exception as error:
            if out_of_memory(error):
                raise TrainingFault(f"out of memory at step {self.step}: {str(error).splitlines()[0]}") from error
            raise
        finally:
            for listen in listeners.on_stop:
                listen(self, reason)

    def _loop(self, trainer: Trainer, listeners: events.Events, should_stop: Callable[[], str]) -> str:
        options, metrics = self.plan.parts.run, self.plan.parts.metrics
        log = LineLog(self.path / METRICS) if self.path is not None else None
        reason = ""
        began = time.monotonic() - self.seconds
        while self.step < self._steps and not reason:
            try:
                trainer.step(self.step)
            except TrainingFault as fault:
                self._roll_back(fault)
                continue
            self.step += 1
            last = self.step == self._steps
            for on_step, every in listeners.on_step:
                if self.step % every == 0 or last:
                    on_step(self, trainer.player.view())
            due = [w for w in metrics if self.step % w.every == 0 or last]
            if due:
                self._measure(due, listeners)
            if log is not None and (due or last or self.step % options.log_every == 0):
                self.seconds = time.monotonic() - began
                figures = {n: v for n, v in self.figures.items() if n.partition(".")[0] in {w.name for w in due}}
                told = {"step": self.step, "seconds": round(self.seconds, 3), "images": self.images}
                log.append({**told, **self.values(), **figures})
            for wish, every in listeners.should_stop:
                if self.step % every == 0 and wish(self):
                    reason = "stopped by a hook"
            reason = should_stop() or reason
            if last or reason or self.step % options.checkpoint_every == 0:
                self.seconds = time.monotonic() - began
                self.save(listeners, log)
        return reason or "done"

    def _roll_back(self, fault: TrainingFault) -> None:
        """Go back to the last checkpoint on other random streams, at most three times, if the spec says so."""
        newest = checkpoint.newest(self.path / CHECKPOINTS) if self.path is not None else None
        trainer = self.trainer
        assert trainer is not None
        if newest is None or self.plan.parts.run.on_nonfinite != "rollback" or trainer.detour >= ROLLBACKS:
            kept = f"the last checkpoint is {newest}" if newest is not None else "there is no checkpoint yet"
            raise TrainingFault(f"{fault}; {kept}") from fault
        detour = trainer.detour + 1
        self.restore(checkpoint.load(newest), training=True)
        trainer.take_detour(detour)
        self.warnings.append(f"{fault}; back to {newest}, attempt {detour} of {ROLLBACKS}")

    def _measure(self, due: list[Any], listeners: events.Events) -> None:
        found: dict[str, float] = {}
        for watcher in due:
            figures, self.protocols[watcher.name] = measure.figures(self, watcher)
            found.update({f"{watcher.name}.{figure}": value for figure, value in figures.items()})
        self.figures.update(found)
        for listen in listeners.on_evaluate:
            listen(self, found)

    def save(self, listeners: events.Events | None = None, log: LineLog | None = None) -> Path | None:
        """Write a checkpoint of this step and prune older ones."""
        if self.path is None or self.trainer is None:
            return None
        folder, options = self.path / CHECKPOINTS, self.plan.parts.run
        if log is not None:
            log.sync()
        self._note_best(f"step-{self.step:08}")
        tree = {**self._tree(), "metrics_offset": log.offset if log is not None else 0}
        about = {**self.about, "step": self.step, "images": self.images, "protocols": self.protocols}
        path = checkpoint.save(folder, self.step, self.model.tensors(), tree, about)
        protect = {folder / self.best["checkpoint"]} if self.best else set()
        checkpoint.prune(folder, options.keep, protect)
        for listen in listeners.on_checkpoint if listeners is not None else ():
            listen(self, path)
        return path

    def _note_best(self, checkpoint_name: str) -> None:
        """Keep in mind the checkpoint of the best figure; `better` of the metric says which way."""
        name = self.plan.parts.run.keep_best
        if not name or name not in self.figures:
            return
        metric, _, figure = name.partition(".")
        better = {w.name: getattr(w.component, "better", {}) for w in self.plan.parts.metrics}[metric].get(figure, "lower")
        sign = 1 if better == "higher" else -1
        if not self.best or sign * self.figures[name] > sign * self.best["value"]:
            self.best = {"checkpoint": checkpoint_name, "value": self.figures[name]}

    def _tree(self) -> dict[str, Any]:
        trainer = self.trainer
        assert trainer is not None
        scaler = trainer.device.scaler
        return {
            **trainer.state(), "hidden": self.model.hidden(), "seconds": self.seconds, "figures": dict(self.figures),
            "best": dict(self.best), "scaler": scaler.state_dict() if scaler is not None else {},
        }  # fmt: skip

    def restore(self, loaded: checkpoint.Loaded, *, training: bool) -> None:
        """Continue from a checkpoint: the model, and for training everything else."""
        self.step = loaded.step
        self.protocols = dict(loaded.about.get("protocols", {}))
        if not training:
            self.model.load(loaded.model)
            return
        tree = loaded.state
        self.model.load(loaded.model, tree["hidden"])
        assert self.trainer is not None
        self.trainer.load(tree)
        self.seconds, self.figures, self.best = tree["seconds"], dict(tree["figures"]), dict(tree["best"])
        if self.trainer.device.scaler is not None:
            self.trainer.device.scaler.load_state_dict(tree["scaler"])
        if self.path is not None and (self.path / METRICS).exists():
            with LineLog(self.path / METRICS) as log:
                log.truncate(tree["metrics_offset"])
