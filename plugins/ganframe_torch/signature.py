"""A Python signature read as options: names, strict types, defaults, and what PyTorch's docstring says of each."""

from __future__ import annotations

import collections.abc
import inspect
import re
import types
import typing
from collections.abc import Callable
from typing import Any, Literal

import attrs
import torch

REQUIRED = inspect.Parameter.empty
_SEQUENCES = (list, collections.abc.Sequence, collections.abc.Iterable)
_NAMES = {**vars(typing), **vars(collections.abc)}


@attrs.frozen
class Argument:
    """One named argument of a function: its annotation (REQUIRED where there is none) and default."""

    name: str
    annotation: Any
    default: Any

    @property
    def required(self) -> bool:
        """True if the argument has no default."""
        return self.default is REQUIRED


def arguments(function: Callable[..., Any]) -> list[Argument]:
    """The public named arguments of a function or method, `self` left out."""
    hints = typing.get_type_hints(function, localns=_NAMES)
    found = inspect.signature(function).parameters.values()
    return [
        Argument(p.name, hints.get(p.name, REQUIRED), p.default)
        for p in found
        if p.name != "self" and not p.name.startswith("_") and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]


def members(annotation: Any) -> list[Any]:
    """The members of a union, or the annotation alone."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return list(typing.get_args(annotation))
    return [annotation]


def takes_tensor(argument: Argument) -> bool:
    """True for an argument whose annotation has a tensor in it."""
    return torch.Tensor in members(argument.annotation)


def option_type(argument: Argument, choices: tuple[str, ...] = ()) -> Any:
    """The strict type of an argument as an option.

    A tensor alone is an array of numbers; in a union, tensors and functions fall out. Lists become tuples, `str` a
    Literal where the choices are known. None as a default means "leave it out"; any other None is written "none".
    """
    annotation = argument.annotation
    if annotation is REQUIRED:
        annotation = int if argument.default in (None, REQUIRED) else type(argument.default)
    kept = [_member(m, choices) for m in members(annotation)]
    kept = [k for k in kept if k is not None]
    if all(k == Literal["none"] for k in kept):
        kept = [tuple[float, ...]]
    if argument.default is None:
        kept = [k for k in kept if k != Literal["none"]] + [types.NoneType]
    return typing.Union[tuple(kept)]  # noqa: UP007 - the members are only known here


def _member(member: Any, choices: tuple[str, ...] = ()) -> Any:
    origin = typing.get_origin(member)
    if member is types.NoneType:
        return Literal["none"]
    if member is torch.Tensor or origin is collections.abc.Callable:
        return None
    if member is str and choices:
        return Literal[choices]
    if member is torch.Size:
        return tuple[int, ...]
    if origin in _SEQUENCES:
        return tuple[_union(typing.get_args(member)[0]), ...]
    if origin is tuple:
        return tuple[tuple(a if a is Ellipsis else _union(a) for a in typing.get_args(member))]
    return member


def _union(annotation: Any) -> Any:
    kept = [k for k in map(_member, members(annotation)) if k is not None]
    return typing.Union[tuple(kept)]  # noqa: UP007


def writes_none(annotation: Any) -> bool:
    """True if "none" in a value of this type stands for Python's None."""
    return annotation == Literal["none"] or any(map(writes_none, typing.get_args(annotation)))


def to_python(value: Any) -> Any:
    """The value with every "none" replaced by None."""
    if isinstance(value, tuple):
        return tuple(map(to_python, value))
    return None if value == "none" else value


def first_sentence(doc: str | None) -> str:
    """The first sentence of a docstring, reStructuredText markup and a leading signature taken off."""
    paragraphs = [p for p in inspect.cleandoc(doc or "").split("\n\n") if not p.startswith("__init__(")]
    return _plain(" ".join(paragraphs[0].split())) + "." if paragraphs else ""


def argument_docs(doc: str | None) -> dict[str, str]:
    """What the `Args:` of a docstring say of each argument: the first sentence, without type and default."""
    _, _, after = inspect.cleandoc(doc or "").partition("\nArgs:\n")
    block = inspect.cleandoc("\n" + re.split(r"^(?=\S)", after, maxsplit=1, flags=re.MULTILINE)[0])
    entries = re.split(r"^(\w+)(?: *\(.*?\))? *:", block, flags=re.MULTILINE)[1:]
    return {name: _plain(" ".join(text.split())) for name, text in zip(entries[::2], entries[1::2], strict=True)}


def _plain(text: str) -> str:
    text = re.sub(r":\w+:`~?([^`<]+?)(?:\s*<[^`]*>)?`", r"\1", text)
    text = re.sub(r"\(?\b[Dd]efaults?(?: to)?\s*[:=].*$|\(required\)|\.\. math::.*$", "", text)
    text = re.sub(r"\\text\{(\w+)\}", r"\1", text).replace("`", "").replace("\\", "").replace(" times ", " x ")
    return re.split(r"(?<!e\.g)(?<!i\.e)\.\s+(?=[A-Z])", text.strip())[0].strip().rstrip(".,;:")
