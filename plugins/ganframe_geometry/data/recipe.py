"""Specs to start from, for point clouds and graphs from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

#: Few rows are learned by heart; many bear more steps.
FEW, MANY = 1000, 20_000


def spec(name: str, data: Any, table: str) -> str:
    """The text of a spec from the template of that name, for open data and their `[data]` table."""
    from jinja2 import Environment, StrictUndefined

    text = Path(__file__).with_name(f"{name}.toml.jinja").read_text(encoding="utf-8")
    template = Environment(undefined=StrictUndefined, keep_trailing_newline=True).from_string(text)
    rows, facts = len(data), data.facts()
    steps = 3_000 if rows < FEW else 10_000 if rows < MANY else 50_000
    return template.render(table=table, rows=rows, facts=facts, label="classes" in facts, steps=steps)
