"""Laws of parametrizations: the weight stays readable, learns, and is saved whole."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ganframe.testing.case import Case, cases
from ganframe.testing.judge import (
    REFUSALS,
    Refused,
    finite,
    near,
    require,
    reseed,
    same_bits,
    through_safetensors,
)

__all__ = ["LAWS", "cases", "subject"]


@attrs.frozen
class Subject:
    """A parametrization, to be put on a linear layer and on a convolution."""

    component: Any

    def modules(self, seed: int = 0) -> list[tuple[nn.Module, Tensor]]:
        """Both modules, parametrized, each with an input."""
        reseed(seed)
        plain = [(nn.Linear(6, 5), torch.randn(4, 6)), (nn.Conv2d(3, 4, 3), torch.randn(2, 3, 6, 6))]
        return [(self._on(module), x) for module, x in plain]

    def _on(self, module: nn.Module) -> nn.Module:
        made = self.component(module)
        require(isinstance(made, nn.Module), f"it gives {type(made).__name__}, not an nn.Module")
        return made  # type: ignore[no-any-return]


def subject(case: Case) -> Subject:
    """The parametrization. Raises Refused where drawn options do not fit."""
    made = Subject(case.make())
    if case.drawn:
        try:
            made.modules()
        except REFUSALS as error:
            raise Refused(str(error)) from error
    return made


def weight_stays_readable(s: Subject) -> None:
    """`module.weight` is a finite tensor of the old shape, and forward uses it."""
    for module, x in s.modules():
        module.eval()
        weight: Any = module.weight
        wanted = (5, 6) if isinstance(module, nn.Linear) else (4, 3, 3, 3)
        require(isinstance(weight, Tensor) and tuple(weight.shape) == wanted, "`module.weight` has another shape")
        require(finite(weight) and finite(module(x)), "the weight or the output is not finite")
        module(100 * x)
        require(same_bits(weight, module.weight), "a pass in eval mode changes the weight")


def gradients_arrive(s: Subject) -> None:
    """A gradient reaches every parameter, and a gradient penalty can be taken through it."""
    for module, x in s.modules():
        x.requires_grad_()
        out = module.train()(x)
        (slope,) = torch.autograd.grad(out.square().sum(), x, create_graph=True)
        (out.sum() + slope.square().sum()).backward()
        missing = [name for name, p in module.named_parameters() if p.requires_grad and p.grad is None]
        require(not missing, f"no gradient reaches {', '.join(missing)}")
        broken = [name for name, p in module.named_parameters() if p.grad is not None and not finite(p.grad)]
        require(not broken, f"the gradient of {', '.join(broken)} is not finite")


def state_round_trips(s: Subject) -> None:
    """A module that loads its state from a safetensors file gives the same bits in eval mode."""
    for (module, x), (other, _) in zip(s.modules(0), s.modules(1), strict=True):
        for _ in range(3):
            module.train()(x)
        other.load_state_dict(through_safetensors(module.state_dict()), strict=True)
        require(same_bits(module.eval()(x), other.eval()(x)), "its state does not hold all of it")


def it_can_be_removed(s: Subject) -> None:
    """What torch.nn.utils.parametrize registered can be removed, and leaves the plain weight."""
    for module, x in s.modules():
        if parametrize.is_parametrized(module, "weight"):
            want = module.eval()(x)
            parametrize.remove_parametrizations(module, "weight")
            require("weight" in dict(module.named_parameters()), "removing it leaves no parameter `weight`")
            require(near(want, module(x), 1e-5), "removing it changes the output")


LAWS = (weight_stays_readable, gradients_arrive, state_round_trips, it_can_be_removed)
