"""A metric's figures: real rows of a split and the fakes built over them, chunk by chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from ganframe.errors import SpecError
from ganframe.parts import Watcher

if TYPE_CHECKING:
    from ganframe.run import Run


def figures(run: Run, watcher: Watcher) -> tuple[dict[str, float], dict[str, str]]:
    """The figures of one metric now, and its protocol: n, split, EMA, mode and what the meter adds."""
    data = _split(run, watcher)
    meter = watcher.component.build(run.fields, run.facts, run.device)
    rows = min(watcher.samples, len(data)) if watcher.samples else len(data)
    sampler = run.sampler()
    sampler.data = data
    count = 0
    for real, fake in sampler.beside(data, rows):
        count += len(next(iter(real.values())))
        meter.update(real, fake)
    found = {name: float(value) for name, value in meter.compute().items()}
    options = run.plan.parts.sample
    averaged = "yes" if options.ema and run.model.averages else "no"
    protocol = {"n": str(count), "split": watcher.split, "ema": averaged, "mode": options.mode}
    return found, {**protocol, **{k: str(v) for k, v in getattr(meter, "protocol", {}).items()}}


def _split(run: Run, watcher: Watcher) -> Any:
    """The data of a metric's split: the run's own, or the same data set opened with `split` set."""
    if watcher.split == "train":
        data = run.data
    else:
        dataset = run.plan.parts.dataset
        if dataset is None or not hasattr(dataset, "split"):
            raise SpecError(f"metrics.{watcher.name}.split: this data has no split '{watcher.split}'")
        data = attrs.evolve(dataset, split=watcher.split).open()
    if data is None:
        raise SpecError(f"metrics.{watcher.name}: the data is not here")
    return data

