"""The installed components, found once for all laws."""

from __future__ import annotations

import functools

from ganframe.hookspecs import KINDS
from ganframe.registry import Entry, Registry, discover


@functools.cache
def installed() -> Registry:
    """What is installed."""
    return discover()


def with_classes(*extra: tuple[str, type]) -> Registry:
    """What is installed, and these classes, each of a kind, under their own names."""
    found = discover(blocked=installed().packages)
    for kind in KINDS:
        found.kind(kind).update(installed().kind(kind))
    for kind, cls in extra:
        found.kind(kind)[cls.__name__] = Entry(kind, cls.__name__, cls, "kit", "kit", "0", "")
    found.packages.update(installed().packages)
    return found
