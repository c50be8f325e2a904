"""Places in a sequence, and the decoder that does not look ahead."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_gan.layers import CausalDecoderLayer, Position
from layer_making import made, numbers
from torch import nn

from ganframe import Shape


@pytest.mark.parametrize("features", [6, 7])
def test_sinusoids_tell_places_apart(features: int) -> None:
    x = torch.zeros(2, 5, features)
    out = made(Position(), x)(x)
    for t in range(5):
        for i in range(features):
            angle = t / 10_000 ** (2 * (i // 2) / features)
            assert out[1, t, i].item() == pytest.approx(math.sin(angle) if i % 2 == 0 else math.cos(angle), abs=1e-5)


def test_learned_places_are_a_weight() -> None:
    x = numbers(2, 50, 40)
    module = made(Position(kind="learned"), x)
    torch.testing.assert_close(module(x) - x, module.weight.expand_as(x))
    assert 0.018 < module.weight.std() < 0.022


def decoder(**options: object) -> nn.Module:
    layer = CausalDecoderLayer(nhead=2, dim_feedforward=8, **options)
    return made(layer, numbers(2, 5, 6), numbers(2, 4, 6, seed=2)).eval()


@pytest.mark.parametrize("norm_first", [True, False])
def test_a_place_sees_no_later_one(norm_first: bool) -> None:
    module, x, memory = decoder(norm_first=norm_first), numbers(2, 5, 6), numbers(2, 4, 6, seed=2)
    changed = x.clone()
    changed[:, 3:] *= -1
    one, two = module(x, memory), module(changed, memory)
    torch.testing.assert_close(one[:, :3], two[:, :3])
    assert (one[:, 3:] - two[:, 3:]).abs().min() > 0
    earlier = x.clone()
    earlier[:, 0] *= -1
    assert (module(earlier, memory)[:, 1:] - one[:, 1:]).abs().amax(2).min() > 1e-6


def test_it_is_torch_s_layer_under_the_causal_mask() -> None:
    module, x, memory = decoder(), numbers(2, 5, 6), numbers(2, 4, 6, seed=2)
    mask = nn.Transformer.generate_square_subsequent_mask(5, dtype=torch.float64)
    torch.testing.assert_close(module(x, memory), module.layer(x, memory, tgt_mask=mask))


def test_hidden_memory_is_not_seen() -> None:
    module, x, memory = decoder(), numbers(2, 5, 6), numbers(2, 4, 6, seed=2)
    mask = torch.tensor([[True, True, True, False]] * 2)
    changed = memory.clone()
    changed[:, 3] += 1
    torch.testing.assert_close(module(x, memory, mask), module(x, changed, mask))
    torch.testing.assert_close(module(x, memory, mask), module(x, memory[:, :3]))
    assert (module(x, memory) - module(x, changed)).abs().max() > 1e-4


@pytest.mark.parametrize(
    ("nhead", "x", "memory", "said"),
    [
        (4, (5, 6), (4, 6), "nhead = 4"),
        (2, (5, 6), (4, 8), "6 features of the input"),
        (2, (6,), (4, 6), "must be a sequence"),
    ],
)
def test_shapes_that_do_not_fit(nhead: int, x: tuple[int, ...], memory: tuple[int, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        CausalDecoderLayer(nhead=nhead).build(Shape(x), Shape(memory))
