"""Which components there are: the plugins' classes by kind and name, with the package each comes from."""

from __future__ import annotations

import importlib.metadata
import inspect
from collections.abc import Iterable

import attrs
import pluggy

from ganframe import hookspecs
from ganframe.errors import PluginFault, did_you_mean
from ganframe.hookspecs import ENGINE_KEYS, KINDS, METHODS

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
    """The plugins found, asked kind by kind: a plugin's classes are imported when their kind is first needed."""

    manager: pluggy.PluginManager
    packages: dict[str, tuple[str, str]] = attrs.field(factory=dict)
    broken: list[Broken] = attrs.field(factory=list)
    _entries: dict[str, dict[str, Entry]] = attrs.field(factory=dict)

    def kind(self, kind: str) -> dict[str, Entry]:
        """Every component of a kind by name. Raises PluginFault where two packages offer one name."""
        if kind not in self._entries:
            self._entries[kind] = self._collect(kind)
        return self._entries[kind]

    def get(self, kind: str, name: str) -> type:
        """The class of that kind and name, or Unknown with the nearest name."""
        entries = self.kind(kind)
        if name in entries:
            return entries[name].cls
        elsewhere = [k for k in KINDS if k != kind and k in self._entries and name in self._entries[k]]
        hint = f"; '{name}' is a {elsewhere[0]}" if elsewhere else did_you_mean(name, entries)
        raise Unknown(f"unknown {kind} '{name}'{hint}{_recorded(name) if not hint else ''}")

    def __iter__(self) -> Iterable[Entry]:  # type: ignore[override]
        for kind in KINDS:
            yield from self.kind(kind).values()

    def _collect(self, kind: str) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for impl in getattr(self.manager.hook, KINDS[kind]).get_hookimpls():
            distribution, version = self.packages[impl.plugin_name]
            for cls in self._classes(kind, impl, distribution, version):
                file = inspect.getsourcefile(cls) or "" if not hasattr(cls, "source_file") else cls.source_file
                entry = Entry(kind, cls.__name__, cls, impl.plugin_name, distribution, version, file)
                other = found.get(entry.name)
                if other is None:
                    found[entry.name] = entry
                elif STOCK in (distribution, other.distribution) and distribution != other.distribution:
                    guilty, keep = (entry, other) if other.distribution == STOCK else (other, entry)
                    found[entry.name] = keep
                    reason = f"{kind} '{entry.name}' would shadow ganframe's own"
                    self.broken.append(Broken(guilty.plugin, guilty.distribution, guilty.version, reason))
                else:
                    both = f"{other.distribution} {other.version} and {distribution} {version}"
                    raise PluginFault(f"{kind} '{entry.name}' is offered by {both}; block one with -p no:NAME")
        return dict(sorted(found.items()))

    def _classes(self, kind: str, impl: pluggy.HookImpl, distribution: str, version: str) -> list[type]:
        try:
            offered = impl.function()
            if not isinstance(offered, (list, tuple)):
                raise TypeError(f"{KINDS[kind]} must return a list of classes, not {type(offered).__name__}")
            faults = [fault for cls in offered if (fault := contract_fault(kind, cls))]
            if faults:
                raise TypeError("; ".join(faults))
        except Exception as error:  # a plugin may raise anything; the others must stay usable
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            self.broken.append(Broken(impl.plugin_name, distribution, version, reason))
            return []
        return list(offered)


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
        return f"hook '{cls.__name__}' listens to '{events[0]}', which is no event{did_you_mean(events[0], METHODS['hook'])}"
    return None


def discover(blocked: Iterable[str] = ()) -> Registry:
    """Find the installed plugins by their entry points; a broken one is recorded and the others stay usable.

    `blocked` names plugins (entry-point names) that are not even imported.
    """
    manager = pluggy.PluginManager("ganframe")
    manager.add_hookspecs(hookspecs)
    registry = Registry(manager)
    seen: dict[str, str] = {}
    points = importlib.metadata.entry_points(group=hookspecs.GROUP)
    for point in sorted(points, key=lambda p: (_distribution(p)[0] != STOCK, p.name)):
        distribution, version = _distribution(point)
        if point.name in set(blocked) or seen.get(point.name) == distribution:
            continue
        reason = f"its name is taken by {seen[point.name]}" if point.name in seen else _load(registry, point)
        seen.setdefault(point.name, distribution)
        registry.packages.setdefault(point.name, (distribution, version))
        if reason:
            registry.broken.append(Broken(point.name, distribution, version, reason))
    return registry


def _distribution(point: importlib.metadata.EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("?", "?")


def _load(registry: Registry, point: importlib.metadata.EntryPoint) -> str | None:
    known = set(KINDS.values())
    try:
        module = point.load()
        mine = [n for n in dir(module) if getattr(getattr(module, n), "ganframe_impl", None) is not None]
        if not mine:
            return "no function is marked @ganframe.plugin"
        wrong = sorted(n for n in mine if n not in known)
        if wrong:
            return f"'{wrong[0]}' is no hook of {hookspecs.GROUP}{did_you_mean(wrong[0], known)}"
        registry.manager.register(module, point.name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit at import must not end the command
        return f"cannot be imported: {type(error).__name__}: {error}".splitlines()[0]
    return None


def _recorded(name: str) -> str:
    return ""
