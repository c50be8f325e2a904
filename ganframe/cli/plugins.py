"""`ganframe plugins`: what is installed, what a component takes, and whether a plugin keeps the contract."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganframe.cli import engine
from ganframe.cli.group import WholeGroup
from ganframe.cli.options import plugins_option
from ganframe.cli.package import new_plugin
from ganframe.errors import PluginFault, did_you_mean

if TYPE_CHECKING:
    from ganframe.registry import Registry

_PLAIN = ("kind", "name", "distribution", "version", "status")


@click.group(cls=WholeGroup)
def plugins() -> None:
    """List, explain and check the components that plugins provide; begin a package of your own."""


plugins.add_command(new_plugin)


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="A list of {kind, name, distribution, version, file, status}.")
@plugins_option
def list_plugins(as_json: bool, blocked: tuple[str, ...]) -> None:
    """List every component and the package it comes from; broken packages last, with the reason."""
    found = rows(engine.registry_without(blocked))
    if as_json:
        print(json.dumps(found, indent=1))
        return
    widths = {key: max((len(row[key]) for row in found), default=0) for key in _PLAIN}
    for row in found:
        print("  ".join(row[key].ljust(widths[key]) for key in _PLAIN).rstrip())


@plugins.command("show")
@click.argument("name")
@plugins_option
def show_plugin(name: str, blocked: tuple[str, ...]) -> None:
    """Explain the component NAME: what it computes, its options, where it is written, how a spec names it."""
    from ganframe.cli.describe import describe
    from ganframe.cli.example import example, users

    registry = engine.registry_without(blocked)
    entries = [entry for entry in registry if entry.name == name]
    if not entries:
        near = did_you_mean(name, [entry.name for entry in registry])
        raise click.BadParameter(f"no component '{name}'{near}", param_hint="NAME")
    for number, entry in enumerate(entries):
        said = {"in a spec": example(entry, registry), "used in": users(entry)}
        more = "".join(f"\n{what}: {text}" for what, text in said.items() if text)
        print("\n" * (number > 0) + describe(entry) + f"\n{more}" * bool(more))


@plugins.command("reference")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file; standard output unless given.")
@plugins_option
def reference(names: tuple[str, ...], out: Path | None, blocked: tuple[str, ...]) -> None:
    """Write a page of Markdown on components: those called NAME or of the plugin NAME, or all of ganframe's own."""
    from ganframe import disk
    from ganframe.cli.reference import markdown
    from ganframe.registry import STOCK

    registry = engine.registry_without(blocked)
    _known(registry, names)
    wanted = set(names)
    found = (e for e in registry if {e.name, e.plugin} & wanted or (not names and e.distribution == STOCK))
    text = markdown(found, engine=not names)
    if out is None:
        print(text, end="")
        return
    disk.write(out, text.encode())
    print(f"wrote: {out}")


@plugins.command("check")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@plugins_option
def check_plugins(names: tuple[str, ...], blocked: tuple[str, ...]) -> int:
    """Try the laws of each kind on components: those called NAME or of the plugin NAME, or all that are not ganframe's.

    A package that cannot be loaded fails too.
    """
    from ganframe.registry import STOCK
    from ganframe.testing.kit import trial

    registry = engine.registry_without(blocked)
    entries = [e for e in registry if {e.name, e.plugin} & set(names) or (not names and e.distribution != STOCK)]
    broken = [b for b in registry.broken if not names or b.plugin in names]
    _known(registry, names)
    faults = [str(b) for b in broken]
    for entry in entries:
        tried = trial(entry.kind, entry.cls)
        print(f"{entry.kind} {entry.name}  ({entry.distribution} {entry.version})")
        for law, statement in tried.laws.items():
            print(f"  {'FAIL' if law in tried.faults else 'ok  '}  {law}: {statement}")
        faults += [f"{entry.kind} '{entry.name}', {law}: {told}" for law, told in tried.faults.items()]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(entries)} components checked, {len(faults)} faults")
    return PluginFault.status if faults else 0


def rows(registry: Registry) -> list[dict[str, str]]:
    """A row for each component, then one for each broken package."""
    keys = ("kind", "name", "distribution", "version", "file", "status")
    found = [(e.kind, e.name, e.distribution, e.version, e.file, "ok") for e in registry]
    broken = [("plugin", b.plugin, b.distribution, b.version, "", b.reason) for b in registry.broken]
    return [dict(zip(keys, row, strict=True)) for row in (*found, *broken)]


def _known(registry: Registry, names: tuple[str, ...]) -> None:
    """Refuse a name that is neither a component nor a plugin."""
    known = {n for e in registry for n in (e.name, e.plugin)} | {b.plugin for b in registry.broken}
    for name in names:
        if name not in known:
            near = did_you_mean(name, known)
            raise click.BadParameter(f"no component and no plugin '{name}'{near}", param_hint="NAME")
