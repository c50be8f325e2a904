"""Straight-line Python for a network's graph: parameters bound, no interpreter, no module call where none is needed.

A module's own call costs about 8 microseconds of Python; for the modules in `EXPRESSIONS` the same kernel is called
directly, with the same bits. Every other module, and one with hooks or parametrizations, is called as it is.
"""

from __future__ import annotations

import linecache
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, fx, nn
from torch.nn.utils import parametrize

Bind = Callable[[Any, str], str]


def batch_norm(x: Tensor, norm: Any, weight: Any, bias: Any, mean: Any, var: Any, count: Any) -> Tensor:
    """`nn.BatchNorm`'s forward with its tensors bound; statistics move in training mode only."""
    if norm.training:
        if count is not None:
            count.add_(1)
        return torch.batch_norm(
            x, weight, bias, mean, var, True, norm.momentum or 0.0, norm.eps, torch.backends.cudnn.enabled
        )
    own = mean is None
    return torch.batch_norm(
        x, weight, bias, mean, var, own, norm.momentum or 0.0, norm.eps, torch.backends.cudnn.enabled
    )


def _linear(m: nn.Linear, x: str, bind: Bind) -> str:
    return f"linear({x}, {bind(m.weight, 'weight')}, {bind(m.bias, 'bias')})"


def _conv(m: Any, x: str, bind: Bind) -> str | None:
    if m.padding_mode != "zeros":
        return None
    tensors = f"{x}, {bind(m.weight, 'weight')}, {bind(m.bias, 'bias')}"
    return f"conv{_rank(m)}d({tensors}, {m.stride!r}, {m.padding!r}, {m.dilation!r}, {m.groups})"


def _conv_transpose(m: Any, x: str, bind: Bind) -> str | None:
    tensors = f"{x}, {bind(m.weight, 'weight')}, {bind(m.bias, 'bias')}"
    rest = f"{m.stride!r}, {m.padding!r}, {m.output_padding!r}, {m.groups}, {m.dilation!r}"
    return f"conv_transpose{_rank(m)}d({tensors}, {rest})"


def _batch_norm(m: Any, x: str, bind: Bind) -> str | None:
    if m.momentum is None:
        return None
    names = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    tensors = ", ".join(bind(getattr(m, name), name) for name in names)
    return f"batch_norm({x}, {bind(m, 'norm')}, {tensors})"


def _layer_norm(m: nn.LayerNorm, x: str, bind: Bind) -> str:
    return f"layer_norm({x}, {m.normalized_shape!r}, {bind(m.weight, 'weight')}, {bind(m.bias, 'bias')}, {m.eps!r})"


def _group_norm(m: nn.GroupNorm, x: str, bind: Bind) -> str:
    return f"group_norm({x}, {m.num_groups}, {bind(m.weight, 'weight')}, {bind(m.bias, 'bias')}, {m.eps!r})"


def _dropout(m: nn.Dropout, x: str, bind: Bind) -> str:
    module = bind(m, "dropout")
    return f"(dropout({x}, {m.p!r}, True, {m.inplace}) if {module}.training else {x})"


def _rank(m: Any) -> int:
    return len(m.kernel_size)


def _unflatten(m: nn.Unflatten, x: str, bind: Bind) -> str | None:
    return f"{x}.unflatten({m.dim!r}, {tuple(m.unflattened_size)!r})" if isinstance(m.dim, int) else None


#: How a known module reads as an expression; None where its setting needs the module itself.
EXPRESSIONS: dict[type, Callable[[Any, str, Bind], str | None]] = {
    nn.Linear: _linear,
    nn.Conv1d: _conv,
    nn.Conv2d: _conv,
    nn.Conv3d: _conv,
    nn.ConvTranspose1d: _conv_transpose,
    nn.ConvTranspose2d: _conv_transpose,
    nn.ConvTranspose3d: _conv_transpose,
    nn.BatchNorm1d: _batch_norm,
    nn.BatchNorm2d: _batch_norm,
    nn.BatchNorm3d: _batch_norm,
    nn.LayerNorm: _layer_norm,
    nn.GroupNorm: _group_norm,
    nn.Dropout: _dropout,
    nn.ReLU: lambda m, x, bind: f"relu({x})",
    nn.LeakyReLU: lambda m, x, bind: f"leaky_relu({x}, {m.negative_slope!r})",
    nn.Tanh: lambda m, x, bind: f"tanh({x})",
    nn.Sigmoid: lambda m, x, bind: f"sigmoid({x})",
    nn.SiLU: lambda m, x, bind: f"silu({x})",
    nn.GELU: lambda m, x, bind: f"gelu({x}, approximate={m.approximate!r})",
    nn.ELU: lambda m, x, bind: f"elu({x}, {m.alpha!r})",
    nn.Softmax: lambda m, x, bind: f"{x}.softmax({m.dim!r})" if m.dim is not None else None,
    nn.Identity: lambda m, x, bind: x,
    nn.Flatten: lambda m, x, bind: f"{x}.flatten({m.start_dim}, {m.end_dim})",
    nn.Unflatten: _unflatten,
    nn.AvgPool2d: lambda m, x, bind: (
        f"avg_pool2d({x}, {m.kernel_size!r}, {m.stride!r}, {m.padding!r}, {m.ceil_mode}, {m.count_include_pad}, "
        f"{m.divisor_override!r})"
    ),
}

#: Modules that draw no random numbers; of all others it is not known.
CALM = frozenset(EXPRESSIONS) - {nn.Dropout}

