"""A run: a model in a folder, trained step by step, watched, measured and saved."""

from __future__ import annotations

import math
from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganframe import checkpoint, commands, directions, examine, jacobian, measure, mixing, project, samplefile
from ganframe.directions import Directions
from ganframe.disk import LineLog
from ganframe.errors import SpecError
from ganframe.given import Given
from ganframe.jacobian import Jacobian
from ganframe.model import Model
from ganframe.plan import Plan
from ganframe.project import Projected, Search
from ganframe.sample import Sampler, main_field
from ganframe.spec.model import Spec
from ganframe.trainer import Trainer

CHECKPOINTS = "checkpoints"
METRICS = "metrics.jsonl"


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
        self.warnings: list[str] = []
        self.notices: list[str] = model.notices
        self.frequencies = frequencies
        self.trainer: Trainer | None = None
        self._data: Any = plan.parts.data
        self._absent = ""
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

    def shares(self) -> dict[str, float]:
        """How this process's steps were spent: `data`, `discriminator` and `generator`, as shares of one."""
        return self.trainer.shares() if self.trainer is not None else {}

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
    def dataset(self) -> Any:
        """The data's component; of a run opened for sampling, which leaves the data alone, made only now."""
        parts, written = self.plan.parts, self.spec.data
        if parts.dataset is None and written is not None:
            return parts.resolver.component(written, parts.env)
        return parts.dataset

    @property
    def data(self) -> Any:
        """The open data, or None where its files are not here."""
        if self._data is None:
            dataset = self.dataset
            try:
                self._data = dataset.open() if dataset is not None else None
            except Exception as error:  # a run can be sampled where its data is not
                self._absent = f": {(str(error).splitlines() or [type(error).__name__])[0]}"
                return None
        return self._data

    @property
    def absent(self) -> str:
        """What to say where `data` is None: that they are not here, and why."""
        return f"the data is not here{self._absent}"

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
        latents = {**self.latents, **self.plan.parts.sample_latents}
        needs_data = any(hasattr(latent, "field") for latent in latents.values())
        data = self.data if needs_data or self._needs_fields() else self._data
        return Sampler(self.model, data, self.frequencies, self.step, self.images)

    def _needs_fields(self) -> bool:
        names, latents = self.plan.names, {**self.latents, **self.plan.parts.sample_latents}
        atoms = frozenset(names.fields) | frozenset(names.latents)
        read = {n for g in names.made for n in names.depends(g, atoms) if n in names.fields and n not in latents}
        return bool(read - set(self.frequencies))

    def draw(
        self, n: int, seed: int = 0, given: Given | None = None, keep: Collection[str] = ()
    ) -> dict[str, Tensor]:
        """n rows of everything made, with the latents and fields that were used: what `ganframe sample` draws.

        `keep` names networks and inner wires (`generator.w`) that are wanted too.
        """
        return self.sampler().draw(n, seed, given, keep)

    def interpolate(
        self, first: mixing.End, last: mixing.End, n: int = 1, steps: int = 9, *, sphere: bool = True,
        given: Given | None = None, wires: Collection[str] = (),
    ) -> dict[str, Tensor]:
        """Everything drawn on `n` ways of `steps` samples between two ends, each a seed or rows by name.

        Rows are (n * steps, ...), way after way; with `wires` these inner values are mixed, not the latents behind.
        """
        sampler, given = self.sampler(), given or {}
        return mixing.interpolated(sampler, first, last, n, steps, given=given, sphere=sphere, wires=wires)

    def mix(
        self, rows: mixing.End, columns: mixing.End, name: str, layers: tuple[int, int], n: int = 1, *,
        given: Given | None = None,
    ) -> dict[str, Tensor]:
        """Style mixing: each row's samples with the latent `name` of each of the columns in some layers (from, to)."""
        sampler = self.sampler()
        one, other = (mixing.end(sampler, side, n, given or {}, {name}) for side in (rows, columns))
        return mixing.crossed(sampler, one, other, name, layers, seed=rows if isinstance(rows, int) else 0)

    def directions(
        self, by: str = "sefa", count: int = 5, name: str = "", layer: str = "", given: Given | None = None
    ) -> Directions:
        """The strongest directions of a latent or wire: `sefa` from the weights, `pca` from rows."""
        sampler = self.sampler()
        return directions.directions(sampler, by, count, name, layer, sampler.encoded(given or {}))

    def jacobian(self, rows: int = 4, name: str = "", seed: int = 0) -> Jacobian:
        """The singular values of d sample / d latent at some samples: how far they move, and in how many ways."""
        return jacobian.jacobian(self.sampler(), rows, name, seed)

    def examine(self) -> AbstractContextManager[examine.Examination]:
        """Both players' batches, losses and gradients, as the next step would have them; leaves no trace."""
        return examine.examining(self)

    def held_out(self, split: str = "test") -> Any:
        """The data opened at another of its splits. Raises SpecError where it has none of that name."""
        return measure.opened(self.dataset, split)

    def walk(
        self, ways: Directions, reach: float = 3.0, steps: int = 7, seed: int = 0, given: Given | None = None
    ) -> dict[str, Tensor]:
        """Samples along each direction through one sample, from -reach to reach: (directions * steps, ...)."""
        return directions.walked(self.sampler(), ways, reach, steps, seed, given or {})

    def project(
        self, rows: Tensor, names: Collection[str] = (), given: Given | None = None, *, steps: int = 300,
        lr: float = 0.1, features: float = 0.1,
    ) -> Projected:
        """The latents whose samples come nearest to rows (N, *shape) in model range, after so many steps of Adam.

        `features` weighs the distance of what the discriminators' layers make of both.
        """
        sampler, search = self.sampler(), Search(steps, lr, features)
        return project.project(sampler, rows, tuple(names), sampler.encoded(given or {}), search)

    def sample(self, n: int, seed: int = 0, **given: Tensor | str | int) -> Tensor:
        """n samples (n, *shape) of the first made data field, on the CPU, in model range."""
        return self.draw(n, seed, given)[self.main]

    def write(
        self, path: str | Path, n: int, seed: int = 0, given: Given | None = None, keep: Collection[str] = ()
    ) -> dict[str, Tensor]:
        """Draw n samples into a file, as `ganframe sample` does; its ending says the format. Raises SpecError."""
        return samplefile.write(self, Path(path), n, seed, given, keep)

    def commands(self) -> list[str]:
        """What to type next: samples from this run, and going on with it."""
        return commands.commands(self)

    def evaluate(self) -> dict[str, float]:
        """Compute every metric of the spec now."""
        found: dict[str, float] = {}
        for watcher in self.plan.parts.metrics:
            figures, protocol = measure.figures(self, watcher)
            found.update({f"{watcher.name}.{figure}": value for figure, value in figures.items()})
            self.protocols[watcher.name] = protocol
        self.figures.update(found)
        return found

    def state(self) -> dict[str, Any]:
        """Everything but the networks that a resumed run needs."""
        assert self.trainer is not None
        scaler = self.model.device.scaler
        return {
            **self.trainer.state(), "hidden": self.model.hidden(), "seconds": self.seconds,
            "figures": dict(self.figures), "best": dict(self.best),
            "scaler": scaler.state_dict() if scaler is not None else {},
        }  # fmt: skip

    def restore(self, loaded: checkpoint.Loaded, *, training: bool) -> None:
        """Continue from a checkpoint: the model, and for training everything else."""
        self.step = loaded.step
        self.protocols = dict(loaded.about.get("protocols", {}))
        figures = loaded.about.get("figures", {})
        self.figures = {name: math.nan if value is None else value for name, value in figures.items()}
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
        self.cut_log(tree["metrics_offset"])

    def cut_log(self, offset: int) -> None:
        """Leave the first `offset` bytes of `metrics.jsonl`: what came later did not happen."""
        if self.path is not None and self.model.device.group.leads and (self.path / METRICS).exists():
            with LineLog(self.path / METRICS) as log:
                log.truncate(offset)
