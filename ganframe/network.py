"""A network: modules under the names of the spec's lines, and the graph that says how tensors flow through them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import torch
from torch import Tensor, fx, nn

from ganframe.emit import CALM, Piece, piece
from ganframe.errors import Place

#: Where a network keeps the networks that its lines call by name; they are no submodules of it (rule 5).
SHARED = "_shared"


@attrs.frozen(eq=False)
class Record:
    """How the module at `path` is made: build it from `arguments`, then `init`, then `parametrize`."""

    path: str
    layer: Any
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    init: Any
    init_is_own: bool
    parametrize: Any
    place: Place
    line: str

    def build(self) -> nn.Module:
        """A new module on the current default device."""
        module = self.layer.build(*self.arguments, **self.options)
        if not isinstance(module, nn.Module):
            raise TypeError(f"build returned {type(module).__name__}, not a module")
        return module


@attrs.frozen
class Row:
    """One line of `check`'s table: shape without the batch dimension, parameters without double counting.

    `path` is the line's in the spec; inside a block, which may stand in many places, the module's in the network.
    """

    path: str
    layer: str
    shape: tuple[tuple[int, ...], ...]
    parameters: int


class Network(nn.Module):
    """The layers of one network as a `torch.fx` graph, run as straight-line code.

    `forward` takes the `inputs` in order, each (N, *shape), and returns the output, or a tuple where the spec's
    `output` is a list. `wires` names inner values; `program` plans how to reach some of them, each node once.
    """

    def __init__(self, name: str, inputs: tuple[str, ...]) -> None:
        super().__init__()
        self.name = name
        self.inputs = inputs
        self.graph = fx.Graph()
        self.wires: dict[str, str] = {}
        self.placeholders: tuple[str, ...] = ()
        self.outputs: tuple[str, ...] = ()
        self.single = True
        self.records: list[Record] = []
        self.rows: list[Row] = []
        self.shared: dict[str, Network] = _Unregistered()
        self._programs: dict[tuple[str, ...], Program] = {}
        self._interpreted = False

    def __setattr__(self, name: str, value: Any) -> None:
        """What is the network's own stays it, though a line of that name is a module beside it."""
        if name in self.__dict__:
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def place(self, path: str, module: nn.Module) -> None:
        """Put a module at a dotted path; a name that `nn.Module` uses itself is fine, since `_modules` holds it."""
        *parents, last = path.split(".")
        holder: nn.Module = self
        for parent in parents:
            if parent not in holder._modules:
                holder._modules[parent] = nn.Module()
            holder = holder._modules[parent]  # type: ignore[assignment]
        holder._modules[last] = module

    def find(self, target: str) -> Any:
        """The module, or the function of a shared network, that a graph node's target means."""
        first, *rest = target.split(".")
        if first == SHARED:
            network = self.shared[rest[0]]
            return functools.partial(network.wire, rest[1]) if len(rest) > 1 else network
        module: Any = self
        for name in target.split("."):
            module = module._modules[name]
        return module

    def forward(self, *inputs: Tensor) -> Any:
        """The output for inputs (N, *shape) in the order of `self.inputs`."""
        if self._interpreted:
            return self._interpret(inputs)
        (whole,) = self.program(()).pieces
        values = whole.call(*inputs)
        return values[0] if self.single else values

    def with_parameters(self, parameters: Mapping[str, Tensor], inputs: Sequence[Tensor]) -> Any:
        """The output with other tensors in place of these parameters (by `state_dict` name)."""
        self._interpreted = True
        try:
            return torch.func.functional_call(self, dict(parameters), tuple(inputs))
        finally:
            self._interpreted = False

    def _interpret(self, inputs: Sequence[Tensor]) -> Any:
        values: dict[fx.Node, Any] = {}
        given = iter(inputs)
        for node in self.graph.nodes:
            if node.op == "placeholder":
                values[node] = next(given)
                continue
            args, kwargs = fx.node.map_arg((node.args, node.kwargs), lambda n: values[n])
            if node.op == "output":
                return args[0]
            call = self.find(str(node.target)) if node.op == "call_module" else node.target
            values[node] = call(*args, **kwargs)
        raise AssertionError("a graph ends with its output")

    def wire(self, name: str, *inputs: Tensor) -> Tensor:
        """The inner wire of that name for these inputs."""
        values = dict(zip(self.placeholders, inputs, strict=True))
        result: Tensor = self.program((self.wires[name],)).reach(values, self.wires[name])
        return result

    def node_of(self, wire: str | None) -> str:
        """The graph node of a wire, or of the (first) output."""
        return self.outputs[0] if wire is None else self.wires[wire]

    def program(self, targets: tuple[str, ...]) -> Program:
        """The plan that reaches the outputs and these further nodes; no target means one piece for all outputs."""
        if targets not in self._programs:
            self._programs[targets] = plan(self, targets)
        return self._programs[targets]

    @functools.cached_property
    def random(self) -> bool:
        """Whether some layer may draw random numbers: False only where each is known not to."""
        called = (self.find(str(node.target)) for node in self.graph.nodes if node.op == "call_module")
        return any(type(module) not in CALM for module in called)

    def unbind(self) -> None:
        """Forget compiled code: needed whenever a parameter object was replaced."""
        self._programs = {}

    def _apply(self, fn: Callable[..., Any], recurse: bool = True) -> Network:
        self.unbind()
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        return self

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """As in torch; compiled code is forgotten, since `assign=True` replaces parameters."""
        self.unbind()
        return super().load_state_dict(*args, **kwargs)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_programs": {}}

    def graph_module(self) -> fx.GraphModule:
        """The same network as a plain `torch.fx.GraphModule`, for compilers and exporters."""
        graph = fx.Graph()
        modules: dict[str, nn.Module] = {}
        copies: dict[fx.Node, fx.Node] = {}
        for node in self.graph.nodes:
            copies[node] = graph.node_copy(node, lambda n: copies[n])
            if node.op == "call_module":
                target = "layer_" + str(node.target).replace(".", "__")
                found = self.find(str(node.target))
                modules[target] = found if isinstance(found, nn.Module) else _Calls(found)
                copies[node].target = target
        outputs = tuple(copies[self._node(name)] for name in self.outputs)
        graph.output(outputs[0] if self.single else outputs)
        return fx.GraphModule(modules, graph)

    def _node(self, name: str) -> fx.Node:
        nodes: dict[str, fx.Node] = {node.name: node for node in self.graph.nodes}
        return nodes[name]


