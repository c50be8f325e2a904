"""A metric's figures: real rows of a split and the fakes built over them, chunk by chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import torch

from ganframe.errors import SpecError, did_you_mean
from ganframe.parts import Parts, Watcher
from ganframe.spec.model import Spec
from ganframe.terms import parameters, wires

if TYPE_CHECKING:
    from ganframe.run import Run


def check(spec: Spec, parts: Parts) -> None:
    """Record what would fail at a metric's first figures: its split, data that it cannot judge, an unknown figure."""
    for watcher in parts.metrics:
        written = spec.metrics[watcher.name]
        node, path = written.use.node, written.use.path
        if watcher.split != "train":
            try:
                opened(parts.dataset, watcher.split)
            except SpecError as error:
                spec.problem(written.split or node, f"{path}.split", str(error))
        try:
            watcher.component.build(parts.fields, parts.facts, torch.device("cpu"))
        except Exception as error:  # whatever a metric raises is the fault of its table
            told = str(error).splitlines() or [type(error).__name__]
            spec.problem(node, path, f"'{written.use.type.value}' cannot judge this data: {told[0]}")
    _best(spec, parts)


def _best(spec: Spec, parts: Parts) -> None:
    name, _, figure = parts.run.keep_best.partition(".")
    known = next((getattr(w.component, "better", {}) for w in parts.metrics if w.name == name), None)
    if figure and known is not None and figure not in known:
        hint = did_you_mean(figure, known) or f"; there are {', '.join(known)}"
        spec.problem(spec.run["keep_best"], "run.keep_best", f"metric '{name}' has no figure '{figure}'{hint}")


def figures(run: Run, watcher: Watcher) -> tuple[dict[str, float], dict[str, str]]:
    """The figures of one metric now, and its protocol: n, split, EMA, mode and what the meter adds."""
    data = _split(run, watcher)
    meter = watcher.component.build(run.fields, run.facts, run.device)
    rows = min(watcher.samples, len(data)) if watcher.samples else len(data)
    sampler = run.sampler()
    sampler.data = data
    paths = wires(watcher.component)
    asked = parameters(meter.update, paths) if paths else ["real", "fake"]
    read = {name: path for name, path in paths.items() if name in asked}
    count = 0
    for given in sampler.beside(data, rows, read, fakes="fake" in asked):
        count += len(next(iter(given["real"].values())))
        told = {name: given.get(name) for name in asked}
        meter.update(**told) if paths else meter.update(*told.values())
    found = {name: float(value) for name, value in meter.compute().items()}
    options = run.plan.parts.sample
    averaged = "yes" if options.ema and run.model.averages else "no"
    protocol = {"n": str(count), "split": watcher.split, "ema": averaged, "mode": options.mode}
    return found, {**protocol, **{k: str(v) for k, v in getattr(meter, "protocol", {}).items()}}


def column(run: Run, metric: str, protocol: dict[str, str]) -> str:
    """The name that a metric's figures stand under: its own, or `NAME-2`, … where those there are of other protocols.

    So figures that cannot be compared are never in one column. Keeps the protocol in mind, and warns of a new column.
    """
    name, number = metric, 1
    while run.protocols.get(name, protocol) != protocol:
        number += 1
        name = f"{metric}-{number}"
    if name not in run.protocols and number > 1:
        before = run.protocols[metric]
        changed = [f"{key} {before.get(key, 'none')} -> {protocol.get(key, 'none')}" for key in {**before, **protocol}
                   if before.get(key) != protocol.get(key)]  # fmt: skip
        run.warnings.append(f"'{metric}' is measured otherwise now ({', '.join(changed)}): its figures are '{name}.…'")
    run.protocols[name] = protocol
    return name


def _split(run: Run, watcher: Watcher) -> Any:
    """The data of a metric's split: the run's own, or the same data set opened with `split` set."""
    if watcher.split == "train":
        data = run.data
    else:
        try:
            data = opened(run.dataset, watcher.split)
        except SpecError as error:
            raise SpecError(f"metrics.{watcher.name}.split: {error}") from error
    if data is None:
        raise SpecError(f"metrics.{watcher.name}: {run.absent}")
    return data


def opened(dataset: Any, split: str) -> Any:
    """The data set opened at one of its splits. Raises SpecError where it has none of that name."""
    if dataset is None or not hasattr(dataset, "split"):
        raise SpecError(f"this data has no split '{split}'")
    try:
        return attrs.evolve(dataset, split=split).open()
    except Exception as error:  # whatever a dataset raises is the fault of its table
        raise SpecError((str(error).splitlines() or [type(error).__name__])[0]) from error

