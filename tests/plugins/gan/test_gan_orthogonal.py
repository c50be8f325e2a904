"""Orthogonal weights, and initializers by their variance and their symmetry."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from ganframe_gan.initializers import ICNR, FanIn, VarianceScaling
from ganframe_gan.parametrizations import Orthogonal
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

MODULES = {
    "wide": lambda: nn.Linear(6, 4), "tall": lambda: nn.Linear(3, 7), "square": lambda: nn.Linear(5, 5),
    "conv": lambda: nn.Conv2d(3, 4, 3), "transposed": lambda: nn.ConvTranspose2d(5, 4, 3),
    "embedding": lambda: nn.Embedding(7, 3),
}  # fmt: skip


def filters(module):
    """The weight as a matrix, one row a filter."""
    weight = module.weight
    return (weight.transpose(0, 1) if isinstance(module, nn.ConvTranspose2d) else weight).flatten(1)


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("recipe", [Orthogonal(), Orthogonal(map="cayley"), Orthogonal(trivialization=False)])
def test_all_singular_values_are_one_before_and_after_steps(name, recipe):
    torch.manual_seed(0)
    module = recipe(MODULES[name]())
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    before = filters(module).detach().clone()
    for _ in range(3):
        values = torch.linalg.svdvals(filters(module)).detach()
        torch.testing.assert_close(values, torch.ones_like(values), atol=1e-4, rtol=0)
        optimizer.zero_grad()
        (filters(module) * torch.arange(filters(module).numel()).view_as(before).cos()).sum().backward()
        optimizer.step()
    assert (filters(module) - before).abs().max() > 1e-2, "it learns"


@pytest.mark.parametrize("name", ["wide", "tall", "conv"])
def test_it_begins_at_the_orthogonal_factor_of_the_weight(name):
    torch.manual_seed(0)
    module = MODULES[name]()
    rows = filters(module).detach().clone()
    made = filters(Orthogonal()(module)).detach()
    wide = rows.shape[0] < rows.shape[1]
    factor = torch.linalg.qr(rows.T if wide else rows)[0]
    torch.testing.assert_close((made.T if wide else made).abs(), factor.abs(), atol=1e-5, rtol=0)


def test_a_copy_and_a_loaded_module_have_the_same_weight():
    torch.manual_seed(0)
    module, other = Orthogonal()(nn.Conv2d(3, 4, 3)), Orthogonal()(nn.Conv2d(3, 4, 3))
    twin = copy.deepcopy(module)
    other.load_state_dict(module.state_dict())
    assert torch.equal(twin.weight, module.weight) and torch.equal(other.weight, module.weight)
    weight = module.weight.detach().clone()
    parametrize.remove_parametrizations(module, "weight")
    torch.testing.assert_close(module.weight.detach(), weight)


def test_without_trivialization_steps_begin_at_no_base():
    torch.manual_seed(0)
    names = dict(Orthogonal()(nn.Linear(6, 4)).named_buffers())
    assert [n for n in names if n.endswith("base")]
    assert not dict(Orthogonal(trivialization=False)(nn.Linear(6, 4)).named_buffers())
    with pytest.raises(ValueError, match="no weight of dimension 2"):
        Orthogonal()(nn.BatchNorm1d(3))


FANS = {"fan_in": 40 * 9, "fan_out": 60 * 9, "fan_avg": 50 * 9}


@pytest.mark.parametrize("mode", FANS)
@pytest.mark.parametrize("distribution", ["normal", "untruncated_normal", "uniform"])
def test_variance_scaling_has_its_variance_and_its_shape(mode, distribution):
    weight = torch.empty(60, 40, 3, 3)
    VarianceScaling(scale=3.0, mode=mode, distribution=distribution)(weight, torch.Generator().manual_seed(1))
    std = math.sqrt(3 / FANS[mode])
    assert float(weight.std()) == pytest.approx(std, rel=0.02)
    assert abs(float(weight.mean())) < 5 * std / math.sqrt(weight.numel())
    bounds = {"normal": 2 / 0.87962566, "untruncated_normal": 6.0, "uniform": math.sqrt(3)}
    assert 0.95 * (3.5 if bounds[distribution] == 6 else bounds[distribution]) < float(weight.abs().max()) / std
    assert float(weight.abs().max()) / std <= bounds[distribution] + 1e-5


def test_variance_scaling_of_scale_zero_and_of_a_vector():
    weight = torch.ones(3, 4)
    VarianceScaling(scale=0.0)(weight, torch.Generator())
    assert not weight.any()
    with pytest.raises(ValueError, match="dimension 2 or more"):
        VarianceScaling()(torch.zeros(4), torch.Generator())


@pytest.mark.parametrize("factor", [2, 3])
def test_icnr_begins_as_nearest_neighbour_upsampling(factor):
    torch.manual_seed(0)
    conv = nn.Conv2d(5, 2 * factor**2, 3, padding=1, bias=False)
    ICNR(factor=factor)(conv.weight, torch.Generator().manual_seed(1))
    x = torch.randn(3, 5, 6, 6)
    out = F.pixel_shuffle(conv(x), factor)
    torch.testing.assert_close(out, F.interpolate(out[..., ::factor, ::factor], scale_factor=float(factor)))
    assert float(conv.weight.std().detach()) == pytest.approx(math.sqrt(2 / 45), rel=0.2)


def test_icnr_fills_by_another_initializer_and_refuses_what_does_not_divide():
    weight, same = torch.empty(8, 3, 3, 3), torch.empty(2, 3, 3, 3)
    ICNR(inner=FanIn(gain=0.1))(weight, torch.Generator().manual_seed(1))
    FanIn(gain=0.1)(same, torch.Generator().manual_seed(1))
    assert torch.equal(weight[::4], same)
    with pytest.raises(ValueError, match=r"6 filters do not divide by factor\^2 = 4"):
        ICNR()(torch.empty(6, 3, 3, 3), torch.Generator())
