"""What kind of column cells are: told from the cells, unless the spec says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ganframe_tabular.layout import formats
from ganframe_tabular.layout.columns import Cell, Id

KINDS = ("number", "integer", "category", "date", "id")
#: Whole numbers with no more values than this, each in five rows at least, are a category.
FEW, OFTEN = 10, 5
#: A column of texts with more values than this, all different, names its rows.
UNIQUE = 20
_NAMED = re.compile(r"(^|[\W_])(id|key|index|nr|no|uuid)$", re.IGNORECASE)
_COUNTED = re.compile(r"(.*?)([0-9]+)")


def kind(name: str, cells: Sequence[Cell]) -> str:
    """The kind of a column."""
    there = [cell for cell in cells if cell is not None]
    if not there:
        return "category"
    if all(map(formats.is_number, there)):
        return _of_numbers(name, there, len(cells))
    if formats.date_format(there) is not None:
        return "date"
    all_differ = len(set(there)) == len(cells)
    return "id" if all_differ and (len(cells) > UNIQUE or _NAMED.search(name)) else "category"


def _of_numbers(name: str, there: Sequence[str], rows: int) -> str:
    if any(not cell.lstrip("-").isdigit() for cell in there):
        return "number"
    values = {int(cell) for cell in there}
    counted = len(values) == rows > 2 and (_NAMED.search(name) or not name.strip() or _runs(there))
    if counted:
        return "id"
    return "category" if len(values) <= FEW and len(values) * OFTEN <= rows else "integer"


def _runs(cells: Sequence[str]) -> bool:
    return int(cells[0]) in (0, 1) and all(int(cell) == i for i, cell in enumerate(cells, int(cells[0])))


def id_of(name: str, cells: Sequence[Cell]) -> Id:
    """How a column numbers its rows: its prefix, digits and step where it has them, else 1, 2, 3, …"""
    found = [match for cell in cells if cell is not None and (match := _COUNTED.fullmatch(cell))]
    prefixes = {match[1] for match in found}
    if len(found) < len(cells) or len(prefixes) != 1:
        return Id(name, "", 1, 1, 1)
    numbers = [int(match[2]) for match in found]
    steps = {b - a for a, b in zip(numbers, numbers[1:], strict=False)}
    widths = {len(match[2]) for match in found}
    padded = any(match[2].startswith("0") and len(match[2]) > 1 for match in found)
    step = steps.pop() if len(steps) == 1 else 1
    return Id(name, prefixes.pop(), max(widths) if padded else 1, numbers[0] if len(steps) == 0 else 1, step or 1)
