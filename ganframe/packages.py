"""The installed plugin packages: their entry points, and plugin code run so that it can break nobody else's."""

from __future__ import annotations

import functools
import importlib.metadata
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import attrs

_T = TypeVar("_T")


@attrs.frozen
class Package:
    """One entry point of a plugin group: the plugin's name, the distribution it came with, and how to import it.

    `fault` says why there is nothing to import (a damaged `entry_points.txt`).
    """

    plugin: str
    distribution: str
    version: str
    point: importlib.metadata.EntryPoint | None
    fault: str | None = None


def installed(group: str) -> Iterator[Package]:
    """Every entry point of the group; of a distribution found twice on the path, the first one counts, as in import."""
    seen: set[str] = set()
    for found in importlib.metadata.distributions():
        try:
            text = found.read_text("entry_points.txt") or ""
        except (OSError, UnicodeDecodeError):
            continue
        if group not in text:
            continue
        name, version = _identity(found)
        if name.lower().replace("_", "-") in seen:
            continue
        seen.add(name.lower().replace("_", "-"))
        try:
            points = [point for point in found.entry_points if point.group == group]
        except Exception:  # importlib.metadata has no error of its own for a damaged file
            yield Package(name, name, version, None, "its entry_points.txt cannot be read")
            continue
        for point in points:
            yield Package(point.name, name, version, point)


def _identity(found: importlib.metadata.Distribution) -> tuple[str, str]:
    try:
        return found.metadata["Name"] or "?", found.metadata["Version"] or "?"
    except Exception:  # a dist-info folder without METADATA: None, KeyError or FileNotFoundError by Python version
        return "?", "?"


def one_line(error: BaseException) -> str:
    """`Type: message`, its first line."""
    return f"{type(error).__name__}: {error}".strip().splitlines()[0]


def harmless(act: Callable[[], _T]) -> _T:
    """The result of plugin code that must leave torch's random numbers, dtype and threads alone.

    What it changed is put back, and RuntimeError says what it was: both would change everybody's training unseen.
    """
    before = _settings()
    try:
        return act()
    finally:
        after = _settings()
        if after is not None:
            _compare(before or _fresh(after), after)


def _settings() -> dict[str, Any] | None:
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "get_rng_state"):
        return None
    return {
        "random numbers": torch.get_rng_state(),
        "default dtype": torch.get_default_dtype(),
        "threads": torch.get_num_threads(),
    }


def _fresh(after: dict[str, Any]) -> dict[str, Any]:
    """What torch starts with, for code that was the first to import it; its threads cannot be known, nor its seed.

    torch takes another seed in every process: that something was drawn shows, that it was seeded does not.
    """
    torch = sys.modules["torch"]
    unused = torch.Generator().manual_seed(torch.initial_seed()).get_state()
    return {**after, "random numbers": unused, "default dtype": torch.float32}


def _compare(before: dict[str, Any], after: dict[str, Any]) -> None:
    torch = sys.modules["torch"]
    equal = functools.partial(lambda a, b: torch.equal(a, b) if torch.is_tensor(a) else a == b)
    changed = [what for what in before if not equal(before[what], after[what])]
    if changed:
        torch.set_rng_state(before["random numbers"])
        torch.set_default_dtype(before["default dtype"])
        torch.set_num_threads(before["threads"])
        raise RuntimeError(f"it changes torch's {' and '.join(changed)} when imported")
