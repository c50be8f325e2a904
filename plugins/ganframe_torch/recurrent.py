"""Recurrent layers and cells: time is axis 1, and a state is one row per sample.

The state of a layer is flat, (N, num_layers * directions * size), in PyTorch's order of layers and directions; a
(N, num_layers * directions, size) wire is taken too. So a state output feeds a state input, the state of a one-layer
GRU is that of a GRUCell, and a Linear can make or read any state.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from ganframe import Shape
from ganframe_torch.layer import Layer


class FlatState:
    """Mixed into a recurrent class: `forward(input, hx)` gives (output, *states), everything with the batch first."""

    num_layers: int
    bidirectional: bool

    def forward(self, input: Tensor, hx: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
        """The last layer's outputs (N, steps, size * directions) and the last states, flat."""
        if isinstance(hx, Tensor):
            given: Any = self.stacked(hx)
        else:
            given = None if hx is None else tuple(map(self.stacked, hx))
        output, states = super().forward(input, given)  # type: ignore[misc]
        if isinstance(states, Tensor):
            states = (states,)
        return (output, *(state.transpose(0, 1).flatten(1) for state in states))

    def stacked(self, state: Tensor) -> Tensor:
        """A flat state as PyTorch's (layers * directions, N, size)."""
        count = self.num_layers * (1 + self.bidirectional)
        return state.reshape(len(state), count, -1).transpose(0, 1).contiguous()


class FlatRNN(FlatState, nn.RNN):
    """nn.RNN with flat states."""


class FlatGRU(FlatState, nn.GRU):
    """nn.GRU with flat states."""


class FlatLSTM(FlatState, nn.LSTM):
    """nn.LSTM with flat states."""


FLAT: dict[type[nn.Module], type[nn.Module]] = {nn.RNN: FlatRNN, nn.GRU: FlatGRU, nn.LSTM: FlatLSTM}


class Recurrent(Layer):
    """RNN, GRU and LSTM."""

    random = property(lambda self: self.dropout > 0)

    def build(self, x: Shape, hx: Shape | Sequence[Shape] | None = None) -> nn.Module:
        """The module for (N, steps, features); `hx` is the first state, for an LSTM the two wires h and c."""
        module = self.module({"x": x}, FLAT[self._torch], batch_first=True)
        count = module.num_layers * (1 + module.bidirectional)
        lengths = {"h": getattr(module, "proj_size", 0) or module.hidden_size}
        if self._torch is nn.LSTM:
            lengths["c"] = module.hidden_size
        check_state(hx, {name: (count, size) for name, size in lengths.items()})
        return module


class Cell(Layer):
    """RNNCell and GRUCell: one step, whose output is the state."""

    _states = ("h",)

    def build(self, x: Shape, hx: Shape | Sequence[Shape] | None = None) -> nn.Module:
        """The module for (N, features) and the state (N, hidden_size); an LSTMCell's `hx` is the wires h and c."""
        check_state(hx, dict.fromkeys(self._states, (1, self.hidden_size)), stacked=False)
        return self.module({"x": x})


class PairCell(Cell):
    """LSTMCell: its outputs are h and c."""

    _states = ("h", "c")


def check_state(hx: Shape | Sequence[Shape] | None, wanted: dict[str, tuple[int, int]], stacked: bool = True) -> None:
    """Refuse states of another number or shape than `wanted` (layers * directions, size) of each name."""
    if hx is None:
        return
    given = [hx] if isinstance(hx, Shape) else list(hx)
    if len(given) != len(wanted) or (len(wanted) == 1) != isinstance(hx, Shape):
        form = "a list of two wires, h and c" if len(wanted) == 2 else "one wire"
        raise ValueError(f"'hx' must be {form}, not {len(given)}")
    for (name, shape), state in zip(wanted.items(), given, strict=True):
        allowed = [Shape([math.prod(shape)]), Shape(shape)][: 1 + stacked]
        if state not in allowed:
            raise ValueError(f"'hx': the state {name} must be {' or '.join(map(str, allowed))}, not {state}")
