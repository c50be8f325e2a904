"""Which components there are: the plugins' classes by kind and name, with the package each comes from."""

from __future__ import annotations

import importlib.resources
import inspect
import os
from collections.abc import Iterable, Iterator, Mapping

import attrs
import pluggy
import tomli

from ganframe import hookspecs, packages
from ganframe.errors import PluginFault, did_you_mean
from ganframe.hookspecs import ENGINE_KEYS, KINDS, METHODS
from ganframe.packages import Package, harmless, one_line

#: The import packages that come in ganframe's own wheel; nobody may shadow their names.
STOCK = "ganframe"


@attrs.frozen
class Entry:
    """One component class and where it comes from."""

    kind: str
    name: str
    cls: type
    plugin: str
    distribution: str
    version: str
    file: str


@attrs.frozen
class Broken:
    """A plugin package that cannot be loaded, and why, in one line."""

    plugin: str
    distribution: str
    version: str
    reason: str

    def __str__(self) -> str:
        return f"plugin {self.plugin} ({self.distribution} {self.version}): {self.reason}"


class Unknown(LookupError):
    """No component of that kind and name; the text says what is near."""


@attrs.define
class Registry:
    """The plugins found, asked kind by kind: a plugin's classes are imported when their kind is first needed.

    `packages` maps a plugin to its distribution and version, `blocked` names the plugins left out by request,
    `recorded` maps the plugins of a checkpoint to "distribution version", for the error about one that is missing.
    """

    manager: pluggy.PluginManager
    packages: dict[str, tuple[str, str]] = attrs.field(factory=dict)
    broken: list[Broken] = attrs.field(factory=list)
    blocked: tuple[str, ...] = ()
    recorded: Mapping[str, str] = attrs.field(factory=dict)
    _entries: dict[str, dict[str, Entry]] = attrs.field(factory=dict)
    _contested: dict[tuple[str, str], str] = attrs.field(factory=dict)

    def kind(self, kind: str) -> dict[str, Entry]:
        """Every component of a kind by name; a name that two packages offer is among `broken` instead."""
        if kind not in self._entries:
            self._entries[kind] = self._collect(kind)
        return self._entries[kind]

    def get(self, kind: str, name: str) -> type:
        """The class of that kind and name. Raises Unknown, or PluginFault where two packages offer the name."""
        entries = self.kind(kind)
        if name in entries:
            return entries[name].cls
        if (kind, name) in self._contested:
            raise PluginFault(self._contested[kind, name])
        elsewhere = [k for k in KINDS if k != kind and k in self._entries and name in self._entries[k]]
        hint = self._whereabouts(kind, name, entries)
        if elsewhere:
            hint = f"; '{name}' is {'an' if elsewhere[0][0] in 'aeiou' else 'a'} {elsewhere[0]}"
        raise Unknown(f"unknown {kind} '{name}'{hint}")

    def __iter__(self) -> Iterator[Entry]:
        for kind in KINDS:
            yield from self.kind(kind).values()

    def _whereabouts(self, kind: str, name: str, entries: Iterable[str]) -> str:
        lost = [made for plugin, made in self.recorded.items() if plugin not in {*self.packages, *self.blocked}]
        package = known_packages().get(kind, {}).get(name) or " ".join(made.replace(" ", "==") for made in lost)
        if package:
            return f"; it comes with another package: pip install {package}"
        near = did_you_mean(name, entries)
        missing = [f"; plugin {plugin} is blocked" for plugin in self.blocked]
        return near + "".join([*missing, *(f"; {b}" for b in self.broken if not near)])

    def _collect(self, kind: str) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for impl in getattr(self.manager.hook, KINDS[kind]).get_hookimpls():
            for cls in self._classes(kind, impl):
                entry = Entry(kind, cls.__name__, cls, impl.plugin_name, *self.packages[impl.plugin_name], _file(cls))
                other = found.setdefault(entry.name, entry)
                if other is not entry:
                    found[entry.name] = self._settle(other, entry)
        return {name: entry for name, entry in sorted(found.items()) if (kind, name) not in self._contested}

    def _settle(self, one: Entry, two: Entry) -> Entry:
        """Ours, where a stranger offers a name of ours; else one of the two, and nobody can use the name."""
        if (one.distribution == STOCK) != (two.distribution == STOCK):
            ours, other = (one, two) if one.distribution == STOCK else (two, one)
            self._breaks(other, f"{other.kind} '{other.name}' would shadow ganframe's own")
            return ours
        both = f"{one.distribution} {one.version} and {two.distribution} {two.version}"
        reason = f"{one.kind} '{one.name}' is offered by {both}; block one with -p no:NAME"
        self._contested[one.kind, one.name] = reason
        self._breaks(two, reason)
        return one

    def _breaks(self, entry: Entry, reason: str) -> None:
        self.broken.append(Broken(entry.plugin, entry.distribution, entry.version, reason))

    def _classes(self, kind: str, impl: pluggy.HookImpl) -> list[type]:
        try:
            offered = harmless(impl.function)
            if not isinstance(offered, (list, tuple)):
                raise TypeError(f"{KINDS[kind]} must return a list of classes, not {type(offered).__name__}")
            faults = [fault for cls in offered if (fault := contract_fault(kind, cls))]
            if faults:
                raise TypeError("; ".join(faults))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin may raise anything, SystemExit too; the others must stay usable
            distribution, version = self.packages[impl.plugin_name]
            self.broken.append(Broken(impl.plugin_name, distribution, version, one_line(error)))
            return []
        return list(offered)


