"""The package keeps ganframe's laws, and its numbers are right."""

import math

import ganframe_example
import torch
from ganframe_example.cosine import CosineLoss
from ganframe_example.sine import Sine, SirenUniform

from ganframe.testing import check_plugin


def test_laws():
    check_plugin(ganframe_example)


def test_sine():
    module = Sine(omega=2.0).build((3,))
    assert torch.allclose(module(torch.tensor([[0.0, math.pi / 4, 1.0]])), torch.tensor([[0.0, 1.0, math.sin(2.0)]]))


def test_siren_uniform_fills_its_bounds():
    weight = torch.empty(400, 6)
    SirenUniform(omega=2.0)(weight, torch.Generator().manual_seed(0))
    assert 0.49 < weight.abs().max().item() <= 0.5


def test_cosine_loss():
    made = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    loss = CosineLoss(input="fake.x", target="real.x")
    assert loss.term(made, 3 * made).item() < 1e-6
    assert abs(loss.term(made, -made).item() - 2) < 1e-6
    assert abs(loss.term(made, made.flip(0)).item() - 1) < 1e-6
