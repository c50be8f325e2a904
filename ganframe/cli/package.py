"""`ganframe plugins new`: a package to begin with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

import ganframe
from ganframe import packages
from ganframe.cli.example import written_line
from ganframe.cli.texts import filled
from ganframe.hookspecs import GROUP, KINDS
from ganframe.spec.values import an

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


@click.command("new")
@click.argument("name")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)), default=("loss",), show_default=True,
    metavar="KIND", help=f"What it offers, as often as you like: {', '.join(KINDS)}.",
)
def new_plugin(name: str, kinds: tuple[str, ...]) -> None:
    """Write a package with the plugin NAME into the folder ganframe-NAME: it works as it is, and is to be changed."""
    name = name.removeprefix("ganframe-")
    if not _NAME.fullmatch(name):
        raise click.BadParameter(f"'{name}' must be small letters, digits and '-' between them", param_hint="NAME")
    for other in packages.installed(GROUP):
        if other.plugin == name:
            told = f"the plugin '{name}' is there already, in {other.distribution} {other.version}"
            raise click.BadParameter(told, param_hint="NAME")
    folder = Path(f"ganframe-{name}")
    if folder.exists():
        raise click.BadParameter(f"'{folder}' exists; it is left as it is", param_hint="NAME")
    for path, text in files(name, tuple(dict.fromkeys(kinds))):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
        print(f"wrote: {folder / path}")
    print(f"next: pip install -e ./{folder}")
    print(f"next: ganframe plugins check {name}")


def files(name: str, kinds: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The files of the package by their paths in it."""
    package = f"ganframe_{name.replace('-', '_')}"
    parts = [_part(name, kind) for kind in kinds]
    told = ", ".join(map(an, kinds)) if len(kinds) < 4 else f"{len(kinds)} components"
    values = {
        "name": name, "distribution": f"ganframe-{name}", "package": package, "parts": parts, "told": told,
        "version": ganframe.__version__,
    }  # fmt: skip
    yield "pyproject.toml", filled("plugin/pyproject.toml", values)
    yield "README.md", filled("plugin/README.md", values)
    yield f"src/{package}/__init__.py", filled("plugin/init.py", values)
    for part in parts:
        yield f"src/{package}/{part['kind']}.py", filled(f"plugin/kinds/{part['kind']}.py", {**values, **part})
    yield f"tests/test_{package}.py", filled("plugin/test.py", values)


def _part(name: str, kind: str) -> dict[str, str]:
    """A component's kind, class name, hook and line in a spec. A view is called as the fields that it shows."""
    words = [*name.split("-"), kind]
    cls = "".join(words[:-1]).capitalize() if kind == "view" else "".join(word.capitalize() for word in words)
    hook = KINDS[kind]
    plural = hook.removeprefix("ganframe_")
    return {"kind": kind, "cls": cls, "hook": hook, "plural": plural, "line": written_line(kind, cls)}
