"""What TOML 1.1 added, which tomli reads and editors refuse: found in a text that tomli has read."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*",
    re.DOTALL,
)

_ESCAPE = r"the escape \{} is TOML 1.1, which editors refuse; write \u00XX"
_TABLE = "an inline table is one line without a comma at its end (more is TOML 1.1, which editors refuse)"
_TIME = 'a spec holds no dates and times; write "..." if a string is meant'


def newer(text: str) -> tuple[int, str] | None:
    """The offset of the first thing in a text that is no TOML 1.0, and what it is; None for TOML 1.0."""
    blank = _blanked(text)
    return min(filter(None, (_escape(text), _table(blank), _time(blank))), default=None)


def _escape(text: str) -> tuple[int, str] | None:
    for token in _TOKEN.finditer(text):
        if token[0][0] == '"':
            for escape in re.finditer(r"\\(.)", token[0], re.DOTALL):
                if escape[1] in "ex":
                    return token.start() + escape.start(), _ESCAPE.format(escape[1])
    return None


def _blanked(text: str) -> str:
    """The text with strings and comments blanked out, of the same length."""
    return _TOKEN.sub(lambda token: "_" * len(token[0]) if token[0][0] != "#" else " " * len(token[0]), text)


def _table(blank: str) -> tuple[int, str] | None:
    open_brackets: list[str] = []
    for mark in re.finditer(r"[\[\]{}\n]|,(?=\s*\})", blank):
        if mark[0] in "[{":
            open_brackets.append(mark[0])
        elif mark[0] in "]}":
            open_brackets.pop()
        elif open_brackets and open_brackets[-1] == "{":
            return mark.start(), _TABLE
    return None


def _time(blank: str) -> tuple[int, str] | None:
    short = re.search(r"(?<![\d:])\d\d:\d\d(?![\d:])", blank)
    return (short.start(), _TIME) if short else None
