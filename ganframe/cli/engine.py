"""The way from the command line to the engine: torch's environment first, then plugins, then a run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ganframe.errors import did_you_mean

if TYPE_CHECKING:
    from ganframe.registry import Registry
    from ganframe.run import Run


def registry_without(blocked: tuple[str, ...]) -> Registry:
    """The installed plugins but those blocked; click.BadParameter for one that is not there."""
    from ganframe.environment import prepare_environment
    from ganframe.registry import discover

    prepare_environment()
    registry = discover(blocked)
    there = {*registry.packages, *registry.blocked, *(broken.plugin for broken in registry.broken)}
    for name in blocked:
        if name not in there:
            told = did_you_mean(name, there) or f"; there are {', '.join(sorted(there))}"
            raise click.BadParameter(f"there is no plugin '{name}'{told}", param_hint="-p")
    return registry


def warn_of_plugins(registry: Registry) -> None:
    """One line on standard error for each broken package that the spec does without."""
    for broken in dict.fromkeys(map(str, registry.broken)):
        print(f"warning: {broken}", file=sys.stderr)


def opened(run: str, at: str, overrides: tuple[str, ...], blocked: tuple[str, ...]) -> Run:
    """A trained run at one of its checkpoints, for sampling and measuring."""
    registry = registry_without(blocked)
    from ganframe import api

    found = api.open_run(run, registry=registry, at=at, overrides=overrides)
    warn_of_plugins(registry)
    return found
