"""The training loop: steps, and between them the log, metrics, hooks, checkpoints and the ways to stop."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from ganframe import checkpoint, estimate, events, measure
from ganframe.device import out_of_memory
from ganframe.disk import LineLog
from ganframe.errors import GanframeError, PluginFault, TrainingFault
from ganframe.parts import Watcher
from ganframe.run import CHECKPOINTS, METRICS, Run
from ganframe.trainer import Trainer

#: How often a run may go back to its last checkpoint because of a non-finite loss.
ROLLBACKS = 3


def train(run: Run, should_stop: Callable[[], str] = lambda: "") -> str:
    """Train to `run.steps`; gives the reason it ended: `done`, what `should_stop` said, or a hook's wish.

    Raises TrainingFault; the last checkpoint stays. Hooks' `on_stop` is told in every case.
    """
    assert run.trainer is not None
    leads = run.trainer.group.leads
    listeners = events.bind((it.name, it.component, it.every) for it in run.plan.parts.hooks if leads)
    log = LineLog(run.path / METRICS) if run.path is not None and leads else None
    reason, fault = "fault", False
    try:
        for listen in listeners.on_start:
            tell(run, listen)
        reason = _Loop(run, run.trainer, listeners, log, time.monotonic() - run.seconds).until(should_stop)
        return reason
    except BaseException as error:
        fault = True
        if out_of_memory(error):
            raise TrainingFault(f"out of memory at step {run.step}{_advice(run)}: {_first_line(error)}") from error
        if run.trainer.group.lost(error):
            told = f"another process of this run ended at step {run.step}"
            raise TrainingFault(f"{told}; `ganframe resume` goes on from the checkpoint") from error
        raise
    finally:
        for listen in listeners.on_stop:
            with contextlib.suppress(Exception) if fault else contextlib.nullcontext():
                tell(run, listen, reason)
        if log is not None:
            log.close()


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "")


def _advice(run: Run) -> str:
    """What a spec asks for, and what lowers it."""
    need = estimate.memory(run.plan).total
    return f" (the spec needs about {need / 1e9:,.1f} GB; a larger run.accumulate or a smaller batch lowers it)"


def tell(run: Run, listen: Callable[..., Any], *news: Any) -> Any:
    """Call a hook. What it raises is a PluginFault that names it and its package; a full disk stays what it is."""
    try:
        return listen(run, *news)
    except (GanframeError, OSError):
        raise
    except Exception as error:
        name = type(getattr(listen, "__self__", listen)).__name__
        entry = run.plan.registry.kind("hook").get(name)
        package = f" ({entry.distribution} {entry.version})" if entry is not None else ""
        told = f"{type(error).__name__}: {_first_line(error)}"
        raise PluginFault(f"hook '{name}'{package} failed at step {run.step}: {told}") from error


@attrs.frozen(eq=False)
class _Loop:
    run: Run
    trainer: Trainer
    listeners: events.Events
    log: LineLog | None
    began: float

    def until(self, should_stop: Callable[[], str]) -> str:
        run, options = self.run, self.run.plan.parts.run
        reason = ""
        while run.step < run.steps and not reason:
            try:
                self.trainer.step(run.step)
            except TrainingFault as fault:
                self.roll_back(fault)
                continue
            run.step += 1
            last = run.step == run.steps
            said = self.watch(last)
            metrics = run.plan.parts.metrics if self.trainer.group.leads else ()
            due = [watcher for watcher in metrics if run.step % watcher.every == 0 or last]
            fresh = (self.measure(due) if due else set()) | said
            if due or said or last or run.step % options.log_every == 0:
                self.write_line(fresh)
            reason = self.trainer.group.agree(should_stop() or self.wishes())
            if last or reason or run.step % options.checkpoint_every == 0:
                self.save()
        return reason or "done"

    def watch(self, last: bool) -> set[str]:
        """Let the hooks see the step; gives the names of those that gave figures, which stand under them."""
        run, said = self.run, set[str]()
        for name, on_step, every in self.listeners.on_step:
            if run.step % every == 0 or last:
                figures = tell(run, on_step, self.trainer.player.view())
                if isinstance(figures, dict):
                    run.figures.update({f"{name}.{figure}": float(value) for figure, value in figures.items()})
                    said.add(name)
        return said

    def wishes(self) -> str:
        """Why a hook wants to stop, or an empty string."""
        asked = [tell(self.run, wish) for _, wish, every in self.listeners.should_stop if self.run.step % every == 0]
        return "stopped by a hook" if any(asked) else ""

    def measure(self, due: list[Watcher]) -> set[str]:
        """Compute the metrics that are due and tell the hooks; gives the names that their figures stand under."""
        run, found, columns = self.run, dict[str, float](), set[str]()
        for watcher in due:
            figures, protocol = measure.figures(run, watcher)
            column = measure.column(run, watcher.name, protocol)
            columns.add(column)
            found.update({f"{column}.{figure}": value for figure, value in figures.items()})
        run.figures.update(found)
        for listen in self.listeners.on_evaluate:
            tell(run, listen, found)
        return columns

    def write_line(self, fresh: set[str]) -> None:
        """One line of `metrics.jsonl`: losses, and the figures computed just now."""
        run = self.run
        run.seconds = time.monotonic() - self.began
        if self.log is not None:
            figures = {name: value for name, value in run.figures.items() if name.partition(".")[0] in fresh}
            told = {"step": run.step, "seconds": round(run.seconds, 3), "images": run.images}
            self.log.append({**told, **run.values(), **figures})

    def save(self) -> None:
        """Write a checkpoint, prune older ones, tell the hooks."""
        self.run.seconds = time.monotonic() - self.began
        self.trainer.align()
        if self.run.path is not None and self.trainer.group.leads:
            path = save(self.run, self.run.path, self.log)
            for listen in self.listeners.on_checkpoint:
                tell(self.run, listen, path)

    def roll_back(self, fault: TrainingFault) -> None:
        """Go back to the last checkpoint on other random streams, at most three times, if the spec says so."""
        run, trainer = self.run, self.trainer
        newest = checkpoint.newest(run.path / CHECKPOINTS) if run.path is not None else None
        wanted = trainer.stretch(run.step).options.on_nonfinite
        if newest is None or wanted != "rollback" or trainer.detour >= ROLLBACKS:
            kept = f"the last checkpoint is {newest}" if newest is not None else "there is no checkpoint yet"
            raise TrainingFault(f"{fault}; {kept}") from fault
        detour = trainer.detour + 1
        run.restore(checkpoint.load(newest), training=True)
        trainer.take_detour(detour)
        run.warnings.append(f"{fault}; back to {newest}, attempt {detour} of {ROLLBACKS}")


def save(run: Run, path: Path, log: LineLog | None = None) -> Path:
    """Write a checkpoint of the present step; when this returns it is on the disk and older ones are pruned."""
    folder = path / CHECKPOINTS
    if log is not None:
        log.sync()
    _note_best(run, f"step-{run.step:08}")
    tree = {**run.state(), "metrics_offset": log.offset if log is not None else 0}
    figures = {name: value if math.isfinite(value) else None for name, value in run.figures.items()}
    about = {**run.about, "step": run.step, "images": run.images, "protocols": run.protocols, "figures": figures}
    written = checkpoint.save(folder, run.step, run.model.tensors(), tree, about)
    best, options = {folder / run.best["checkpoint"]} if run.best else set(), run.plan.parts.run
    checkpoint.prune(folder, options.keep, best, options.keep_every)
    return written


def _note_best(run: Run, checkpoint_name: str) -> None:
    """Keep in mind the checkpoint of the best figure; `better` of the metric says which way."""
    name = run.plan.parts.run.keep_best
    if not name or not math.isfinite(run.figures.get(name, math.nan)):
        return
    metric, _, figure = name.partition(".")
    directions: dict[str, Any] = {
        w.name: getattr(w.component, "better", {}) for w in (*run.plan.parts.hooks, *run.plan.parts.metrics)
    }
    sign = 1 if directions[metric].get(figure) == "higher" else -1
    if not run.best or sign * run.figures[name] > sign * run.best["value"]:
        run.best = {"checkpoint": checkpoint_name, "value": run.figures[name]}
