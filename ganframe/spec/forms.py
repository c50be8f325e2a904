"""JSON Schema of one option: its type, bounds and choices, and the forms a spec allows beside them."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

Schema = dict[str, Any]

_SCALARS: dict[Any, str] = {bool: "boolean", int: "integer", float: "number", str: "string", Path: "string"}


def ref(name: str) -> Schema:
    """A reference to a definition of the same schema."""
    return {"$ref": f"#/definitions/{name}"}


def any_of(*forms: Schema) -> Schema:
    """One of several forms; a single one stands for itself."""
    return forms[0] if len(forms) == 1 else {"anyOf": list(forms)}


def table(properties: Mapping[str, Schema], required: typing.Iterable[str] = ()) -> Schema:
    """A table with exactly these keys."""
    made: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    needed = list(required)
    return {**made, "required": needed} if needed else made


def option_form(field: attrs.Attribute[Any]) -> Schema:
    """The schema of an option, with its text and default."""
    about = field.metadata
    if about.get("wire"):
        form = any_of(ref("tensor"), ref("parameter"))
    else:
        form = any_of(*_forms(field.type, about), ref("parameter"))
    text = {"description": about["doc"]} if about.get("doc") else {}
    return {**text, **form, **_default(field)}


def _default(field: attrs.Attribute[Any]) -> Schema:
    value = list(field.default) if isinstance(field.default, tuple) else field.default
    plain = (bool, int, float, str)
    if isinstance(value, plain) or (isinstance(value, list) and all(isinstance(v, plain) for v in value)):
        return {"default": value}
    return {}


def _forms(annotation: Any, about: Mapping[str, Any]) -> list[Schema]:
    origin, args = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if origin is typing.Annotated:
        return _forms(args[0], about)
    if origin in (typing.Union, types.UnionType):
        forms = [form for arm in args if arm is not type(None) for form in _forms(arm, about)]
        return [form for i, form in enumerate(forms) if form not in forms[:i]]
    if origin in (tuple, list):
        return [_array(origin, args, about)]
    if about.get("kind"):
        return [ref(about["kind"])] + ([_scalar(annotation, about)] if annotation in _SCALARS else [])
    if origin is typing.Literal:
        return [{"enum": list(args)}]
    if origin is dict:
        return [{"type": "object", "additionalProperties": any_of(*_forms(args[1] if args else Any, about))}]
    return [_scalar(annotation, about)] + ([ref("curve")] if about.get("curve") and annotation in (int, float) else [])


def _array(origin: Any, args: tuple[Any, ...], about: Mapping[str, Any]) -> Schema:
    def item(annotation: Any) -> Schema:
        return any_of(*_forms(annotation, about), ref("parameter"))

    if origin is list or len(args) < 2 or args[1] is Ellipsis:
        return {"type": "array", "items": item(args[0] if args else Any)}
    return {"type": "array", "items": [item(a) for a in args], "minItems": len(args), "maxItems": len(args)}


def _scalar(annotation: Any, about: Mapping[str, Any]) -> Schema:
    if annotation not in _SCALARS:
        return {}
    form: Schema = {"type": _SCALARS[annotation]}
    for word, key in (("minimum", "min"), ("maximum", "max")) if annotation in (int, float) else ():
        if about.get(key) is not None:
            form[word] = about[key]
    if about.get("choices"):
        form = {"enum": [c for c in about["choices"] if type(c) is annotation or annotation is float]}
    return form
