"""The decoder that writes token by token, the relational memory, masks."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from ganframe_text.latents import Filled
from ganframe_text.layers import RelationalMemory, TokenDecoder, TokenMask
from torch import Tensor, nn
from torch.nn import functional as F

from ganframe import Shape, component
from ganframe.registry import discover

LAYERS = discover().kind("layer")
V, T = 6, 5


def cell(name: str, **options: Any) -> Any:
    return LAYERS[name].cls(**options)


def decoder(rows: int = 3, memory: bool = False, told: bool = False, beta: bool = False, **options: Any) -> nn.Module:
    torch.manual_seed(0)
    made = TokenDecoder(**{"cell": cell("GRUCell", hidden_size=8), "vocabulary": V, "length": T, "embedding": 4, **options})
    wires = [Shape((4, 7)) if memory else None, Shape((4,), torch.bool) if memory else None]
    return made.build(Shape((rows,)), *wires, Shape((T,), torch.int64) if told else None, Shape((1,)) if beta else None)


CELLS = {
    "GRUCell": {"hidden_size": 8}, "LSTMCell": {"hidden_size": 8}, "RelationalMemory": {"slots": 2, "head_size": 3}
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_told_its_own_tokens_it_does_as_it_did_freely(name: str) -> None:
    module = decoder(told=True, choice="likeliest", cell=cell(name, **CELLS[name])).eval()
    x = torch.randn(7, 3)
    free, scores = module(x, None, None, torch.zeros(7, T, dtype=torch.int64))
    tokens = free.argmax(2) + (free.argmax(2) == 0) * 2  # a token 0 would stand for none
    shifted = torch.cat((torch.ones(7, 1, dtype=torch.int64), tokens[:, :-1]), 1)
    told, logits = module(x, None, None, shifted)
    same = (free.argmax(2) != 0).all(1)
    assert same.any()
    torch.testing.assert_close(logits[same], scores[same])
    assert torch.equal(told[same].round(), free[same].round())


def test_what_it_is_told_later_changes_nothing_before() -> None:
    module = decoder(told=True).eval()
    x, one = torch.randn(2, 3), torch.tensor([[1, 2, 3, 4, 5]] * 2)
    two = one.clone()
    two[:, 3] = 2
    logits = [module(x, None, None, given)[1] for given in (one, two)]
    torch.testing.assert_close(logits[0][:, :3], logits[1][:, :3])
    assert (logits[0][:, 3:] - logits[1][:, 3:]).abs().amax(2).min() > 1e-4


def test_a_hole_is_filled_by_its_own_token() -> None:
    module = decoder(told=True, choice="likeliest").eval()
    x, given = torch.randn(4, 3), torch.tensor([[1, 2, 0, 4, 5]] * 4)
    wrote, logits = module(x, None, None, given)
    given[:, 2] = wrote[:, 1].argmax(1).clamp(min=1)
    known = wrote[:, 1].argmax(1) > 0
    torch.testing.assert_close(module(x, None, None, given)[1][known], logits[known])


def test_hidden_memory_is_not_looked_at() -> None:
    module = decoder(memory=True).eval()
    x, memory = torch.randn(2, 3), torch.randn(2, 4, 7)
    mask = torch.tensor([[True, True, True, False]] * 2)
    changed = memory.clone()
    changed[:, 3] *= -5
    torch.manual_seed(1)
    first = module(x, memory, mask)[1]
    torch.manual_seed(1)
    torch.testing.assert_close(module(x, changed, mask)[1], first)
    torch.manual_seed(1)
    assert (module(x, changed, torch.ones_like(mask))[1] - first).abs().max() > 1e-3


def test_tokens_are_drawn_as_often_as_the_logits_say() -> None:
    module = decoder().eval()
    drawn, logits = module(torch.zeros(20_000, 3))
    assert torch.equal(drawn.sum(2).round(), torch.ones(20_000, T))
    torch.testing.assert_close(drawn[:, 0].mean(0), logits[0, 0].softmax(0), atol=0.015, rtol=0)


def test_the_gradient_is_that_of_the_soft_token() -> None:
    hard, soft = decoder(length=1, temperature=0.5), decoder(length=1, temperature=0.5, hard=False)
    x, grads = torch.randn(4, 3), []
    for module in (hard, soft):
        torch.manual_seed(2)
        token, _ = module(x)
        (token * torch.arange(V)).sum().backward()
        grads.append(module.start.weight.grad)
    torch.testing.assert_close(*grads)
    assert set(hard(x)[0].detach().round(decimals=4).unique().tolist()) == {0.0, 1.0}
    assert len(soft(x)[0].unique()) > 4
    assert set(soft.eval()(x)[0].round(decimals=4).unique().tolist()) == {0.0, 1.0}


def test_beta_sharpens_the_soft_token() -> None:
    module, x = decoder(beta=True, hard=False), torch.randn(50, 3)
    sure = [module(x, None, None, None, torch.full((50, 1), beta))[0].amax(2).mean() for beta in (1.0, 10.0)]
    assert sure[0] < 0.8 < 0.9 < sure[1]


@component
class Square:
    """A layer that gives no vector."""

    def build(self, x: Shape) -> nn.Module:
        """Copies a vector into a matrix."""
        return _Square()


class _Square(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.unsqueeze(2)


@pytest.mark.parametrize(
    ("options", "wires", "told"),
    [
        ({"padding": V}, [Shape((3,))], "begin and padding must be tokens 0 to 5"),
        ({}, [Shape((3, 2))], r"the input must be a vector that the state is made of, not \(3, 2\)"),
        ({}, [Shape((3,)), Shape((3,))], "the memory must be a sequence"),
        ({}, [Shape((3,)), Shape((4, 2)), Shape((3,), torch.bool)], "must have the length of the memory"),
        ({}, [Shape((3,)), None, None, Shape((4,), torch.int64)], r"given must be int64 tokens \(5,\)"),
        ({}, [Shape((3,)), None, None, Shape((T,))], "given must be int64"),
        ({}, [Shape((3,)), None, None, None, Shape((2,))], "inverse_temperature must be one number a row"),
        ({"cell": Square()}, [Shape((3,))], r"a cell must give vectors, not \[\(4, 1\)\]"),
    ],
)
def test_what_does_not_fit_is_told(options: dict[str, Any], wires: list[Any], told: str) -> None:
    made = {"cell": cell("GRUCell", hidden_size=8), "vocabulary": V, "length": T, "embedding": 4, **options}
    with pytest.raises(ValueError, match=told):
        TokenDecoder(**made).build(*wires)


def test_a_relational_memory_is_its_equations() -> None:
    torch.manual_seed(0)
    module = RelationalMemory(slots=2, heads=2, head_size=3, mlp_layers=1).build(Shape((4,)), Shape((12,))).double()
    x, memory = torch.randn(1, 4).double(), torch.randn(1, 2, 6).double()
    inputs = module.project(x)
    rows = torch.cat((memory[0], inputs))
    asked = module.attend_norm(module.attend(rows))
    read = torch.zeros(3, 6).double()
    for head in range(2):
        query, key, value = (asked[:, 9 * head + 3 * k : 9 * head + 3 * k + 3] for k in range(3))
        for i in range(3):
            weights = torch.stack([(query[i] * key[j]).sum() / 3**0.5 for j in range(3)]).softmax(0)
            read[i, 3 * head : 3 * head + 3] = sum(weights[j] * value[j] for j in range(3))
    one = module.norms[0](rows + read)
    two = module.norms[1](one + F.relu(module.mlp[0](one)))
    wanted = []
    for slot, m in enumerate(memory[0]):
        keep, take = (module.memory_gates(m.tanh()) + module.input_gates(inputs[0])).chunk(2)
        wanted.append((keep + 1).sigmoid() * m + take.sigmoid() * two[slot].tanh())
    torch.testing.assert_close(module(x, memory.flatten(1))[0], torch.cat(wanted))


def test_slots_differ_from_the_start() -> None:
    module = RelationalMemory(slots=3, heads=1, head_size=4).build(Shape((2,)))
    x = torch.randn(2, 2)
    torch.testing.assert_close(module(x), module(x, torch.eye(3, 4).flatten().expand(2, -1)))
    with pytest.raises(ValueError, match=r"the memory must be flat, \(12,\), not \(3, 4\)"):
        RelationalMemory(slots=3, heads=1, head_size=4).build(Shape((2,)), Shape((3, 4)))


def test_masks_of_tokens_and_of_one_hot_rows_agree() -> None:
    tokens = torch.tensor([[3, 1, 0, 0], [0, 2, 2, 0]])
    module = TokenMask().build(Shape((4,), torch.int64))
    assert module(tokens).tolist() == [[True, True, False, False], [False, True, True, False]]
    hot = F.one_hot(tokens, 4).float()
    assert torch.equal(TokenMask().build(Shape((4, 4)))(hot), module(tokens))
    for shape in (Shape((4, 4), torch.int64), Shape((4,))):
        with pytest.raises(ValueError, match="tokens must be int64"):
            TokenMask().build(shape)


def test_filled_is_one_token_in_any_shape() -> None:
    class Moment:
        device = "cpu"

    drawn = Filled(size=(2, 3), value=4).sample(5, Moment(), None, None)
    assert drawn.dtype == torch.int64
    assert torch.equal(drawn, torch.full((5, 2, 3), 4))
