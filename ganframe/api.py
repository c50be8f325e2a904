"""The Python face: read, build, train, open."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import attrs
from torch import nn

from ganframe import checkpoint, device, disk, estimate, loop, runfolder, weights
from ganframe.component import Field
from ganframe.component import options as component_options
from ganframe.environment import rank, size
from ganframe.errors import Problem, SpecError
from ganframe.group import Group
from ganframe.model import Model
from ganframe.parts import Facts
from ganframe.plan import Plan, frequencies, plan
from ganframe.registry import Registry, discover
from ganframe.run import CHECKPOINTS, METRICS, Run
from ganframe.spec.dump import resolved
from ganframe.spec.model import DeviceOptions, Spec
from ganframe.spec.read import read
from ganframe.trainer import Trainer

RESOLVED = "resolved.toml"


def read_spec(path: str | Path, overrides: Mapping[str, Any] | Sequence[str] | None = None) -> Spec:
    """Read a spec; `overrides` maps a dotted path to a value (or lists `K=V` texts). Raises SpecError."""
    spec = read(path, overrides or {})
    if spec.problems:
        raise SpecError(spec.problems)
    return spec


def build(spec: Spec, registry: Registry | None = None) -> dict[str, nn.Module]:
    """The spec's networks by name, on the CPU, in train mode, initialized from `run.seed`, `weights` loaded.

    A network takes its `inputs` as tensors (N, *shape) in order.
    """
    made = plan(_fresh(spec), registry or discover())
    estimate.check(made, device.memory_limit())
    for network in made.networks.values():
        weights.prepare(network, made.parts.run.seed)
    weights.load(made)
    for network in made.networks.values():
        network.unbind()
    return dict(made.networks)


def train(
    spec: Spec, out: str | Path | None = None, *, registry: Registry | None = None,
    should_stop: Callable[[], str] = lambda: "", begin: Callable[[Run], None] = lambda run: None,
) -> Run:
    """Train a spec into a new run folder and give the run. Raises SpecError before any folder is made."""
    made = plan(_fresh(spec), registry or discover())
    run = start(made, Path(out) if out is not None else None)
    with _lock(_folder(run), run.model.device.group):
        begin(run)
        run.about["reason"] = loop.train(run, should_stop)
    return _rested(run)


def start(made: Plan, out: Path | None, base: Path = Path("runs")) -> Run:
    """A run at step 0 in a new folder, with its spec beside it."""
    run = _begun(made)
    group = run.model.device.group
    if group.leads:
        run.path = path = runfolder.create(made.spec.name, out, base)
        disk.write(path / "spec.toml", made.spec.text.encode())
        disk.write(path / RESOLVED, run.about["spec"].encode())
    run.path = Path(group.text(str(run.path or "")))
    return run


def _lock(folder: Path, group: Group) -> AbstractContextManager[Any]:
    """A run folder locked for training, by the leader for all."""
    return runfolder.lock(folder) if group.leads else nullcontext()


def _begun(made: Plan) -> Run:
    """A run at step 0."""
    chosen = _chosen(made)
    estimate.check(made, chosen.memory_limit())
    model = Model(made, chosen)
    shares = frequencies(made.parts.data, made.parts.fields)
    run = Run(made, model, None, shares, _about(made, model, shares))
    run.trainer = Trainer(model)
    return run


def open_run(
    path: str | Path, *, registry: Registry | None = None, at: str | int = "latest", overrides: Iterable[str] = ()
) -> Run:
    """A trained run for sampling: networks in eval mode, the data left alone. `at` is `latest`, `best` or a step."""
    folder, loaded = _loaded(Path(path), at, model_only=True)
    spec = _spec(folder, loaded, list(overrides))
    about = loaded.about
    known = Facts({name: Field(**field) for name, field in about["fields"]}, about["facts"])
    made = plan(spec, _knowing(registry, about), known)
    model = Model(made, _chosen(made), load=False)
    run = Run(made, model, folder, about["frequencies"], about)
    run.restore(loaded, training=False)
    _say_damaged(run, folder, loaded.step, at)
    return _rested(run)


def resume(
    path: str | Path, steps: int | None = None, overrides: Iterable[str] = (), *, registry: Registry | None = None,
    should_stop: Callable[[], str] = lambda: "", begin: Callable[[Run], None] = lambda run: None,
    at: str | int = "latest", exact: bool = False,
) -> Run:
    """Continue a run where a checkpoint left it, to a new total of `steps` if given.

    `at` is `latest` (the newest valid one), `best` or a step; later checkpoints and lines of the log are removed, as
    the run has another future now. With `exact`, a device or library that cannot give the same bits is a SpecError.
    A run that ended before its first checkpoint begins once more.
    """
    folder = runfolder.newest_run(Path(path))
    with _lock(folder, Group(rank(), size())):
        if at == "latest" and not checkpoint.any_in(folder / CHECKPOINTS) and (folder / RESOLVED).exists():
            run = _begun_again(folder, list(overrides), registry)
        else:
            run = _restored(folder, at, list(overrides), registry, exact)
        if steps is not None:
            run.steps = steps
        group = run.model.device.group
        group.wait()  # for those who read what may now be removed
        later = checkpoint.forget(folder / CHECKPOINTS, run.step) if group.leads else []
        if later and at != "latest":
            run.warnings.append(f"going on from step {run.step}; {', '.join(p.name for p in later)} removed")
        begin(run)
        run.about["reason"] = loop.train(run, should_stop) if run.step < run.steps else "done"
    return _rested(run)


def _begun_again(folder: Path, overrides: list[str], registry: Registry | None) -> Run:
    """The run of a folder without a checkpoint, at step 0."""
    name = folder.parent.name if folder.name.isdecimal() else folder.name
    run = _begun(plan(attrs.evolve(read_spec(folder / RESOLVED, overrides), name=name), registry or discover()))
    run.path = folder
    run.cut_log(0)
    run.warnings.append("there is no checkpoint yet; the run begins once more")
    return run


def _restored(folder: Path, at: str | int, overrides: list[str], registry: Registry | None, exact: bool) -> Run:
    """The run of a folder as a checkpoint left it."""
    folder, loaded = _loaded(folder, at)
    made = plan(_spec(folder, loaded, overrides), _knowing(registry, loaded.about))
    if made.parts.run.seed != loaded.about["seed"]:
        raise SpecError(f"--set run.seed: a run keeps its seed, {loaded.about['seed']}; start a new one with `run`")
    chosen = _chosen(made)
    run = Run(made, Model(made, chosen, load=False), folder, loaded.about["frequencies"], dict(loaded.about))
    run.trainer = Trainer(run.model)
    changes = device.differences(loaded.about["fingerprint"], chosen.fingerprint())
    if changes and exact:
        raise SpecError(f"--exact: resume would be valid but not bit-exact: {', '.join(changes)}")
    run.restore(loaded, training=True)
    _say_damaged(run, folder, loaded.step, at)
    if changes:
        run.warnings.append(f"resume is valid but not bit-exact: {', '.join(changes)}")
    return run


def _rested(run: Run) -> Run:
    """The run with its networks in eval mode."""
    for network in run.networks.values():
        network.eval()
    return run


def _knowing(registry: Registry | None, about: Mapping[str, Any]) -> Registry:
    """The registry, with the plugins that a checkpoint was made with: a missing one is named by its package."""
    registry = registry or discover()
    registry.recorded = about["plugins"]
    return registry


def _chosen(made: Plan) -> device.Device:
    """The device of a plan; what is wrong with it is told at its place in the spec."""
    try:
        return device.choose(made.parts.device)
    except SpecError as error:
        node = made.spec.device.get("type")
        if node is None:
            raise
        raise SpecError([Problem(node.place, "device.type", str(error).removeprefix("device.type: "))]) from None


def _fresh(spec: Spec) -> Spec:
    """A copy that collects its own problems, so that one spec can be planned twice."""
    return attrs.evolve(spec, problems=list(spec.problems), warnings=list(spec.warnings))


def _folder(run: Run) -> Path:
    assert run.path is not None
    return run.path


def _loaded(path: Path, at: str | int, *, model_only: bool = False) -> tuple[Path, checkpoint.Loaded]:
    folder = runfolder.newest_run(path)
    checkpoints = folder / CHECKPOINTS
    if at == "latest":
        found = checkpoint.newest(checkpoints)
    else:
        valid = {p.name: p for p in checkpoint.valid(checkpoints)}
        wanted = _best(valid) if at == "best" else f"step-{int(at):08}"
        found = valid.get(wanted or "")
    if found is None and at == "best":
        raise SpecError(f"{folder} has no best checkpoint: its spec did not say `run.keep_best`")
    if found is None:
        raise SpecError(f"{folder} has no valid checkpoint{'' if at == 'latest' else f' of step {at}'}")
    return folder, checkpoint.load_model(found) if model_only else checkpoint.load(found)


def _say_damaged(run: Run, folder: Path, step: int, at: str | int) -> None:
    """Warn where a later checkpoint exists that cannot be read."""
    lost = checkpoint.damaged_after(folder / CHECKPOINTS, folder / CHECKPOINTS / f"step-{step:08}")
    if at == "latest" and lost:
        run.warnings.append(f"{lost[-1]} is damaged; this is step {step}")


def _best(valid: Mapping[str, Path]) -> str | None:
    for path in reversed(list(valid.values())):
        best = checkpoint.load(path).state.get("best")
        if best:
            return str(best["checkpoint"])
    return None


def _spec(folder: Path, loaded: checkpoint.Loaded, overrides: list[str]) -> Spec:
    path = folder / RESOLVED
    if not path.exists():
        disk.write(path, str(loaded.about["spec"]).encode())
    return attrs.evolve(read_spec(path, overrides), name=loaded.about["name"])


def _about(made: Plan, model: Model, shares: dict[str, list[float]]) -> dict[str, Any]:
    options = {name: getattr(made.parts.device, name) for name in component_options(DeviceOptions)}
    used = {**options, "type": str(model.device.torch_device), "threads": model.device.threads}
    return {
        "ganframe": importlib.metadata.version("ganframe"),
        "name": made.spec.name,
        "spec": resolved(made.spec, made.registry, used),
        "fields": [[name, attrs.asdict(field)] for name, field in made.parts.fields.items()],
        "facts": made.parts.facts,
        "frequencies": shares,
        "seed": made.parts.run.seed,
        "fingerprint": model.device.fingerprint(),
        "plugins": {name: " ".join(version) for name, version in made.registry.packages.items()},
        "about": made.spec.about,
    }


__all__ = ["METRICS", "DeviceOptions", "build", "open_run", "read_spec", "resume", "start", "train"]