_FUNCTIONS: dict[str, Any] = {
    "linear": F.linear, "conv1d": F.conv1d, "conv2d": F.conv2d, "conv3d": F.conv3d, "batch_norm": batch_norm,
    "conv_transpose1d": F.conv_transpose1d, "conv_transpose2d": F.conv_transpose2d, "avg_pool2d": F.avg_pool2d,
    "conv_transpose3d": F.conv_transpose3d, "layer_norm": torch.layer_norm, "group_norm": F.group_norm,
    "dropout": F.dropout, "relu": torch.relu, "relu_": torch.relu_, "leaky_relu": F.leaky_relu,
    "leaky_relu_": F.leaky_relu_, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "silu": F.silu, "gelu": F.gelu,
    "elu": F.elu,
}  # fmt: skip


#: Modules whose backward passes read their input and weight, never their output.
_OVERWRITABLE = (
    nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d,
    nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d,
)  # fmt: skip


#: Activations that can write over their input, since their derivatives, the second too, can be had from the output.
_OVERWRITING: dict[type, Callable[[Any, str], str | None]] = {
    nn.ReLU: lambda m, x: f"relu_({x})",
    nn.LeakyReLU: lambda m, x: f"leaky_relu_({x}, {m.negative_slope!r})" if m.negative_slope > 0 else None,
}


@attrs.frozen
class Piece:
    """A stretch of a network as one function: values of `inputs` (node names) to a tuple of `outputs`."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    call: Callable[..., tuple[Tensor, ...]]
    source: str


def piece(
    name: str, nodes: Iterable[fx.Node], inputs: Sequence[str], outputs: Sequence[str], module: Callable[[str], Any]
) -> Piece:
    """Compile the given nodes, in order, into one function. `module` finds a call_module node's module by target."""
    scope: dict[str, Any] = dict(_FUNCTIONS)
    names: dict[int, str] = {}

    def bind(value: Any, hint: str) -> str:
        if value is None:
            return "None"
        if id(value) not in names:
            names[id(value)] = f"{hint}_{len(names)}"
            scope[names[id(value)]] = value
        return names[id(value)]

    kept, nodes = {*inputs, *outputs}, list(nodes)
    done = _last_uses(nodes, kept)
    lines = [f"    {_local(node.name)} = {_expression(node, module, bind, kept)}{done[node]}" for node in nodes]
    returned = "".join(f"{_local(output)}, " for output in outputs)
    source = "\n".join([f"def forward({', '.join(map(_local, inputs))}):", *lines, f"    return ({returned})", ""])
    file = f"<ganframe network {name}: {', '.join(outputs)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    exec(compile(source, file, "exec"), scope)
    return Piece(tuple(inputs), tuple(outputs), scope["forward"], source)


def _last_uses(nodes: Sequence[fx.Node], kept: set[str]) -> dict[fx.Node, str]:
    """For each node's line the end that lets go of what no later line reads: else all layers' values live at once."""
    ends: dict[str, fx.Node] = {}
    for node in nodes:
        ends.update(dict.fromkeys([node.name, *(read.name for read in node.all_input_nodes)], node))
    last: dict[fx.Node, list[str]] = {node: [] for node in nodes}
    for name, node in ends.items():
        if name not in kept:
            last[node].append(_local(name))
    return {node: f"; del {', '.join(names)}" if names else "" for node, names in last.items()}


def _expression(node: fx.Node, find: Callable[[str], Any], bind: Bind, kept: set[str]) -> str:
    if node.target is operator.getitem:
        return f"{_argument(node.args[0])}[{node.args[1]!r}]"
    if node.target is operator.add:
        return f"{_argument(node.args[0])} + {_argument(node.args[1])}"
    module = find(str(node.target))
    if type(module) in _OVERWRITING and _plain(module) and _spare(node.args[0], find, kept):
        text = _OVERWRITING[type(module)](module, _argument(node.args[0]))
        if text is not None:
            return text
    known = EXPRESSIONS.get(type(module)) if len(node.args) == 1 and not node.kwargs else None
    text = known(module, _argument(node.args[0]), bind) if known and _plain(module) else None
    if text is not None:
        return text
    arguments = [_argument(a) for a in node.args] + [f"{k}={_argument(v)}" for k, v in node.kwargs.items()]
    return f"{bind(module, 'module')}({', '.join(arguments)})"


def _spare(value: Any, find: Callable[[str], Any], kept: set[str]) -> bool:
    """Nobody else reads this value, and its maker does not need it for a backward pass: it may be overwritten."""
    if value.op != "call_module" or len(value.users) != 1 or value.name in kept:
        return False
    maker = find(str(value.target))
    return isinstance(maker, nn.Module) and _own_kind(maker) in _OVERWRITABLE and _plain(maker)


def _own_kind(module: nn.Module) -> type:
    """The module's class; of a parametrized one, whose class is made for it, that which it had before."""
    return type(module).__bases__[0] if parametrize.is_parametrized(module) else type(module)


def _argument(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"({''.join(f'{_argument(v)}, ' for v in value)})"
    return _local(value.name) if isinstance(value, fx.Node) else str(value)


def _local(name: str) -> str:
    """A graph node as a local name, which hides no function and no bound tensor: a line may be called `linear`."""
    return f"v_{name}"


def _plain(module: nn.Module) -> bool:
    """No hook listens to this module, so that leaving out its call changes nothing."""
    hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks, module._backward_pre_hooks)
    return not any(hooks)
