"""`ganframe sample --given NAME=FOLDER`: every file of a folder through the networks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ganframe.run import Run


def folders_of(texts: Iterable[str]) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Those `NAME=VALUE` texts whose VALUE is a folder, by name, and the others."""
    found: dict[str, Path] = {}
    rest = []
    for text in texts:
        name, _, value = text.partition("=")
        if value and Path(value).is_dir():
            found[name] = Path(value)
        else:
            rest.append(text)
    return found, tuple(rest)


def through(
    run: Run, folders: Mapping[str, Path], out: Path | None, given: Mapping[str, Any], seed: int, others: Iterable[str]
) -> None:
    """Translate the folders into `out` and say so; `others` are options that were given and do not go with a folder."""
    from ganframe import translate

    first = next(iter(folders.values()))
    for option in others:
        raise click.BadParameter(f"every file of {first} is taken once; leave it out", param_hint=option)
    if out is None or out.is_file():
        told = "needs a folder to write to" if out is None else f"'{out}' is a file; a folder is written"
        raise click.BadParameter(told, param_hint="--out")
    count, renamed = 0, ""
    for file, path in translate.folder(run, folders, out, given, seed):
        count += 1
        if file.name != path.name:
            renamed = renamed or f"; {file.name} as {path.name}"
    print(f"wrote: {out} ({count} {'file' if count == 1 else 'files'}{renamed})")
