"""Component tables to component instances: strict, located, every fault recorded and none raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import attrs

from ganframe.errors import PluginFault, Problem, did_you_mean
from ganframe.hookspecs import ENGINE_KEYS
from ganframe.spec import paths
from ganframe.spec.env import Env, UnknownFact, UnknownName, is_wire, substitute
from ganframe.spec.model import Node, Use
from ganframe.spec.uses import option_fields, tensor, use, wire_parameters
from ganframe.spec.values import Fault, Recorded, an, convert, found

__all__ = ["Components", "Env", "Resolver", "UnknownFact", "UnknownName", "substitute"]


class Components(Protocol):
    """What a registry must offer here: the class of a kind and name, or a LookupError that says what is near."""

    def get(self, kind: str, name: str) -> type: ...

    def kind(self, kind: str) -> Mapping[str, Any]: ...


class Resolver:
    """Makes components of tables. A fault is recorded in `problems` and the answer is None.

    The answer is None without a problem where a value needs a fact of data that could not be opened.
    `base` is the folder of paths that stand in no file; `layers` are the spec's own layers, its blocks and networks,
    which an unknown layer may be meant to be.
    """

    def __init__(
        self, registry: Components, problems: list[Problem], base: Path | None = None, layers: Iterable[str] = ()
    ) -> None:
        self.registry, self.problems, self.base, self.layers = registry, problems, base, tuple(layers)

    def component(self, use: Use, env: Env) -> Any | None:
        """The component of a table, or None."""
        return self._guarded(lambda: self._component(use, env)[0])

    def layer(self, use: Use, env: Env) -> tuple[Any, dict[str, Node]] | None:
        """A layer and its wires: the keys of the line that `build` takes, each "@w" or an array of them."""
        return self._guarded(lambda: self._component(use, env))

    def nested(self, kind: str, node: Node, env: Env, path: str) -> Any | None:
        """The component of a kind that a string or table stands for, or None."""
        return self._guarded(lambda: self._nested(kind, node, env, path))

    def number(
        self, node: Node, env: Env, path: str, *, min: float | None = None, max: float | None = None
    ) -> Any | None:
        """A float within bounds, or a curve, or None."""
        def read() -> Any:
            value = self._value(float, node, env, path, {"curve": True})
            if isinstance(value, float) and min is not None and value < min:
                raise Fault(node, path, f"must be at least {min}, not {value:g}")
            if isinstance(value, float) and max is not None and value > max:
                raise Fault(node, path, f"must be at most {max}, not {value:g}")
            return value

        return self._guarded(read)

    def options(self, cls: type, nodes: Mapping[str, Node], env: Env, path: str, node: Node | None) -> Any | None:
        """An engine table such as RunOptions, or None."""
        at = node or next(iter(nodes.values()), None)
        return self._guarded(lambda: self._make(cls, "", nodes, env, path, at))

    def value(self, annotation: Any, node: Node, path: str, about: Mapping[str, Any], env: Env) -> Any | None:
        """The Python value of a node under an annotation and an option's metadata, or None."""
        return self._guarded(lambda: self._value(annotation, node, env, path, about))

    def _guarded(self, make: Callable[[], Any]) -> Any | None:
        try:
            return make()
        except Fault as fault:
            self._record(fault)
        except (Recorded, UnknownFact):
            pass
        return None

    def _record(self, fault: Fault) -> None:
        self.problems.append(Problem(fault.node.place, fault.path, fault.message))

    def _component(self, written: Use, env: Env) -> tuple[Any, dict[str, Node]]:
        name, given = self._type(written, env)
        try:
            cls = self.registry.get(written.kind, name.value)
        except LookupError as unknown:
            raise Fault(name, written.path, self._no_such(written.kind, name.value, str(unknown.args[0]))) from None
        named = wire_parameters(cls).keys() - option_fields(cls).keys() if written.kind == "layer" else set()
        before = len(self.problems)
        wires = {key: self._wire(given[key], env, f"{written.path}.{key}") for key in given if key in named}
        rest = {key: node for key, node in given.items() if key not in wires}
        others = named | ENGINE_KEYS[written.kind]
        made = self._make(cls, cls.__name__, rest, env, written.path, written.node, others, name)
        if len(self.problems) > before:
            raise Recorded
        return made, {key: wire for key, wire in wires.items() if wire is not None}

    def _type(self, use: Use, env: Env) -> tuple[Node, dict[str, Node]]:
        """The type's name, and the options: those of a parameter that holds a whole table come first."""
        name = self._substituted(use.type, env, use.path)
        given = dict(use.options)
        if isinstance(name.value, dict) and "type" in name.value:
            engine = sorted(set(name.value) & ENGINE_KEYS[use.kind] - {"type"})
            if engine:
                raise Fault(name.value[engine[0]], use.path, f"'{engine[0]}' cannot stand in a table used as a type")
            given = {**{k: v for k, v in name.value.items() if k != "type"}, **given}
            name = self._substituted(name.value["type"], env, use.path)
        if not isinstance(name.value, str):
            raise Fault(name, use.path, f"'type' must be the name of {an(use.kind)}, not {found(name)}")
        return name, given

    def _no_such(self, kind: str, name: str, message: str) -> str:
        """The registry's message; where it has no hint, the spec's own layers or the names there are."""
        own = did_you_mean(name, self.layers) if kind == "layer" else ""
        if own or ";" in message:
            return f"{message.partition(';')[0]}{own}" if own else message
        names = [*self.registry.kind(kind)]
        return f"{message}; there are {', '.join(names)}" if 0 < len(names) <= 24 else message

    def _wire(self, node: Node, env: Env, path: str) -> Node | None:
        try:
            node = self._substituted(node, env, path)
            items = node.value if isinstance(node.value, list) else [node]
            wrong = next((item for item in items if not is_wire(item)), None if items else node)
            if wrong is None:
                return node
            hint = f'; write "@{wrong.value}"' if isinstance(wrong.value, str) else ""
            self._record(Fault(wrong, path, f'expected a wire such as "@in", found {found(wrong)}{hint}'))
        except Fault as fault:
            self._record(fault)
        except UnknownFact:
            pass
        return None

    def _make(
        self, cls: type, name: str, nodes: Mapping[str, Node], env: Env, path: str, at: Node | None,
        others: Iterable[str] = (), named: Node | None = None,
    ) -> Any:
        fields = option_fields(cls)
        before, silent = len(self.problems), False
        meant: set[str] = set()
        values: dict[str, Any] = {} if named is None else paths.defaults(fields, nodes, named, self.base)
        for key, node in nodes.items():
            if key not in fields:
                meant |= self._unknown(name, key, node, [*fields, *others], path)
                continue
            try:
                field = fields[key]
                values[field.alias or key] = self._option(field, node, env, f"{path}.{key}" if path else key)
            except Fault as fault:
                self._record(fault)
            except (Recorded, UnknownFact):
                silent = True
        needed = {n for n, a in fields.items() if a.default is attrs.NOTHING} - nodes.keys() - meant
        if at is not None:
            who = f"'{name}'" if name else "this table"
            for missing in sorted(needed):
                self._record(Fault(at, path, f"{who} needs the option '{missing}'"))
        if silent or len(self.problems) > before:
            raise Recorded
        return self._instance(cls, values, path, at)

    def _option(self, field: attrs.Attribute[Any], node: Node, env: Env, path: str) -> Any:
        value = self._value(field.type, node, env, path, field.metadata)
        if field.validator is not None:
            try:
                field.validator(None, field, value)
            except (ValueError, TypeError) as error:
                raise Fault(self._substituted(node, env, path), path, str(error)) from None
        return value

    def _value(self, annotation: Any, node: Node, env: Env, path: str, about: Mapping[str, Any]) -> Any:
        node = self._substituted(node, env, path)
        if about.get("wire"):
            return tensor(node, path)
        return convert(annotation, node, path, about, lambda k, n, p: self._inner(k, n, env, p), self.base)

    def _inner(self, kind: str, node: Node, env: Env, path: str) -> Any:
        made = self.nested(kind, node, env, path)
        if made is None:
            raise Recorded
        return made

    def _nested(self, kind: str, node: Node, env: Env, path: str) -> Any:
        node = self._substituted(node, env, path)
        return self._component(use(kind, node, path), env)[0]

    def _substituted(self, node: Node, env: Env, path: str) -> Node:
        try:
            return substitute(node, env)
        except UnknownName as unknown:
            raise Fault(unknown.node or node, path, str(unknown)) from None

    def _unknown(self, name: str, key: str, node: Node, known: list[str], path: str) -> set[str]:
        """Record an unknown option; the answer is the option it may be meant to be."""
        who = f"'{name}' has no option" if name else "unknown key"
        near = did_you_mean(key, known)
        hint = near or (f"; it takes {', '.join(sorted(known))}" if known else "; it takes none")
        self.problems.append(Problem(node.key, path, f"{who} '{key}'{hint}"))
        return {other for other in known if near == f"; did you mean '{other}'?"}

    def _instance(self, cls: type, values: dict[str, Any], path: str, at: Node | None) -> Any:
        try:
            return cls(**values)
        except (ValueError, TypeError) as error:
            if at is None:
                raise PluginFault(f"{cls.__module__}.{cls.__name__} refuses its own defaults: {error}") from error
            raise Fault(at, path, str(error)) from None
