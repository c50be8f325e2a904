"""Attention and transformer layers: PyTorch's numbers with the batch first and a mask for every row."""

from __future__ import annotations

import pytest
import torch
from ganframe_torch.layers import LAYERS
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch_inputs import bound, module_inputs, written

from ganframe import Shape
from ganframe.testing.judge import same_bits

BY_NAME = {c.__name__: c for c in LAYERS}
HEADS = {"MultiheadAttention": "num_heads", "TransformerEncoderLayer": "nhead", "TransformerDecoderLayer": "nhead"}


def shape(x: Tensor | None) -> Shape | None:
    return None if x is None else Shape(x.shape[1:], x.dtype)


def with_batch(call: dict[str, Tensor], batched: bool) -> dict[str, Tensor]:
    """A call of PyTorch with a batch axis on every input; its masks become ours, (N, targets, sources)."""
    if not batched:
        call = {k: v if is_scores(k) else v[None] for k, v in call.items()}
    rows = len(next(iter(call.values())))
    return {k: v.expand(rows, *v.shape) if is_scores(k) else v for k, v in call.items()}


def is_scores(name: str) -> bool:
    return name in ("attn_mask", "src_mask", "tgt_mask", "memory_mask")


@pytest.mark.parametrize("name", list(HEADS))
def test_layer_is_pytorchs(name: str) -> None:
    cls, compared = BY_NAME[name]._torch, 0
    for given in module_inputs(cls):
        arguments = bound(cls.__init__, given.constructor_input.args, given.constructor_input.kwargs)
        call = {k: v for k, v in bound(cls.forward, given.forward_input.args, given.forward_input.kwargs).items()
                if v is not None}  # fmt: skip
        first = next(iter(call.values()))
        if not arguments.get("batch_first", False) and first.dim() == 3:
            continue
        flags = {k: v for k, v in call.items() if isinstance(v, bool)}
        wires = {k: v for k, v in call.items() if isinstance(v, Tensor)}
        if any(flags.get(f) for f in ("is_causal", "tgt_is_causal", "memory_is_causal")):
            continue
        given_batch = with_batch(wires, first.dim() == 3)
        x, *_ = given_batch.values()
        named = dict(list(given_batch.items())[1:])
        options = written(BY_NAME[name], arguments) | ({"need_weights": True} if name == "MultiheadAttention" else {})
        torch.manual_seed(3)
        ours = BY_NAME[name](**options).build(shape(x), **{k: shape(v) for k, v in named.items()})
        torch.manual_seed(3)
        theirs = cls(**arguments | {"batch_first": True})
        assert list(ours.state_dict()) == list(theirs.state_dict())
        assert same_bits(ours.state_dict(), theirs.state_dict())
        plain = {k: v if not is_scores(k) else wires[k] for k, v in named.items()}
        for mode in (True, False):
            got, want = ours.train(mode)(x, **named), theirs.train(mode)(x, **plain)
            torch.testing.assert_close(got, want, rtol=0, atol=0 if not any(map(is_scores, named)) else 1e-6,
                                       equal_nan=True)  # fmt: skip
        compared += 1
    assert compared >= 10


def test_plain_classes_stay_plain() -> None:
    x = Shape((4, 8))
    encoder = BY_NAME["TransformerEncoderLayer"](nhead=2, dim_feedforward=8)
    assert type(encoder.build(x)) is nn.TransformerEncoderLayer
    assert type(encoder.build(x, src_key_padding_mask=Shape((4,), torch.bool))) is nn.TransformerEncoderLayer
    decoder = BY_NAME["TransformerDecoderLayer"](nhead=2, dim_feedforward=8).build(x, Shape((3, 8)))
    assert type(decoder) is nn.TransformerDecoderLayer
    assert decoder.self_attn.batch_first


@pytest.mark.parametrize("name", list(HEADS))
def test_rows_do_not_mix(name: str) -> None:
    component = BY_NAME[name](**{HEADS[name]: 2}, dropout=0.0)
    memory = [torch.randn(3, 5, 8)] if name == "TransformerDecoderLayer" else []
    module = component.build(Shape((4, 8)), *map(shape, memory))
    x = torch.randn(3, 4, 8)
    other = x.clone()
    other[0] += 1
    one, two = module(x, *memory), module(other, *memory)
    assert torch.equal(one[1:], two[1:])
    assert not torch.equal(one[0], two[0])


@pytest.mark.parametrize("name", list(HEADS))
def test_each_row_has_its_own_mask(name: str) -> None:
    """A mask (N, targets, sources) hides for row 1 what it does not hide for row 0, in every head."""
    component = BY_NAME[name](**{HEADS[name]: 2}, dropout=0.0)
    memory = [torch.randn(2, 4, 8)] if name == "TransformerDecoderLayer" else []
    wire = {"MultiheadAttention": "attn_mask", "TransformerEncoderLayer": "src_mask"}.get(name, "tgt_mask")
    mask = torch.zeros(2, 4, 4, dtype=torch.bool)
    mask[1, :, 3] = True
    module = component.build(Shape((4, 8)), *map(shape, memory), **{wire: shape(mask)})
    x = torch.randn(2, 4, 8)
    other = x.clone()
    other[:, 3] += 1
    one, two = module(x, *memory, **{wire: mask}), module(other, *memory, **{wire: mask})
    assert not torch.allclose(one[0, :3], two[0, :3])
    torch.testing.assert_close(one[1, :3], two[1, :3])
    heads = mask[:, None].expand(2, 2, 4, 4)
    by_head = component.build(Shape((4, 8)), *map(shape, memory), **{wire: shape(heads)})
    by_head.load_state_dict(module.state_dict())
    assert torch.equal(by_head(x, *memory, **{wire: heads}), one)


