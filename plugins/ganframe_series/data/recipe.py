"""A spec to start from, for series from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganframe_series.data.rows import Rows

#: Few windows are learned by heart; many bear more steps.
FEW, MANY = 1000, 20_000


def spec(data: Rows, table: str) -> str:
    """The text of a spec for open data and their `[data]` table: what was measured on sines of 24 times."""
    from jinja2 import Environment, StrictUndefined

    text = Path(__file__).with_name("recipe.toml.jinja").read_text(encoding="utf-8")
    template = Environment(undefined=StrictUndefined, keep_trailing_newline=True).from_string(text)
    rows = len(data)
    return template.render(
        table=table, rows=rows, facts=data.facts(), steps=2_000 if rows < FEW else 6_000 if rows < MANY else 20_000
    )
