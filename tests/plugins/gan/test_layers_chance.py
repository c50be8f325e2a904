"""Layers that draw random numbers, and the ones whose gradient is not their slope."""

from __future__ import annotations

import pytest
import torch
from ganframe_gan.layers import (
    ColumnActivations,
    GradientReversal,
    GumbelSoftmax,
    PhaseShuffle,
    RandomFrame,
    RandomQuadrant,
    Reparameterize,
)  # fmt: skip
from layer_making import made, numbers, run
from torch import Tensor

from ganframe import Shape


def test_reparameterize_samples_the_gaussian_that_it_is_given() -> None:
    parameters = torch.tensor([1.0, -2.0, 0.0, 2.0]).expand(20_000, 4)
    z, mean, logvar = run(Reparameterize(), parameters)
    assert torch.equal(mean, parameters[:, :2]) and torch.equal(logvar, parameters[:, 2:])
    torch.testing.assert_close(z.mean(0), torch.tensor([1.0, -2.0]), atol=0.08, rtol=0)
    torch.testing.assert_close(z.var(0), torch.tensor([0.0, 2.0]).exp(), atol=0.2, rtol=0)
    z, mean, _ = made(Reparameterize(), parameters).eval()(parameters)
    assert torch.equal(z, mean)
    with pytest.raises(ValueError, match="must be even"):
        Reparameterize().build(Shape((5,)))


def shares(out: Tensor) -> Tensor:
    assert ((out == 0) | (out == 1)).all() and (out.sum(-1) == 1).all()
    return out.mean(0)


def test_gumbel_softmax_draws_the_categories_of_its_logits() -> None:
    wanted = torch.tensor([0.1, 0.2, 0.7])
    logits = wanted.log().expand(20_000, 3)
    for mode in (True, False):
        torch.testing.assert_close(shares(made(GumbelSoftmax(), logits).train(mode)(logits)), wanted, atol=0.02, rtol=0)
    soft = run(GumbelSoftmax(hard=False, temperature=2.0), logits)
    torch.testing.assert_close(soft.sum(1), torch.ones(20_000))
    assert ((soft > 0) & (soft < 1)).all()
    sampled = made(GumbelSoftmax(hard=False), logits).eval()(logits)
    torch.testing.assert_close(shares(sampled), wanted, atol=0.02, rtol=0)


def test_the_inverse_temperature_sharpens_row_by_row() -> None:
    logits = numbers(6, 4, 3)
    beta = torch.tensor([[0.01], [1.0], [100.0]] * 2).double()
    module = made(GumbelSoftmax(hard=False, temperature=0.5), logits, beta)
    torch.manual_seed(4)
    out = module(logits, beta)
    torch.manual_seed(4)
    plain = made(GumbelSoftmax(hard=False, temperature=0.5), logits)
    torch.manual_seed(4)
    torch.testing.assert_close(out[[1, 4]], plain(logits)[[1, 4]])
    assert out[[0, 3]].std() < 0.05 < 0.3 < out[[2, 5]].std()


def test_the_hard_sample_has_the_soft_sample_s_gradient() -> None:
    logits = numbers(5, 3).requires_grad_()
    weight = numbers(5, 3, seed=2)
    gradients = []
    for hard in (True, False):
        module = made(GumbelSoftmax(hard=hard, temperature=0.7), logits)
        torch.manual_seed(9)
        gradients += torch.autograd.grad((module(logits) * weight).sum(), logits)
    torch.testing.assert_close(*gradients)
    assert gradients[0].abs().max() > 0


def test_columns_get_their_own_activations() -> None:
    x = numbers(4000, 6).float()
    x[:, 1:4] = torch.tensor([0.2, 0.3, 0.5]).log()
    layer = ColumnActivations(spans=(("tanh", 1), ("softmax", 3), ("linear", 2)))
    module = made(layer, x)
    out = module(x)
    torch.testing.assert_close(out[:, 0], x[:, 0].tanh())
    assert torch.equal(out[:, 4:], x[:, 4:])
    torch.testing.assert_close(out[:, 1:4].sum(1), torch.ones(4000))
    assert ((out[:, 1:4] > 0.01) & (out[:, 1:4] < 0.99)).any()
    choices = module.eval()(x)[:, 1:4]
    torch.testing.assert_close(shares(choices), torch.tensor([0.2, 0.3, 0.5]), atol=0.03, rtol=0)


