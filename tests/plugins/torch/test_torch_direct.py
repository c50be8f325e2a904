"""The direct call of the fused kernel has the bits of PyTorch's own step."""

from __future__ import annotations

import pytest
import torch
from ganframe_torch.direct import quicken
from torch import nn

from ganframe import state

CLASSES = [torch.optim.Adam, torch.optim.AdamW]


def pair(cls, **options):
    torch.manual_seed(0)
    nets = [nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3)) for _ in range(2)]
    nets[1].load_state_dict(nets[0].state_dict())
    plain = cls(nets[0].parameters(), lr=1e-2, fused=True, **options)
    direct = quicken(cls(nets[1].parameters(), lr=1e-2, fused=True, **options))
    return nets, (plain, direct)


def step(net, optimizer, x):
    optimizer.zero_grad()
    net(x).square().sum().backward()
    optimizer.step()


@pytest.mark.parametrize("cls", CLASSES)
def test_same_bits_also_when_options_change(cls):
    nets, optimizers = pair(cls, betas=(0.5, 0.9), weight_decay=0.1)
    for i in range(8):
        for net, optimizer in zip(nets, optimizers, strict=True):
            optimizer.param_groups[0]["lr"] = 1e-2 / (i + 1)
            step(net, optimizer, torch.randn(4, 5, generator=torch.Generator().manual_seed(i)))
    for a, b in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        assert torch.equal(a, b)
    kept = [o.state_dict()["state"] for o in optimizers]
    for index, entries in kept[0].items():
        assert all(torch.equal(value, kept[1][index][key]) for key, value in entries.items())


@pytest.mark.parametrize("cls", CLASSES)
def test_a_missing_gradient_and_a_loaded_state(cls):
    nets, optimizers = pair(cls)
    names = [name for name, _ in nets[0].named_parameters()]
    for i in range(9):
        for net, optimizer in zip(nets, optimizers, strict=True):
            if i == 6:
                state.load_optimizer(optimizer, names, state.optimizer_state(optimizer, names))
            optimizer.zero_grad()
            out = net[0](torch.ones(2, 5)) if i == 3 else net(torch.ones(2, 5))
            out.square().sum().backward()
            optimizer.step()
    for a, b in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        assert torch.equal(a, b)


def test_others_stay_as_they_are():
    for optimizer in (torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1), torch.optim.Adam(nn.Linear(2, 2).parameters())):
        assert "step" not in vars(quicken(optimizer))
