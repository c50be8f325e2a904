"""What films have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ganframe_video.data.film import Head


def only(heads: Mapping[Path, Head], what: Callable[[Head], Any], name: str, hint: str) -> Any:
    """What all films agree in; ValueError, with how many there are of each kind and one of them, where they do not."""
    kinds = Counter(map(what, heads.values()))
    if len(kinds) > 1:
        example = {what(head): path for path, head in reversed(heads.items())}
        said = ", ".join(f"{count} of {kind} (such as {example[kind]})" for kind, count in kinds.most_common(3))
        raise ValueError(f"the films differ in {name}: {said}; {hint}")
    return next(iter(kinds))


def rate(heads: Iterable[Head]) -> float | None:
    """Frames a second that most films have, of those that say it."""
    said = Counter(round(head.rate, 3) for head in heads if head.rate)
    return said.most_common(1)[0][0] if said else None
