"""The usual slips of hand-written TOML, each with what to write instead."""

from __future__ import annotations

import re

#: tomli's own words where ours say more.
_WORDS = {
    "Cannot overwrite a value": "this key has a value already",
    "Expected newline or end of document after a statement": "the value should end here",
    "Unclosed array": "an array's ']' or a comma is missing before this",
    "Unclosed inline table": "an inline table's '}' or a comma is missing before this",
    "Expected '=' after a key in a key/value pair": "expected '=' after the key",
    "Invalid initial character for a key part": "expected a key; a bracket or a quote may be missing before this",
    "Invalid statement": "expected a key, a [table] or a comment",
    "Unescaped '\\' in a string": "a backslash in \"...\" starts an escape; write '...' to take it literally",
}

_VALUES = (
    (r"([+-]?)(\.\d[\w+-]*)", "a number needs a digit before the point: write {1}0{2}"),
    (r"([+-]?\d[\d_]*\.)(?!\d)", "a number needs a digit after the point: write {1}0"),
    (r"[+-]?0\d", "a number has no leading zeros"),
    (r"(True|TRUE|true)\b", "write true"),
    (r"(False|FALSE|false)\b", "write false"),
    (r"(None|null|Null|nil)\b", "TOML has no null: leave the key out, or write false to turn it off"),
    (r"\(", "an array is written [1, 2]"),
    (r"[‘’“”`]", 'strings stand in straight quotes: "..."'),
    (r"([@$A-Za-z_/.][\w.$@/-]*)", 'a string stands in quotes: write "{1}"'),
    (r"(?![\s\S])", "a value is missing"),
)


def reworded(message: str) -> str:
    """A parser's message in our words."""
    twice = re.fullmatch(r"Cannot (?:declare|mutate immutable namespace) \((.*?),?\)(?: twice)?", message)
    if twice:
        return f"[{'.'.join(part.strip(' ' + chr(39)) for part in twice[1].split(','))}] is written twice"
    return _WORDS.get(message) or message[:1].lower() + message[1:]


def hint(message: str, line: str, column: int) -> str:
    """What to write instead, if the line shows a usual slip; begins with "; " or is empty."""
    said = _statement(message, line) or _value(message, line, column)
    return f"; {said}" if said else ""


def _statement(message: str, line: str) -> str | None:
    if "Cannot overwrite" in message and line.lstrip().startswith("[["):
        return "what stands here has names: write [SECTION.NAME] instead of [[SECTION]]"
    if re.match(r"\s*\[[^\]]*[^\x00-\x7f]", line):
        return "a name holds only letters a to z, digits, _ and -"
    if "Expected '='" in message and re.match(r"\s*[\w.-]+\s*:", line):
        return "TOML writes key = value"
    if "Invalid statement" in message and re.match(r"\s*(//|;)", line):
        return "a comment starts with #"
    value = re.match(r"\s*[\w.\"'-]+\s*=\s*([^#]*)", line)
    if "Expected newline" not in message or value is None:
        return None
    text = value[1].strip()
    if re.fullmatch(r"[^,\[\]{}()]+(,[^,\[\]{}()]+)+", text):
        return f"several values are an array: write [{text}]"
    if text.endswith((",", ";")):
        return f"no '{text[-1]}' stands after a value"
    if re.search(r"\d\s*(\*|/|%|\+|- |\^)", text):
        return "nothing is calculated in a spec: write the number"
    return None


def _value(message: str, line: str, column: int) -> str | None:
    if not re.match(r"Invalid value|Expected newline|Unclosed", message):
        return None
    start = column - 1
    while message != "Invalid value" and start > 0 and line[start - 1] not in " \t=,[{":
        start -= 1
    # Elsewhere a word is no value; its missing quotes would be a wrong guess.
    patterns = _VALUES if message == "Invalid value" else _VALUES[:3]
    for pattern, said in patterns:
        if slip := re.match(pattern, line[start:].split("#")[0].rstrip()):
            return said.format("", *(part or "" for part in slip.groups()), "")
    return None
