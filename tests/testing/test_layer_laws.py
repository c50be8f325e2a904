"""The kit refuses layers that break one law each, and passes their sound twins."""


import pytest
import torch
from torch import nn

from ganframe import Shape
from ganframe.testing import check
from tests.testing.refusal import layer_of, refused


def test_a_sound_layer_passes():
    check(layer_of(lambda m, x: x.tanh()))


@pytest.mark.parametrize(
    ("function", "law", "words"),
    [
        (lambda m, x: x / x.size(0) if x.is_meta else torch.cat((x, x), 1), "shapes_are_inferred", "meta"),
        (lambda m, x: x.sum(), "shapes_are_inferred", "first axis"),
        (lambda m, x: x / 0, "values_are_finite", "NaN or infinity"),
        (lambda m, x: x.detach(), "gradients_arrive", "no gradient reaches x"),
        (lambda m, x: x - x.mean(0), "rows_are_independent", "mixes_rows"),
        (lambda m, x: x if m.training else x - x.mean(0), "rows_are_independent", "eval mode"),
        (lambda m, x: x + torch.rand_like(x), "chance_is_declared", "random = True"),
        (lambda m, x: x.add_(1), "forward_changes_only_buffers", "in place"),
        (lambda m, x: counted(m, x), "forward_changes_only_buffers", "calls"),
    ],
)
def test_layer(function, law, words):
    refused(layer_of(function), law, words)


def counted(module, x):
    module.calls = getattr(module, "calls", 0) + 1
    return x


def test_layer_that_hides_state():
    class Hidden(nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = torch.randn(())

        def forward(self, x):
            return x * self.factor

    refused(layer_of(None, build=lambda self, x: Hidden()), "state_round_trips", "does not hold all of it")


def test_layer_without_double_backward():
    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.square()

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    refused(layer_of(lambda m, x: Once.apply(x)), "double_backward_works")


def test_layer_whose_parameter_learns_nothing():
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.idle = nn.Parameter(torch.zeros(3))

        def forward(self, x):
            return x

    refused(layer_of(None, build=lambda self, x: Idle()), "gradients_arrive", "idle")


def test_layer_that_builds_for_nothing_must_give_examples():
    def build(self, x):
        raise ValueError("wants seven axes")

    refused(layer_of(None, build=build), "example", "examples")


def test_examples_are_used():
    seen = []

    def build(self, x: Shape, label: Shape):
        seen.append((tuple(x), x.dtype, tuple(label)))
        return Pair()

    class Pair(nn.Module):
        def forward(self, x, label):
            return x.float() + label.sum(1, keepdim=True)

    given = {"x": ("int64", (3,), 5), "label": (2,)}
    check(layer_of(None, build=build, examples=(given,)))
    assert set(seen) == {((3,), torch.int64, (2,))}