@pytest.mark.parametrize(
    ("spans", "said"),
    [((("tanh", 2),), "covers 2 values"), ((("relu", 6),), "not 'relu'"), ((("tanh", 7), ("tanh", -1)), "covers")],
)
def test_spans_must_cover_the_input(spans: tuple[tuple[str, int], ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ColumnActivations(spans=spans).build(Shape((6,)))


def test_the_gradient_is_reversed_and_the_value_is_not() -> None:
    x = numbers(3, 4, 2).requires_grad_()
    scale = torch.tensor([[0.0], [1.0], [2.0]]).double()
    for wires, factor in (((), torch.full((3, 1, 1), 0.5)), ((scale,), 0.5 * scale.view(3, 1, 1))):
        out = run(GradientReversal(factor=0.5), x, *wires)
        assert torch.equal(out, x)
        (gradient,) = torch.autograd.grad(out.square().sum(), x)
        torch.testing.assert_close(gradient, -factor * 2 * x.detach())


def test_a_frame_is_drawn_for_each_film() -> None:
    film = torch.arange(5.0).view(1, 1, 5, 1, 1).expand(1000, 2, 5, 3, 3)
    module = made(RandomFrame(), film)
    out = module(film)
    assert out.shape == (1000, 2, 3, 3)
    assert (out == out[:, :1, :1, :1]).all()
    counts = torch.bincount(out[:, 0, 0, 0].long(), minlength=5)
    assert counts.min() > 150
    assert (module.eval()(film) == 2).all()


def test_both_maps_lose_the_same_quarter() -> None:
    place = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
    x = place.repeat_interleave(2, 0).repeat_interleave(2, 1).expand(400, 1, 4, 4)
    other = place.repeat_interleave(4, 0).repeat_interleave(6, 1).expand(400, 3, 8, 12)
    module = made(RandomQuadrant(), x, other)
    a, b = module(x, other)
    assert a.shape == (400, 1, 2, 2) and b.shape == (400, 3, 4, 6)
    assert (a == a[:, :, :1, :1]).all() and (b == a[:, :, :1, :1]).all()
    assert torch.bincount(a[:, 0, 0, 0].long(), minlength=4).min() > 60
    pixels = numbers(4, 1, 4, 4)
    first, _ = module.eval()(pixels, pixels)
    assert torch.equal(first, pixels[:, :, :2, :2])
    with pytest.raises(ValueError, match="no equal quarters"):
        RandomQuadrant().build(Shape((3, 4, 4)), Shape((3, 5, 4)))


def test_phase_shuffle_moves_each_row_and_mirrors_its_ends() -> None:
    x = torch.arange(8.0).expand(500, 2, 8)
    module = made(PhaseShuffle(shift=2), x)
    out = module(x)
    assert torch.equal(out[:, 0], out[:, 1])
    wanted = {
        0.0: [0, 1, 2, 3, 4, 5, 6, 7], 1.0: [1, 2, 3, 4, 5, 6, 7, 6], 2.0: [2, 3, 4, 5, 6, 7, 6, 5],
        -1.0: [1, 0, 1, 2, 3, 4, 5, 6], -2.0: [2, 1, 0, 1, 2, 3, 4, 5],
    }  # fmt: skip
    seen = {tuple(row.tolist()) for row in out[:, 0]}
    assert seen == {tuple(map(float, row)) for row in wanted.values()}
    assert module.eval()(x) is x
    with pytest.raises(ValueError, match="cannot be shifted"):
        PhaseShuffle(shift=4).build(Shape((2, 4)))
