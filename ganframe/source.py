"""A network as plain PyTorch source: what `ganframe show SPEC --code` prints, with the same `state_dict` names."""

from __future__ import annotations

import inspect
import operator
import sys
from typing import Any

import attrs
from torch import fx, nn

from ganframe.component import Shape, options
from ganframe.network import SHARED, Network, Record

_HEAD = '''"""{title}, written out by `ganframe show --code`."""

import torch
from torch import nn
{imports}

{body}'''

_CLASS = '''class {name}(nn.Module):
    def __init__(self{shared}):
        super().__init__()
{modules}

    def forward(self, {inputs}):
{lines}
        return {output}
'''


@attrs.define
class _Imports:
    lines: set[str] = attrs.field(factory=set)

    def of(self, cls: type, kind: str) -> str:
        """How to name a component's class: imported from where it is defined, or asked of the registry if generated."""
        module = sys.modules.get(cls.__module__)
        if getattr(module, cls.__name__, None) is cls:
            self.lines.add(f"from {cls.__module__} import {cls.__name__}")
            return str(cls.__name__)
        self.lines.add("from ganframe.registry import discover")
        return f'discover().get("{kind}", "{cls.__name__}")'


def code(networks: dict[str, Network], title: str) -> str:
    """The networks as classes, in an order in which each comes after those that it calls by name."""
    imports = _Imports()
    bodies = [_class(networks[name], imports) for name in _ordered(networks)]
    return _HEAD.format(
        title=title, imports="".join(f"{line}\n" for line in sorted(imports.lines)), body="\n\n".join(bodies)
    )


def class_name(network: str) -> str:
    """The class that a network is printed as."""
    return "".join(part.capitalize() for part in network.split("_"))


def _ordered(networks: dict[str, Network]) -> list[str]:
    order: list[str] = []

    def visit(name: str) -> None:
        for other in networks[name].shared:
            visit(other)
        if name not in order:
            order.append(name)

    for name in networks:
        visit(name)
    return order


def _class(network: Network, imports: _Imports) -> str:
    tree: dict[str, Any] = {}
    for record in network.records:
        *parents, last = record.path.split(".")
        here = tree
        for parent in parents:
            here = here.setdefault(parent, {})
        here[last] = _module(record, imports)
    modules = [f"        self.{name} = {_nested(value)}" for name, value in tree.items()]
    shared = "".join(f", {name}" for name in network.shared)
    note = "  # a network of its own: no part of this one"
    modules += [f'        self.__dict__["{name}"] = {name}{note}' for name in network.shared]
    calls = [node for node in network.graph.nodes if node.op.startswith("call")]
    lines = [f"        {node.name} = {_line(node, network)}" for node in calls]
    output = ", ".join(network.outputs) if network.single else f"({', '.join(network.outputs)},)"
    return _CLASS.format(
        name=class_name(network.name), shared=shared, modules="\n".join(modules) or "        pass",
        inputs=", ".join(network.placeholders), lines="\n".join(lines), output=output,
    )  # fmt: skip


def _nested(value: Any, depth: int = 3) -> str:
    if isinstance(value, str):
        return value
    pad = "    " * depth
    inner = "".join(f"{pad}{name!r}: {_nested(module, depth + 1)},\n" for name, module in value.items())
    return f"nn.ModuleDict({{\n{inner}{pad[4:]}}})"


def _line(node: fx.Node, network: Network) -> str:
    if node.target is operator.getitem:
        return f"{node.args[0]}[{node.args[1]}]"
    if node.target is operator.add:
        return f"{node.args[0]} + {node.args[1]}"
    arguments = [_argument(a) for a in node.args] + [f"{k}={_argument(v)}" for k, v in node.kwargs.items()]
    first, *rest = str(node.target).split(".")
    if first == SHARED:
        call = f"self.{rest[0]}" if len(rest) == 1 else f"self.{rest[0]}.{rest[1]}_of"
    else:
        call = f"self.{first}" + "".join(f"[{part!r}]" for part in rest)
    return f"{call}({', '.join(arguments)})"


def _argument(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, (list, tuple)) else str(value)


def _module(record: Record, imports: _Imports) -> str:
    module = record.build()
    text = torch_call(module) or _component_call(record, imports)
    if record.parametrize is None or not any(p.dim() >= 2 for p in module.parameters()):
        return text
    made = _made(record.parametrize, "parametrization", imports)
    if next(module.children(), None) is None:
        return f"{made}({text})"
    imports.lines.add("from ganframe.weights import parametrized")
    return f"parametrized({text}, {made})"


def torch_call(module: nn.Module) -> str | None:
    """The constructor call of a module of torch.nn, from the attributes that keep its arguments; None for others."""
    cls = type(module)
    if getattr(nn, cls.__name__, None) is not cls:
        return None
    if cls.__init__ is nn.Module.__init__:
        return f"nn.{cls.__name__}()"
    arguments = []
    for name, parameter in inspect.signature(cls.__init__).parameters.items():
        if name in ("self", "device", "dtype"):
            continue
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or not _keeps(module, name):
            return None
        value = _kept(module, name)
        if not _same(value, parameter.default):
            arguments.append(f"{name}={value!r}")
    return f"nn.{cls.__name__}({', '.join(arguments)})"


def _same(value: Any, default: Any) -> bool:
    if isinstance(value, tuple) and isinstance(default, int):
        return all(entry == default for entry in value)
    return bool(value == default) and isinstance(value, bool) == isinstance(default, bool)


def _keeps(module: nn.Module, name: str) -> bool:
    plain = (int, float, str, bool, tuple, list, type(None))
    return name == "bias" or (hasattr(module, name) and isinstance(getattr(module, name), plain))


def _kept(module: nn.Module, name: str) -> Any:
    value = getattr(module, name)
    return value is not None and value is not False if name == "bias" else value


def _component_call(record: Record, imports: _Imports) -> str:
    imports.lines.add("from ganframe import Shape")
    shapes = [_shape(s) for s in record.arguments]
    named = [f"{k}={_shape(v)}" for k, v in record.options.items()]
    return f"{_made(record.layer, 'layer', imports)}.build({', '.join([*shapes, *named])})"


def _shape(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_shape, value))}]"
    assert isinstance(value, Shape)
    return f"Shape({tuple(value)!r}, {value.dtype})"


def _made(component: Any, kind: str, imports: _Imports) -> str:
    given = []
    for name, field in options(type(component)).items():
        value = getattr(component, name)
        if value != field.default:
            inner = field.metadata.get("kind") or "curve"
            given.append(f"{name}={_made(value, inner, imports) if attrs.has(type(value)) else repr(value)}")
    return f"{imports.of(type(component), kind)}({', '.join(given)})"
