"""A layout fitted to a table: kinds, formats and values are those of the whole table, scales those of some rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ganframe_tabular.layout import formats, infer, scales
from ganframe_tabular.layout.columns import Cell, Cells, Choice, Column, Number, Sum
from ganframe_tabular.layout.layout import Layout

#: More values than this are no category.
MOST = 1000


@attrs.frozen(eq=False)
class Fitting:
    """What a spec says of columns: their kinds, formats of dates, combinations, the scale of numbers."""

    kinds: Mapping[str, str]
    dates: Mapping[str, str]
    combinations: Sequence[Sequence[str]]
    sums: Sequence[Sequence[str]]
    normalize: str
    modes: int
    target: str = ""


def fitted(cells: Cells, rows: np.ndarray, how: Fitting, blanks: Mapping[str, str], file: Mapping[str, Any]) -> Layout:
    """The layout of a table; scales are fitted to the rows at these positions. ValueError, with the column."""
    _check(cells, how)
    joined = {name: tuple(names) for names in how.combinations for name in names}
    totals = {names[-1]: tuple(names[:-1]) for names in how.sums}
    made: list[Column] = []
    for name in cells:
        if name in totals:
            made.append(_sum(name, totals[name], cells))
        elif name not in joined:
            made.append(_column(name, cells[name], rows, how))
        elif joined[name][0] == name:
            made.append(_choice(joined[name], cells))
    if not any(column.entries for column in made):
        raise ValueError("there is nothing to learn: all columns only name the rows")
    _check_sums(made)
    entries = [entry for column in made for entry in column.entries]
    twice = next((entry for entry in entries if entries.count(entry) > 1), None)
    if twice is not None:
        raise ValueError(f"two columns would both make '{twice}': rename one")
    return Layout(tuple(made), tuple(cells), blanks, file, how.target)


def _check(cells: Cells, how: Fitting) -> None:
    there = f"it has {', '.join(cells)}"
    wanted = {
        "kinds": list(how.kinds), "dates": list(how.dates), "target": [how.target] if how.target else [],
        "sums": [names[-1] for names in how.sums if names],
        "combinations": [name for group in how.combinations for name in group],
    }  # fmt: skip
    for option, names in wanted.items():
        lacking = next((name for name in names if name not in cells), None)
        if lacking is not None:
            raise ValueError(f"'{option}' names '{lacking}', which is no column of the table; {there}")
        if len(set(names)) < len(names):
            raise ValueError(f"'{option}' names a column twice")
    wrong = next((kind for kind in how.kinds.values() if kind not in infer.KINDS), None)
    if wrong is not None:
        raise ValueError(f"'kinds' knows {', '.join(infer.KINDS)}, not '{wrong}'")


def _column(name: str, cells: Sequence[Cell], rows: np.ndarray, how: Fitting) -> Column:
    kind = "date" if name in how.dates else how.kinds.get(name) or infer.kind(name, cells)
    if name == how.target and kind == "id":
        raise ValueError(f"the target '{name}' looks like an id; say what it is in 'kinds'")
    if kind == "id":
        return infer.id_of(name, cells)
    if kind == "category":
        return _choice((name,), {name: cells})
    return _number(name, kind, cells, rows, how)


def _choice(names: tuple[str, ...], cells: Cells) -> Choice:
    found = set(zip(*(cells[name] for name in names), strict=True))
    if len(found) > MOST:
        told = f"'{'+'.join(names)}' has {len(found):,} different values, too many for a category"
        raise ValueError(f"column {told}: drop it, or make it an id in 'kinds'")
    return Choice(names, tuple(sorted(found, key=lambda value: [(cell is None, cell or "") for cell in value])))


def _sum(name: str, parts: tuple[str, ...], cells: Cells) -> Sum:
    lacking = next((part for part in parts if part not in cells), None)
    if len(parts) < 2 or lacking is not None:
        told = f"there is no column '{lacking}'" if lacking is not None else "it has fewer than two parts"
        raise ValueError(f"'sums': '{name}' is no sum of {', '.join(parts) or 'nothing'}: {told}")
    there = [cell for cell in cells[name] if cell is not None]
    wrong = next((cell for cell in there if not formats.is_number(cell)), None)
    if wrong is not None or not there:
        raise ValueError(f"'sums': '{name}' has '{wrong}', which is no number")
    made = Sum(name, parts, formats.number_format(there))
    read = {column: _read(column, cells[column]) for column in (name, *parts)}
    off = np.nan_to_num(np.abs(made.total(read) - read[name]), nan=0.0)
    off = np.where(np.isnan(made.total(read)) == np.isnan(read[name]), off, np.inf)
    broken = off > 0.5 * 10**-made.format.decimals
    if broken.any():
        raise ValueError(f"'sums': in row {int(broken.argmax()) + 1} '{name}' is not {' + '.join(parts)}")
    return made


def _read(name: str, cells: Sequence[Cell]) -> np.ndarray:
    wrong = next((cell for cell in cells if cell is not None and not formats.is_number(cell)), None)
    if wrong is not None:
        raise ValueError(f"'sums': '{name}' has '{wrong}', which is no number")
    return np.array([np.nan if cell is None else float(cell) for cell in cells])


def _check_sums(made: Sequence[Column]) -> None:
    numbers = {column.name for column in made if isinstance(column, Number)}
    lacking = [part for column in made if isinstance(column, Sum) for part in column.parts if part not in numbers]
    if lacking:
        raise ValueError(f"'sums': '{lacking[0]}' must be a number or an integer; say so in 'kinds'")


def _number(name: str, kind: str, cells: Sequence[Cell], rows: np.ndarray, how: Fitting) -> Number:
    there = [cell for cell in cells if cell is not None]
    form = _format(name, kind, there, how)
    wrong = next((i for i, cell in enumerate(cells) if cell is not None and not _reads(form, kind, cell)), None)
    if wrong is not None:
        raise ValueError(f"column '{name}' should be {_a(kind)}, but row {wrong + 1} has '{cells[wrong]}'")
    values = np.array([np.nan if cell is None else form.value(cell) for cell in cells], dtype=np.float64)
    known = values[rows][~np.isnan(values[rows])]
    whole = values[~np.isnan(values)]
    known = known if len(known) else whole
    scale = scales.Modes.of(known, how.modes) if how.normalize == "modes" else scales.Quantiles.of(known)
    ends = (float(whole.min()), float(whole.max()))
    return Number(name, kind, form, scale, ends, float(known.std()) or 1.0, len(there) < len(cells))


def _format(name: str, kind: str, there: Sequence[str], how: Fitting) -> formats.Format:
    if not there:
        raise ValueError(f"column '{name}' should be {_a(kind)}, but all its cells are missing")
    if kind != "date":
        return formats.number_format(there) if kind == "number" else formats.NumberFormat()
    form = formats.DateFormat(how.dates[name]) if name in how.dates else formats.date_format(there)
    if form is None:
        raise ValueError(f"column '{name}' should be a date, but '{there[0]}' is in no known format: say it in 'dates'")
    return form


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _reads(form: formats.Format, kind: str, cell: str) -> bool:
    try:
        value = form.value(cell)
    except ValueError:
        return False
    return kind == "date" or bool(np.isfinite(value) and (kind == "number" or value == round(value)))
