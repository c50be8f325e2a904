"""What the tests of the conformance kit share: a check that must fail by one law, layers and losses of functions."""

import re

import pytest
from torch import nn
from torch.nn import functional as F

from ganframe import component
from ganframe.testing import Violation, check


def refused(cls: type, law: str, words: str = "") -> None:
    """The kit must refuse the class by this law, and say why."""
    with pytest.raises(Violation) as caught:
        check(cls, max_examples=3)
    line = re.search(rf"^  (\w+, )*{law}(, \w+)*: .*$", str(caught.value), re.M)
    assert line is not None, f"not refused by {law}, but: {caught.value}"
    assert words in line[0]


class Same(nn.Module):
    """A module that computes a function of its input."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(self, x)


def layer_of(function, **attributes):
    """A layer component whose forward is a function of (module, x)."""
    body = {"__doc__": "A layer.", "build": lambda self, x: Same(function), **attributes}
    return component(type("Broken", (), body))


def loss_of(discriminator, generator, **attributes):
    """An adversarial loss from two functions of logits."""
    return component(type("Broken", (), {
        "__doc__": "A loss.", "discriminator": lambda self, real, fake: discriminator(real, fake),
        "generator": lambda self, fake: generator(fake), **attributes,
    }))  # fmt: skip


def judge(real, fake):
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def make(fake):
    return F.softplus(-fake).mean()
