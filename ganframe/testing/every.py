"""Laws of every kind: documented, frozen, bounded, and the same after a trip through TOML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import tomli
import tomli_w

from ganframe.component import is_component, options
from ganframe.errors import Place, Problem
from ganframe.spec.convert import Env, Resolver
from ganframe.spec.env import as_node
from ganframe.testing.case import Case
from ganframe.testing.judge import Violation, require
from ganframe.testing.stock import installed


def has_a_docstring(cls: type, cases: list[Case]) -> None:
    """The class has a docstring of its own; its first line says what it is."""
    text = vars(cls).get("__doc__")
    require(isinstance(text, str) and text.strip().splitlines()[0].strip(), f"{cls.__name__} has no docstring")


def options_are_documented(cls: type, cases: list[Case]) -> None:
    """Every option says what it means."""
    bare = [name for name, a in options(cls).items() if not a.metadata.get("doc")]
    require(not bare, f"no doc for {', '.join(map(repr, bare))}: write `option(default, \"what it means\")`")


def is_frozen(cls: type, cases: list[Case]) -> None:
    """An instance cannot be changed, and options are given by keyword."""
    for case in cases[:1]:
        made = case.make()
        for name in options(cls):
            try:
                setattr(made, name, getattr(made, name))
            except attrs.exceptions.FrozenInstanceError:
                continue
            raise Violation(f"'{name}' can be assigned: mark the class with @component")
        require(all(a.kw_only for a in attrs.fields(cls)), "options can be given by position: use @component")


def bounds_are_kept(cls: type, cases: list[Case]) -> None:
    """A value outside `min`, `max` or `choices` is refused, and the message names the option."""
    for case in cases[:1]:
        for name, attribute in options(cls).items():
            for bad in _outside(attribute.metadata):
                usual = case.options.get(name, attribute.default)
                value = (bad, *usual[1:]) if isinstance(usual, tuple) and usual else bad
                _refuses(case, attribute, value)


def _outside(about: Any) -> list[Any]:
    low, high, choices = about.get("min"), about.get("max"), about.get("choices")
    beyond = [bound + way * max(1, abs(bound) // 8) for bound, way in ((low, -1), (high, 1)) if bound is not None]
    return [*beyond, type(choices[0])(-(10**6))] if choices else beyond


def _refuses(case: Case, attribute: attrs.Attribute[Any], value: Any) -> None:
    try:
        case.cls(**case.options | {attribute.alias or attribute.name: value})
    except ValueError as error:
        named = f"'{attribute.name}'" in str(error)
        require(named, f"the refusal of {attribute.name} = {value!r} does not name the option: {error}")
        return
    raise Violation(f"{attribute.name} = {value!r} is outside its bounds and accepted")


def survives_toml(cls: type, cases: list[Case]) -> None:
    """Options written as TOML and read again make an equal component, defaults included."""
    for case in cases:
        made = case.make()
        wanted = {name: value for name in options(cls) if is_plain(value := getattr(made, name))}
        text = tomli_w.dumps({name: str(v) if isinstance(v, Path) else v for name, v in wanted.items()})
        problems: list[Problem] = []
        nodes = {name: as_node(value, Place("toml", 1, 1)) for name, value in tomli.loads(text).items()}
        others = {name: getattr(made, name) for name in options(cls) if name not in wanted}
        resolver = Resolver(installed(), problems)
        fields = options(cls)
        for name, node in nodes.items():
            value = resolver.value(fields[name].type, node, name, fields[name].metadata, Env({}))
            require(not problems, f"{name} = {wanted[name]!r} cannot be written as TOML: {problems[:1]}")
            same = value == wanted[name] or isinstance(value, Path) and value == wanted[name].absolute()
            require(same, f"{name} = {wanted[name]!r} comes back from TOML as {value!r}")
            others[name] = value
        cls(**{fields[name].alias or name: value for name, value in others.items()})


def written(component: Any) -> dict[str, Any] | None:
    """The table of a spec that makes the component, components in it too, or None where TOML cannot hold an option."""
    table: dict[str, Any] = {"type": type(component).__name__}
    for name, attribute in options(type(component)).items():
        value = getattr(component, name)
        if value is attribute.default or value is None:
            continue
        value = written(value) if is_component(value) else value
        if not isinstance(value, dict) and not is_plain(value):
            return None
        table[name] = str(value) if isinstance(value, Path) else value
    return table


def is_plain(value: Any) -> bool:
    """True for what TOML can hold by itself: numbers, strings, paths, and arrays of them."""
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    return isinstance(value, (bool, int, float, str, Path)) and not is_component(value)


LAWS = (has_a_docstring, options_are_documented, is_frozen, bounds_are_kept, survives_toml)