class _Calls(nn.Module):
    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Any:
        return self.function(*inputs)


class _Unregistered(dict[str, Network]):
    """Networks called by name: a dict, so that `nn.Module` does not adopt them; deep copies keep the originals."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _Unregistered:
        return _Unregistered(self)


@attrs.frozen
class Program:
    """Pieces of a network in order, and for each target which of them it needs."""

    pieces: tuple[Piece, ...]
    route: dict[str, tuple[Piece, ...]]

    def reach(self, values: dict[str, Any], target: str) -> Any:
        """The value of a node, computing only what `values` (inputs and earlier results) lacks."""
        if target not in values:
            for part in self.route[target]:
                if part.outputs and part.outputs[0] not in values:
                    results = part.call(*[values[name] for name in part.inputs])
                    values.update(zip(part.outputs, results, strict=True))
        return values[target]


def plan(network: Network, extra: tuple[str, ...]) -> Program:
    """Cut a graph so that any of the targets can be had without computing a node twice.

    Nodes that serve the same set of targets form a piece. A node serves every target of the nodes that read it, so
    a piece only reads pieces that serve more targets than it does: ordered by that number they are ordered in time.
    """
    outputs = set(network.outputs)
    targets = [outputs | set(extra)] if not extra else [{name} for name in dict.fromkeys([*network.outputs, *extra])]
    serves: dict[str, int] = {}
    nodes = [node for node in network.graph.nodes if node.op != "output"]
    for node in reversed(nodes):
        own = sum(1 << i for i, names in enumerate(targets) if node.name in names)
        serves[node.name] = functools.reduce(int.__or__, (serves.get(reader.name, 0) for reader in node.users), own)
    groups: dict[int, list[fx.Node]] = {}
    for node in nodes:
        if node.op != "placeholder" and serves[node.name]:
            groups.setdefault(serves[node.name], []).append(node)
    wanted = {name for names in targets for name in names}
    order = sorted(groups, key=lambda mask: (-mask.bit_count(), nodes.index(groups[mask][0])))
    pieces = {mask: _cut(network, groups[mask], serves, wanted, not extra) for mask in order}
    route = {
        name: tuple(pieces[mask] for mask in order if mask & (1 << i))
        for i, names in enumerate(targets)
        for name in names
    }
    return Program(tuple(pieces.values()) or (_whole_of_inputs(network),), route)


def _cut(network: Network, group: list[fx.Node], serves: dict[str, int], wanted: set[str], whole: bool) -> Piece:
    mask = serves[group[0].name]
    inside = {node.name for node in group}
    inputs = list(dict.fromkeys(a.name for node in group for a in node.all_input_nodes if a.name not in inside))
    crossing = {n.name for n in group if any(serves.get(user.name, mask) != mask for user in n.users)}
    leaves = [node.name for node in group if node.name in wanted or node.name in crossing]
    if whole:
        return piece(network.name, group, network.placeholders, network.outputs, network.find)
    return piece(network.name, group, inputs, leaves, network.find)


def _whole_of_inputs(network: Network) -> Piece:
    return piece(network.name, (), network.placeholders, network.outputs, network.find)
