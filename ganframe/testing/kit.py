"""The conformance kit: every law of its kind, tried on one component class."""

from __future__ import annotations

import inspect
import tempfile
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import torch

from ganframe.hookspecs import KINDS, METHODS
from ganframe.registry import contract_fault
from ganframe.testing import (
    augmentation,
    curve,
    dataset,
    every,
    exporter,
    hook,
    initializer,
    latent,
    layer,
    loss,
    metric,
    optimizer,
    parametrization,
    sampler,
    schedule,
    view,
)
from ganframe.testing.case import Case, explore
from ganframe.testing.judge import (
    Refused,
    Violation,
    reseed,
)

#: The laws of each kind: a module with `cases`, `subject` and `LAWS`.
LAWS: dict[str, types.ModuleType] = {
    "layer": layer,
    "initializer": initializer,
    "parametrization": parametrization,
    "loss": loss,
    "curve": curve,
    "optimizer": optimizer,
    "schedule": schedule,
    "latent": latent,
    "dataset": dataset,
    "sampler": sampler,
    "view": view,
    "augmentation": augmentation,
    "metric": metric,
    "hook": hook,
    "exporter": exporter,
}

#: Methods that several kinds share, told apart by the name of their first parameter.
_FIRST: dict[tuple[str, ...], str] = {
    ("build", "params"): "optimizer",
    ("build", "optimizer"): "schedule",
    ("build", "fields"): "metric",
    ("__call__", "weight"): "initializer",
    ("__call__", "module"): "parametrization",
    ("__call__", "x"): "augmentation",
}


def check(component_class: type, *, max_examples: int = 5) -> None:
    """Try every law of its kind on a component class; `max_examples` sets of options are drawn beside its examples.

    Raises Violation (an AssertionError), one line for each law that is broken.
    """
    check_kind(kind_of(component_class), component_class, max_examples=max_examples)


def check_plugin(module: types.ModuleType, *, max_examples: int = 5) -> None:
    """Try the laws on every component that a plugin module offers. Raises Violation."""
    hooks = {name for name in dir(module) if hasattr(getattr(module, name), "ganframe_impl")}
    faults = [f"'{name}' is no hook of ganframe" for name in sorted(hooks - set(KINDS.values()))]
    if not hooks:
        faults.append(f"no function of {module.__name__} is marked @ganframe.plugin")
    for kind, name in KINDS.items():
        for cls in getattr(module, name)() if name in hooks else ():
            try:
                check_kind(kind, cls, max_examples=max_examples)
            except Violation as broken:
                faults.append(str(broken))
    if faults:
        raise Violation("\n".join(faults))


def kind_of(cls: type) -> str:
    """The kind of a component class: by its methods, or where several kinds share them, by their first parameter."""
    methods = {name for base in cls.__mro__ for name in vars(base)}
    kinds = [kind for kind, names in METHODS.items() if methods & set(names)]
    if len(kinds) == 1:
        return kinds[0]
    for name in sorted({"build", "__call__"} & methods):
        first = [*inspect.signature(getattr(cls, name)).parameters][1:2]
        kind = _FIRST.get((name, *first), "layer" if name == "build" else None)
        if kind in kinds:
            return kind
    raise Violation(f"the kind of {cls.__name__} cannot be told from its methods; check the plugin with check_plugin")


def check_kind(kind: str, cls: type, *, max_examples: int = 5) -> None:
    """`check` for a class whose kind is known."""
    faults = trial(kind, cls, max_examples=max_examples).faults
    if set(faults) == {"contract"}:
        raise Violation(faults["contract"])
    if faults:
        raise Violation(f"{kind} '{cls.__name__}' breaks {len(faults)} of its laws:\n{_listed(faults)}")


@attrs.define(eq=False)
class Trial:
    """The laws that were tried on a class, each with its statement, and by law the first fault.

    Beside laws, a fault may be of the `contract` (what makes it a component), an `example` or the `build`.
    """

    laws: dict[str, str] = attrs.field(factory=dict)
    faults: dict[str, str] = attrs.field(factory=dict)


def trial(kind: str, cls: type, *, max_examples: int = 5) -> Trial:
    """Try every law of its kind on a class."""
    tried = Trial()
    fault = contract_fault(kind, cls)
    if fault:
        tried.faults["contract"] = fault
        return tried
    laws = LAWS[kind]
    with tempfile.TemporaryDirectory() as folder, torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reseed(0)

        def judge(case: Case) -> None:
            _judge(laws, case, tried)

        try:
            found = laws.cases(kind, cls, Path(folder))
        except Exception as error:
            tried.faults["example"] = _said(error)
            found = []
        for law in every.LAWS:
            _attempt(law, (cls, found), tried, "")
        for case in found:
            judge(case)
        for case in found:
            explore(case, max_examples, judge)
    return tried


def _listed(faults: dict[str, str]) -> str:
    """A line for each law; laws broken by one and the same error share a line."""
    by_message: dict[str, list[str]] = {}
    for law, message in faults.items():
        by_message.setdefault(message, []).append(law)
    return "\n".join(f"  {', '.join(laws)}: {message}" for message, laws in by_message.items())


def _judge(laws: types.ModuleType, case: Case, tried: Trial) -> None:
    try:
        subject = laws.subject(case)
    except Refused as refusal:
        if not case.drawn:
            tried.faults.setdefault("example", f"{refusal} ({case})")
        return
    except Exception as error:
        tried.faults.setdefault("build", f"{_said(error)} ({case})")
        return
    for law in laws.LAWS:
        _attempt(law, (subject,), tried, f" ({case})")


def _attempt(law: Callable[..., None], subject: tuple[Any, ...], tried: Trial, where: str) -> None:
    if law.__name__ in tried.faults:
        return
    tried.laws.setdefault(law.__name__, " ".join((law.__doc__ or "").split("\n\n")[0].split()))
    try:
        law(*subject)
    except Exception as error:  # whatever the component raises inside a law breaks that law
        tried.faults[law.__name__] = _said(error) + where


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split()) or "no message"
    return text if isinstance(error, (Violation, Refused, LookupError)) else f"{type(error).__name__}: {text[:400]}"
