"""Parametrizations and initializers: the weight is what its definition says, before and after a round trip."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_gan.initializers import FanIn
from ganframe_gan.parametrizations import EqualizedLearningRate, SpectralNorm, WeightNorm
from torch import nn
from torch.nn.utils import parametrize

RECIPES = (SpectralNorm(), WeightNorm(), WeightNorm(dim=-1), EqualizedLearningRate(multiplier=0.1))


def modules():
    """A module of each sort that has a weight."""
    torch.manual_seed(0)
    return [
        nn.Linear(6, 5), nn.Conv2d(4, 6, 3, groups=2), nn.ConvTranspose2d(4, 6, 3, groups=2), nn.Embedding(7, 3),
        nn.Conv1d(2, 3, 5, bias=False),
    ]  # fmt: skip


def shown(module):
    """An input that the module takes."""
    if isinstance(module, nn.Embedding):
        return torch.arange(7)
    width = module.in_features if isinstance(module, nn.Linear) else module.in_channels
    return torch.randn(2, width, *[6] * max(module.weight.dim() - 2, 0))


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_weight_stays_readable_and_round_trips(recipe):
    for module, other in zip(modules(), modules(), strict=True):
        shape = module.weight.shape
        made, again = recipe(module), recipe(other)
        assert made.weight.shape == shape
        x = shown(made)
        for _ in range(3):
            made(x)
        again.load_state_dict(made.state_dict())
        torch.testing.assert_close(made.eval()(x), again.eval()(x), rtol=0, atol=0)


@pytest.mark.parametrize("recipe", RECIPES)
def test_torch_can_take_it_off_again(recipe):
    for module in modules():
        made = recipe(module).eval()
        before = made(shown(made)).detach() if isinstance(module, nn.Embedding) else made.weight.detach().clone()
        parametrize.remove_parametrizations(made, "weight")
        after = made(shown(made)) if isinstance(module, nn.Embedding) else made.weight
        torch.testing.assert_close(before, after)
        assert "weight" in dict(made.named_parameters())


def test_spectral_norm_makes_the_largest_singular_value_one():
    for module in modules():
        made = SpectralNorm(iterations=3)(module)
        for _ in range(20):
            made(shown(made))
        weight = made.weight.transpose(0, 1) if isinstance(module, nn.ConvTranspose2d) else made.weight
        assert float(torch.linalg.svdvals(weight.flatten(1))[0].detach()) == pytest.approx(1, abs=1e-3)


def test_spectral_norm_iterates_as_often_as_told():
    torch.manual_seed(0)
    weight = torch.randn(40, 40)
    gaps = []
    for iterations in (1, 8):
        module = nn.Linear(40, 40)
        module.weight.data = weight.clone()
        torch.manual_seed(1)
        made = SpectralNorm(iterations=iterations)(module)
        for _ in range(4):
            made.weight  # noqa: B018 - reading it is what iterates
        gaps.append(abs(float(torch.linalg.svdvals(made.weight)[0].detach()) - 1))
    assert gaps[1] < gaps[0] / 2


def test_weight_norm_keeps_the_weight_and_parts_length_from_direction():
    torch.manual_seed(0)
    module = nn.Linear(6, 5)
    before = module.weight.detach().clone()
    made = WeightNorm()(module)
    torch.testing.assert_close(made.weight, before)
    lengths, direction = made.parametrizations.weight.original0, made.parametrizations.weight.original1
    torch.testing.assert_close(lengths[:, 0], before.norm(dim=1))
    lengths.data.mul_(2)
    direction.data.mul_(7)
    torch.testing.assert_close(made.weight, 2 * before)
    assert WeightNorm(dim=-1)(nn.Linear(6, 5)).parametrizations.weight.original0.numel() == 1
    with pytest.raises(ValueError, match="'dim' must be below 2"):
        WeightNorm(dim=2)(nn.Linear(6, 5))


@pytest.mark.parametrize("multiplier", [1.0, 0.01])
def test_equalized_weights_are_stored_at_unit_scale(multiplier):
    torch.manual_seed(0)
    module = nn.Linear(400, 300)
    made = EqualizedLearningRate(multiplier=multiplier)(module)
    assert float(made.parametrizations.weight.original.std().detach()) == pytest.approx(1 / multiplier, rel=0.01)
    assert float(made.weight.std().detach()) == pytest.approx(1 / math.sqrt(400), rel=0.01)
    assert made.bias.abs().max() == 0
    assert ("bias" in made.parametrizations) == (multiplier != 1)


def test_an_equalized_layer_learns_as_fast_as_its_multiplier_says():
    moved = []
    for multiplier in (1.0, 0.01):
        torch.manual_seed(0)
        made = EqualizedLearningRate(multiplier=multiplier)(nn.Linear(9, 4))
        before = [made.weight.detach().clone(), made.bias.detach().clone()]
        adam = torch.optim.Adam(made.parameters(), lr=1e-3)
        made(torch.ones(1, 9)).sum().backward()
        adam.step()
        moved.append([(made.weight - before[0]).abs().mean().item(), (made.bias - before[1]).abs().mean().item()])
    assert moved[0] == pytest.approx([1e-3 / 3, 1e-3], rel=1e-2)
    assert moved[1] == pytest.approx([1e-5 / 3, 1e-5], rel=1e-2)


@pytest.mark.parametrize(
    ("module", "inputs"),
    [
        (nn.Conv2d(40, 60, 3, groups=2), 20 * 9), (nn.ConvTranspose2d(40, 60, 3, groups=2), 20 * 9),
        (nn.Embedding(500, 30), 500), (nn.Linear(300, 100), 300),
    ],
)  # fmt: skip
def test_equalized_scale_counts_the_inputs_of_a_unit(module, inputs):
    torch.manual_seed(0)
    made = EqualizedLearningRate(gain=2.0)(module)
    assert float(made.weight.std().detach()) == pytest.approx(2 / math.sqrt(inputs), rel=0.02)


def test_equalized_keeps_what_init_gave_if_told_to():
    torch.manual_seed(0)
    module = nn.Linear(6, 5)
    nn.init.constant_(module.bias, 3.0)
    weight = module.weight.detach().clone()
    made = EqualizedLearningRate(multiplier=0.5, redraw=False)(module)
    torch.testing.assert_close(made.weight, weight)
    torch.testing.assert_close(made.bias, torch.full((5,), 3.0))


def test_equalized_draws_under_torchs_seed():
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(EqualizedLearningRate()(nn.Linear(3, 3)).weight.detach())
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


@pytest.mark.parametrize("recipe", RECIPES)
def test_modules_without_a_matrix_are_refused(recipe):
    with pytest.raises(ValueError, match="no weight of dimension 2"):
        recipe(nn.BatchNorm1d(3))
    with pytest.raises(ValueError, match="no weight of dimension 2"):
        recipe(nn.ReLU())


@pytest.mark.parametrize("shape", [(400, 300), (64, 32, 3, 3)])
@pytest.mark.parametrize("gain", [1.0, 0.53])
def test_fan_in_scales_by_the_inputs(shape, gain):
    weight = nn.Parameter(torch.zeros(shape))
    FanIn(gain=gain)(weight, torch.Generator().manual_seed(1))
    wanted = gain / math.sqrt(math.prod(shape[1:]))
    assert float(weight.std().detach()) == pytest.approx(wanted, rel=0.02)
    assert abs(float(weight.mean().detach())) < 5 * wanted / math.sqrt(weight.numel())


def test_fan_in_draws_from_its_stream_and_refuses_vectors():
    one, two = torch.zeros(3, 4), torch.zeros(3, 4)
    before = torch.get_rng_state()
    FanIn()(one, torch.Generator().manual_seed(1))
    FanIn()(two, torch.Generator().manual_seed(1))
    assert torch.equal(one, two)
    assert torch.equal(before, torch.get_rng_state())
    with pytest.raises(ValueError, match="dimension 2 or more"):
        FanIn()(torch.zeros(4), torch.Generator())
