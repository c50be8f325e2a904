"""Component classes made from Python signatures."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Sequence
from typing import Any

from ganframe import component, option
from ganframe_torch import bounds, leftout, signature, table, words
from ganframe_torch.signature import Argument


class Wrapped:
    """A component that stands for a class or function of PyTorch and bears its name."""

    _torch: Any = None
    _names: dict[str, str] = {}  # option -> PyTorch's name, in the signature's order
    _none: frozenset[str] = frozenset()  # options in which "none" means None

    def arguments(self) -> dict[str, Any]:
        """The options that are given, under PyTorch's names and as PyTorch takes them."""
        found = {}
        for name, torch_name in self._names.items():
            value = getattr(self, name)
            if value is not None:
                found[torch_name] = signature.to_python(value) if name in self._none else value
        return found


def known(entries: dict[str, Any], owner: str, name: str, default: Any = None) -> Any:
    """What a table says of an option: the entry of this class, else that of the option's name."""
    return entries.get(f"{owner}.{name}", entries.get(name, default))


def usable(found: list[Argument], owner: str) -> list[Argument]:
    """The arguments that are options."""
    return [a for a in found if not {a.name, f"{owner}.{a.name}"} & leftout.NOT_OPTIONS]


def make(
    base: type, target: Any, name: str, path: str, found: list[Argument], *,
    flags: Sequence[Argument] = (), curves: Collection[str] = (), fields: dict[str, tuple[Any, Any]] | None = None,
    **body: Any,
) -> type:  # fmt: skip
    """A component class called `name` that stands for `target`, whose dotted name is `path`.

    Its options are the arguments `found` (those in `curves` may be curves), the `flags` of a call, and `fields`: type
    and declaration by name. `body` are further members of the class.
    """
    docs = signature.argument_docs(target.__doc__)
    options = {table.RENAMED.get(a.name, a.name): a for a in (*found, *flags)}
    hints = {shown: hint(a, name) for shown, a in options.items()}
    declared = {
        shown: field(a, name, known(words.DOCS, name, a.name, docs.get(a.name, "")), a.name in curves)
        for shown, a in options.items()
    }
    members = {
        "__annotations__": hints | {n: hint for n, (hint, _) in (fields or {}).items()},
        "__doc__": describe(target, path, words.NOTES.get(name, "")),
        "__module__": base.__module__,
        "__qualname__": name,
        "source_file": inspect.getsourcefile(target) or "",
        "_torch": target,
        "_names": {shown: a.name for shown, a in options.items() if a not in flags},
        "_flags": tuple(a.name for a in flags),
        "_none": frozenset(shown for shown, hint in hints.items() if signature.writes_none(hint)),
    }
    return component(type(name, (base,), members | declared | {n: f for n, (_, f) in (fields or {}).items()} | body))


def hint(argument: Argument, owner: str) -> Any:
    """The strict type of an option; a size that the input gives may be left out."""
    found = signature.option_type(argument, known(bounds.CHOICES, owner, argument.name, ()))
    return found | None if argument.name in table.SIZES else found


def field(argument: Argument, owner: str, doc: str, curve: bool) -> Any:
    """The declaration of an option, bounded where PyTorch takes a wrong value in silence."""
    default = known(bounds.DEFAULTS, owner, argument.name, argument.default)
    low, high = known(bounds.BOUNDS, owner, argument.name, (None, None))
    if argument.name in table.SIZES:
        default, doc = None, f"{doc}; taken from the input, and checked where written"
    elif argument.required:
        return option(doc=doc, min=low, max=high, curve=curve)
    elif isinstance(default, (list, tuple)):
        default = tuple("none" if d is None else d for d in default)
    elif signature.option_type(argument, ()) is float and default is not None:
        default = float(default)
    return option(default, doc, min=low, max=high, curve=curve)


def describe(target: Any, path: str, note: str) -> str:
    """The docstring of a class: PyTorch's first sentence, PyTorch's name, and what is particular here."""
    return "\n\n".join(filter(None, (signature.first_sentence(target.__doc__), f"PyTorch's {path}.", note)))
