"""Specs to start from, for a user's own text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

#: From this many tokens on, a wide vocabulary: larger embeddings and state.
WIDE = 1000
#: Fewer rows are learned by heart.
FEW = 1000


def writer(data: Any, table: str) -> str:
    """A spec that writes texts like those of a Text."""
    return _filled("writer", data, table, 3000, 500)


def translator(data: Any, table: str) -> str:
    """A spec that turns the sources of Parallel into their targets."""
    return _filled("translator", data, table, 2000, 500)


def _filled(name: str, data: Any, table: str, steps: int, game: int) -> str:
    from jinja2 import Environment, StrictUndefined

    facts, rows = data.facts(), len(data)
    wide = facts["vocabulary"] >= WIDE
    state = 256 if wide else 128
    text = (Path(__file__).parent / f"{name}.toml.jinja").read_text(encoding="utf-8")
    return Environment(undefined=StrictUndefined, keep_trailing_newline=True).from_string(text).render(
        rows=rows, length=facts["length"], vocabulary=facts["vocabulary"], unit=facts["unit"], table=table,
        source=facts.get("source_length", 0), steps=steps, game=game, total=steps + game, state=state,
        half=state // 2, embedding=64 if wide else 32,
        few=f"\n# {rows:,} rows are few: expect copies of them." if rows < FEW else "",
    )  # fmt: skip