def _file(cls: type) -> str:
    """Where the class is written: `source_file` where an adapter made it, else its source, else nothing."""
    try:
        return str(getattr(cls, "source_file", None) or inspect.getsourcefile(cls) or "")
    except (TypeError, OSError):
        return ""


def known_packages() -> dict[str, dict[str, str]]:
    """Published packages by kind and component name."""
    return tomli.loads(importlib.resources.files("ganframe").joinpath("known_packages.toml").read_text("utf-8"))


def contract_fault(kind: str, cls: object) -> str | None:
    """Why this object cannot be a component of the kind, or None."""
    if not isinstance(cls, type) or not attrs.has(cls):
        return f"{getattr(cls, '__name__', cls)!r} is no component class; mark it with @component"
    methods = {name for base in cls.__mro__ for name in vars(base)}
    if not methods & set(METHODS[kind]):
        return f"{kind} '{cls.__name__}' has none of the methods {', '.join(METHODS[kind])}"
    clash = sorted({a.name for a in attrs.fields(cls)} & ENGINE_KEYS[kind])
    if clash:
        return f"{kind} '{cls.__name__}' has an option named like the engine's key '{clash[0]}'"
    events = sorted(m for m in methods if m.startswith("on_") and m not in METHODS["hook"])
    if kind == "hook" and events:
        near = did_you_mean(events[0], METHODS["hook"])
        return f"hook '{cls.__name__}' listens to '{events[0]}', which is no event{near}"
    return None


def discover(blocked: Iterable[str] = (), recorded: Mapping[str, str] | None = None) -> Registry:
    """Find the installed plugins by their entry points; a broken one is recorded and the others stay usable.

    `blocked` names plugins (entry-point names) that are not even imported; `recorded` is a checkpoint's. With
    GANFRAME_NO_PLUGINS=1 in the environment, all but ganframe's own are blocked.
    """
    alone = os.environ.get("GANFRAME_NO_PLUGINS", "") not in ("", "0")
    manager = pluggy.PluginManager("ganframe")
    manager.add_hookspecs(hookspecs)
    registry = Registry(manager, recorded=recorded or {})
    for package in sorted(packages.installed(hookspecs.GROUP), key=_ours_first):
        if package.plugin in set(blocked) or (alone and package.distribution != STOCK):
            registry.blocked += (package.plugin,)
            continue
        owner = registry.packages.setdefault(package.plugin, (package.distribution, package.version))
        taken = owner != (package.distribution, package.version)
        reason = f"its name is taken by {owner[0]}" if taken else package.fault or _load(manager, package)
        if reason:
            registry.broken.append(Broken(package.plugin, package.distribution, package.version, reason))
    return registry


def _ours_first(package: Package) -> tuple[bool, str, str]:
    return package.distribution != STOCK, package.plugin, package.distribution


def _load(manager: pluggy.PluginManager, package: Package) -> str | None:
    """Import a plugin and register its hooks, or say in one line why not."""
    known = set(KINDS.values())
    try:
        module = harmless(package.point.load)  # type: ignore[union-attr]
        mine = [n for n in dir(module) if getattr(getattr(module, n), "ganframe_impl", None) is not None]
        if not mine:
            return "no function is marked @ganframe.plugin"
        wrong = sorted(n for n in mine if n not in known)
        if wrong:
            return f"'{wrong[0]}' is no hook of {hookspecs.GROUP}{did_you_mean(wrong[0], known)}"
        manager.register(module, package.plugin)
    except pluggy.PluginValidationError as error:
        manager.unregister(name=package.plugin)  # the hooks before the wrong one are registered already
        return str(error).splitlines()[-1]
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit at import must not end the command
        return f"cannot be imported: {one_line(error)}"
    return None
