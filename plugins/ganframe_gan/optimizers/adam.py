"""Adam for games: optimistic and extragradient steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from ganframe import Now, component, option

#: Devices for which PyTorch fuses Adam.
_FUSED = frozenset({"cpu", "cuda", "mps", "xpu"})


@component
class AdamLike:
    """The options of Adam (Kingma and Ba 2015, arXiv:1412.6980), PyTorch's names and defaults."""

    lr: float = option(1e-3, "learning rate", min=0.0, curve=True)
    betas: tuple[float, float] = option((0.9, 0.999), "decay of the two moments", min=0.0, max=1.0, curve=True)
    eps: float = option(1e-8, "added to the root of the second moment", min=0.0)
    weight_decay: float = option(0.0, "L2 penalty, added to the gradient", min=0.0)

    def settings(self, params: list[nn.Parameter]) -> dict[str, Any]:
        """The arguments of `torch.optim.Adam`; a curve begins with its value at step 0."""
        start = Now()
        return {
            "lr": start(self.lr), "betas": (start(self.betas[0]), start(self.betas[1])), "eps": self.eps,
            "weight_decay": self.weight_decay,
            "fused": all(p.device.type in _FUSED and p.is_floating_point() for p in params) or None,
        }  # fmt: skip


@component
class OptimisticAdam(AdamLike):
    """Optimistic Adam (Daskalakis et al. 2018, arXiv:1711.00141, algorithm 1): w <- w + 2 u_t - u_(t-1).

    u_t is Adam's step of this moment, u_(t-1) that of the last one; no second gradient is needed.
    """

    def build(self, params: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimizer of these parameters."""
        params = list(params)
        return Optimistic(params, **self.settings(params))


@component
class ExtraAdam(AdamLike):
    """Extragradient Adam (Gidel et al. 2019, arXiv:1802.10551, algorithm 4): look ahead a step, then step from here.

    An Adam step to w' with the gradient at w; then, from w again, one with the gradient at w'. Both move the moments
    and the count of steps. The turn is computed twice.
    """

    def build(self, params: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimizer of these parameters; its `step` needs a closure."""
        params = list(params)
        return Extragradient(params, **self.settings(params))


class Optimistic(torch.optim.Adam):
    """Adam that takes each step twice and the last one back."""

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """One optimistic step of every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        moved = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        before = [p.clone() for p in moved]
        super().step()
        for p, old in zip(moved, before, strict=True):
            step = p - old
            p.add_(step)
            if "last" in self.state[p]:
                p.sub_(self.state[p]["last"])
            self.state[p]["last"] = step
        return loss


class Extragradient(torch.optim.Adam):
    """Adam that takes the gradient of its step where a first step leads."""

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor]) -> Tensor:
        """One extragradient step; the loss is that of the first evaluation."""
        with torch.enable_grad():
            loss = closure()
        params = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        before = [p.clone() for p in params]
        super().step()
        with torch.enable_grad():
            closure()
        for p, old in zip(params, before, strict=True):
            p.copy_(old)
        super().step()
        return loss
