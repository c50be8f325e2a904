"""Recurrent layers: PyTorch's numbers, the batch as axis 0 everywhere, states as flat rows."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from ganframe_torch.layers import LAYERS
from torch import Tensor, nn
from torch_inputs import bound, module_inputs, written

from ganframe import Shape
from ganframe.testing.judge import same_bits

BY_NAME = {c.__name__: c for c in LAYERS}


def flat(state: Tensor) -> Tensor:
    """PyTorch's (layers * directions, N, size) as (N, layers * directions * size)."""
    return state.transpose(0, 1).flatten(1)


def states(hx: Any) -> list[Tensor]:
    return [] if hx is None else [hx] if isinstance(hx, Tensor) else list(hx)


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("form", ["flat", "stacked"])
def test_recurrent_layer_is_pytorchs(name: str, form: str) -> None:
    cls, compared = BY_NAME[name]._torch, 0
    for given in module_inputs(cls):
        kwargs = {**given.constructor_input.kwargs, "batch_first": True}
        call = bound(cls.forward, given.forward_input.args, given.forward_input.kwargs)
        x, hx = call["input"], states(call.get("hx"))
        if x.dim() == 2:
            x, hx = x[None], [h[:, None] for h in hx]
        elif not given.constructor_input.kwargs["batch_first"]:
            continue
        wires = [flat(h) if form == "flat" else h.transpose(0, 1) for h in hx]
        compared += 1
        component = BY_NAME[name](**written(BY_NAME[name], kwargs))
        shapes = [Shape(w.shape[1:]) for w in wires]
        torch.manual_seed(3)
        ours = component.build(Shape(x.shape[1:]), *([shapes] if len(wires) == 2 else shapes))
        torch.manual_seed(3)
        theirs = cls(**kwargs)
        assert isinstance(ours, cls)
        assert same_bits(ours.state_dict(), theirs.state_dict())
        assert list(ours.state_dict()) == list(theirs.state_dict())
        got = ours(x, *([wires] if len(wires) == 2 else wires))
        want, last = theirs(x, None if not hx else hx[0] if len(hx) == 1 else tuple(hx))
        assert same_bits(got, (want, *map(flat, states(last))))
    assert compared >= 8


@pytest.mark.parametrize("name", ["RNNCell", "GRUCell", "LSTMCell"])
def test_cell_is_pytorchs(name: str) -> None:
    cls = BY_NAME[name]._torch
    for given in module_inputs(cls):
        call = bound(cls.forward, given.forward_input.args, given.forward_input.kwargs)
        x, hx = call["input"], states(call.get("hx"))
        if x.dim() == 1:
            x, hx = x[None], [h[None] for h in hx]
        component = BY_NAME[name](**written(BY_NAME[name], bound(cls.__init__, given.constructor_input.args,
                                                                   given.constructor_input.kwargs)))  # fmt: skip
        wire = [Shape(h.shape[1:]) for h in hx]
        torch.manual_seed(3)
        ours = component.build(Shape(x.shape[1:]), wire if name == "LSTMCell" else wire[0])
        torch.manual_seed(3)
        theirs = cls(*given.constructor_input.args, **given.constructor_input.kwargs)
        assert type(ours) is cls
        assert same_bits(ours(x, hx if name == "LSTMCell" else hx[0]), theirs(x, tuple(hx) if len(hx) > 1 else hx[0]))
        assert same_bits(ours(x), theirs(x))


@pytest.mark.parametrize(("name", "options"), [
    ("GRU", {"num_layers": 2}), ("RNN", {"bidirectional": True}), ("LSTM", {"num_layers": 2, "proj_size": 3}),
    ("LSTM", {"bidirectional": True}),
])  # fmt: skip
def test_a_last_state_is_a_first_state(name: str, options: dict[str, Any]) -> None:
    component = BY_NAME[name](hidden_size=5, **options)
    x = torch.randn(4, 6, 2)
    first = component.build(Shape((6, 2)))
    out, *last = first(x)
    assert all(s.shape[0] == 4 and s.dim() == 2 for s in last)
    shapes = [Shape(s.shape[1:]) for s in last]
    torch.manual_seed(0)
    second = component.build(Shape((6, 2)), shapes if len(shapes) == 2 else shapes[0])
    out, *_ = second(x, last if len(last) == 2 else last[0])
    whole, *_ = second(torch.cat([x, x], 1))
    assert out.shape == (4, 6, whole.shape[2])
    if not component.bidirectional:
        _, *middle = second(x)
        again, *_ = second(x, middle if len(middle) == 2 else middle[0])
        torch.testing.assert_close(again, whole[:, 6:])


def test_the_state_of_a_layer_is_the_state_of_a_cell() -> None:
    layer, cell = BY_NAME["GRU"](hidden_size=5).build(Shape((6, 2))), nn.GRUCell(2, 5)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x = torch.randn(4, 6, 2)
    _, before = layer(x[:, :5])
    _, after = layer(x)
    torch.testing.assert_close(cell(x[:, 5], before), after)


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_rows_do_not_mix(name: str) -> None:
    """With batch_first = False, PyTorch's default, row 3 changes when row 0 does, and no shape tells."""
    module = BY_NAME[name](hidden_size=5).build(Shape((6, 2)))
    x = torch.randn(4, 6, 2)
    other = x.clone()
    other[0] += 1
    for one, two in zip(module(x), module(other), strict=True):
        assert torch.equal(one[1:], two[1:])
        assert not torch.equal(one[0], two[0])


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM", "RNNCell", "GRUCell", "LSTMCell"])
def test_a_rank_that_pytorch_reads_as_one_sample_is_refused(name: str) -> None:
    unbatched = Shape((2,)) if not name.endswith("Cell") else Shape(())
    with pytest.raises(ValueError, match=rf"{name} reads . axes beside the batch, but its input has"):
        BY_NAME[name](hidden_size=5).build(unbatched)


@pytest.mark.parametrize(("name", "hx", "said"), [
    ("GRU", Shape((4,)), r"the state h must be \(5,\) or \(1, 5\), not \(4,\)"),
    ("GRU", [Shape((5,))], "'hx' must be one wire"),
    ("LSTM", Shape((5,)), "'hx' must be a list of two wires, h and c, not 1"),
    ("LSTM", [Shape((5,)), Shape((4,))], r"the state c must be \(5,\)"),
    ("LSTMCell", [Shape((5,))] * 3, "a list of two wires, h and c, not 3"),
    ("GRUCell", Shape((1, 5)), r"the state h must be \(5,\), not \(1, 5\)"),
])  # fmt: skip
def test_a_state_that_does_not_fit_is_refused(name: str, hx: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        BY_NAME[name](hidden_size=5).build(Shape((2,)) if name.endswith("Cell") else Shape((6, 2)), hx)


def test_a_projected_state_has_two_sizes() -> None:
    component = BY_NAME["LSTM"](hidden_size=5, proj_size=3, num_layers=2)
    module = component.build(Shape((6, 2)), hx=[Shape((6,)), Shape((10,))])
    out, h, c = module(torch.randn(4, 6, 2), [torch.zeros(4, 6), torch.zeros(4, 10)])
    assert (out.shape, h.shape, c.shape) == ((4, 6, 3), (4, 6), (4, 10))
