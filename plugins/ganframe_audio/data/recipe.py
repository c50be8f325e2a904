"""A spec to start from, for sounds from files."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

    from ganframe_audio.data.windows import Windows

#: Sounds up to this long are made by perceptrons, longer ones by transposed convolutions where they halve well.
SHORT = 4096
#: Few windows are learned by heart; many bear more steps.
FEW, MANY = 1000, 20_000


def spec(data: Windows, table: str) -> str:
    """The text of a spec for open data and their `[data]` table: what was measured on plucked strings."""
    facts = data.facts()
    length, rows = facts["length"], len(data)
    ups = _ups(length)
    values: dict[str, Any] = {
        "table": table, "rows": rows, "length": length, "rate": facts["sample_rate"], "seconds": facts["seconds"],
        "channels": facts["channels"], "label": "classes" in facts, "classes": facts.get("classes", 0),
        "short": length <= SHORT or not ups, "numbers": facts["channels"] * length,
        "window": 2 ** max(5, min(9, length.bit_length() - 3)),
        "start": length // 4**ups, "widths": [min(256, 16 * 2 ** (ups - k)) for k in range(1, ups)],
        "steps": 6_000 if rows < FEW else 20_000 if rows < MANY else 60_000,
        "few": rows < FEW // 5,
    }  # fmt: skip
    return _template().render(values)


def _ups(length: int) -> int:
    """How many times a quarter is taken of a length until 32 samples at most are left; 0 where it does not go."""
    count = 0
    while length > 32:
        length, rest = divmod(length, 4)
        if rest:
            return 0
        count += 1
    return count


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    text = Path(__file__).with_name("recipe.toml.jinja").read_text(encoding="utf-8")
    return Environment(undefined=StrictUndefined, keep_trailing_newline=True).from_string(text)