@pytest.mark.parametrize(("name", "flag"), [
    ("MultiheadAttention", "is_causal"), ("TransformerEncoderLayer", "is_causal"),
    ("TransformerDecoderLayer", "tgt_is_causal"),
])  # fmt: skip
@pytest.mark.parametrize("training", [True, False])
def test_causal_positions_do_not_see_later_ones(name: str, flag: str, training: bool) -> None:
    component = BY_NAME[name](**{HEADS[name]: 2, flag: True}, dropout=0.0)
    memory = [torch.randn(2, 3, 8)] if name == "TransformerDecoderLayer" else []
    module = component.build(Shape((5, 8)), *map(shape, memory)).train(training)
    x = torch.randn(2, 5, 8)
    other = x.clone()
    other[:, 3] += 1
    with torch.set_grad_enabled(training):
        one, two = module(x, *memory), module(other, *memory)
    torch.testing.assert_close(one[:, :3], two[:, :3])
    assert not torch.allclose(one[:, 3:], two[:, 3:])


def test_padding_is_not_looked_at() -> None:
    mask = torch.tensor([[False, False, True, True]] * 2)
    module = BY_NAME["TransformerEncoderLayer"](nhead=2, dropout=0.0).build(
        Shape((4, 8)), src_key_padding_mask=shape(mask)
    )
    x = torch.randn(2, 4, 8)
    other = x.clone()
    other[:, 2:] += 1
    one, two = (module(v, src_key_padding_mask=mask) for v in (x, other))
    torch.testing.assert_close(one[:, :2], two[:, :2])


def test_attention_reads_keys_and_values_of_other_sizes() -> None:
    query, key, value = torch.randn(2, 4, 8), torch.randn(2, 5, 6), torch.randn(2, 5, 7)
    component = BY_NAME["MultiheadAttention"](num_heads=2, need_weights=True, average_attn_weights=False)
    torch.manual_seed(0)
    ours = component.build(shape(query), shape(key), shape(value))
    torch.manual_seed(0)
    theirs = nn.MultiheadAttention(8, 2, kdim=6, vdim=7, batch_first=True)
    assert same_bits(ours(query, key, value), theirs(query, key, value, average_attn_weights=False))
    assert ours(query, key, value)[1].shape == (2, 2, 4, 5)
    itself = BY_NAME["MultiheadAttention"](num_heads=2).build(shape(query))
    assert isinstance(itself(query), Tensor)


@pytest.mark.parametrize(("name", "wires", "said"), [
    ("MultiheadAttention", {"key": (5, 6), "value": (4, 6)}, "with as many positions"),
    ("MultiheadAttention", {"attn_mask": (4,)}, r"'attn_mask' must be \(4, 4\) or \(2, 4, 4\), not \(4,\)"),
    ("TransformerEncoderLayer", {"src_mask": (3, 4, 4)}, r"'src_mask' must be \(4, 4\) or \(2, 4, 4\)"),
    ("TransformerEncoderLayer", {"src_key_padding_mask": (5,)}, r"'src_key_padding_mask' must be \(4,\)"),
    ("TransformerDecoderLayer", {"memory": (3, 7)}, r"'memory' must be \(positions, 8\) as the input \(4, 8\) is"),
    ("TransformerDecoderLayer", {"memory": (3, 8), "memory_mask": (4, 4)}, r"'memory_mask' must be \(4, 3\)"),
])  # fmt: skip
def test_a_wire_that_does_not_fit_is_refused(name: str, wires: dict[str, tuple[int, ...]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        BY_NAME[name](**{HEADS[name]: 2}).build(Shape((4, 8)), **{k: Shape(v) for k, v in wires.items()})


def test_a_causal_layer_takes_no_other_mask() -> None:
    with pytest.raises(ValueError, match="not both"):
        BY_NAME["TransformerEncoderLayer"](nhead=2, is_causal=True).build(Shape((4, 8)), src_mask=Shape((4, 4)))


@pytest.mark.parametrize("name", list(HEADS))
def test_one_unbatched_sequence_is_refused(name: str) -> None:
    memory = [Shape((3, 8))] if name == "TransformerDecoderLayer" else []
    with pytest.raises(ValueError, match="reads 2 axes|must be"):
        BY_NAME[name](**{HEADS[name]: 2}).build(Shape((8,)), *memory)


def test_heads_that_do_not_divide_are_a_plain_error() -> None:
    with pytest.raises(ValueError, match="divisible by num_heads"):
        BY_NAME["MultiheadAttention"](num_heads=3).build(Shape((4, 8)))


@pytest.mark.parametrize("name", list(HEADS))
def test_a_gradient_penalty_goes_through_the_math_kernel(name: str) -> None:
    """PyTorch's fused attention kernels have no second derivative; a penalised network runs without them."""
    memory = [torch.randn(2, 3, 8)] if name == "TransformerDecoderLayer" else []
    module = BY_NAME[name](**{HEADS[name]: 2}, dropout=0.0).build(Shape((4, 8)), *map(shape, memory))
    x = torch.randn(2, 4, 8, requires_grad=True)
    with sdpa_kernel(SDPBackend.MATH):
        (slope,) = torch.autograd.grad(module(x, *memory).square().sum(), x, create_graph=True)
        slope.square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in module.parameters() if p.requires_grad)
