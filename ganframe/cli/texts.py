"""The texts that commands write into files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def filled(name: str, values: Mapping[str, Any]) -> str:
    """A template of `ganframe/templates` with its values in place; a missing one is a fault of ours."""
    from jinja2 import Environment, StrictUndefined

    text = (TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(text).render(values)
