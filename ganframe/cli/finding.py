"""Which data set reads a file or folder, as the data sets themselves say."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs
import click

from ganframe.component import Survey
from ganframe.errors import did_you_mean
from ganframe.spec.emit import emit

if TYPE_CHECKING:
    from ganframe.registry import Entry, Registry


@attrs.frozen(eq=False)
class Finding:
    """A data set, and what it said of a path."""

    entry: Entry
    survey: Survey
    #: Names of other data sets that know the path too.
    others: tuple[str, ...] = ()


def found_at(registry: Registry, path: Path, wanted: str | None = None) -> Finding:
    """The data set that knows best what is at a path, the first of those that know it equally well, or the wanted one.

    Raises click.BadParameter where none does, with its reason.
    """
    known = registry.kind("dataset")
    if wanted is not None and wanted not in known:
        told = f"no data set '{wanted}'{did_you_mean(wanted, known) or '; `ganframe plugins list` has all'}"
        raise click.BadParameter(told, param_hint="--type")
    reasons, found = [], []
    for entry in known.values():
        if not hasattr(entry.cls, "survey") or wanted not in (None, entry.name):
            continue
        try:
            survey = entry.cls.survey(path)
        except (ValueError, OSError, ImportError) as error:
            reasons.append(str(error))
            continue
        if survey is not None:
            found.append(Finding(entry, survey))
    if found:
        best = max(found, key=lambda finding: finding.survey.rank)
        return attrs.evolve(best, others=tuple(other.entry.name for other in found if other is not best))
    if wanted is not None and not reasons:
        raise click.BadParameter(f"'{wanted}' does not know what {path} is{_inside(path)}", param_hint="--type")
    raise click.BadParameter("; ".join(reasons) or f"no data set knows what {path} is{_inside(path)}")


def opened(finding: Finding, **more: Any) -> Any:
    """The data, opened with the proposed options. Raises click.BadParameter."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged files are among what is odd already
            return finding.entry.cls(**{**_typed(finding.survey.options), **more}).open()
    except (ValueError, OSError, ImportError) as error:
        raise click.BadParameter(str(error)) from None


def table(finding: Finding, folder: Path = Path(), more: Mapping[str, Any] = MappingProxyType({})) -> str:
    """The `[data]` table of a spec in a folder; paths that were given relative are so to that folder."""
    said = {**finding.survey.options, **more}
    options = {name: _seen_from(folder, v) if isinstance(v, Path) else v for name, v in said.items()}
    return emit({"data": {"type": finding.entry.name, **options}}, ())


def _seen_from(folder: Path, path: Path) -> str:
    return str(path) if path.is_absolute() else os.path.relpath(path, folder)


def told_rows(data: Any) -> dict[str, str]:
    """Rows, fields and classes of open data, as texts by a word."""
    fields, facts = data.fields(), data.facts()
    shapes = [f"{name} {'x'.join(map(str, field.shape)) or 'number'}" for name, field in fields.items()]
    told = {"rows": f"{len(data):,}", "fields": ", ".join(shapes)}
    # Names of a field with a view of its own are those of its entries, not of classes.
    ours = (field for field in fields.values() if field.names and field.view == "array")
    named = next((field for field in ours if field.shape == (len(field.names),)), None)
    known = named is not None and "spans" not in facts
    return told | ({"classes": classes(named.names, facts, len(data))} if named is not None and known else {})


def classes(names: tuple[str, ...], facts: Mapping[str, Any], rows: int) -> str:
    """How many rows each class has, the largest first."""
    shares = facts.get("frequencies")
    if shares is None:
        return ", ".join(names)
    counts = [(round(share * rows), name) for share, name in zip(shares, names, strict=True)]
    counts.sort(key=lambda count: -count[0])
    shown = ", ".join(f"{name} {count:,}" for count, name in counts[:12])
    return f"{len(names)}: {shown}" + (f", … {counts[-1][1]} {counts[-1][0]:,}" if len(counts) > 12 else "")


def _typed(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}


def _inside(path: Path) -> str:
    if path.is_file():
        return ""
    names = sorted(file.name for file in path.iterdir())
    return f"; it holds {', '.join(names[:4])}{' …' * (len(names) > 4)}" if names else "; it is empty"
