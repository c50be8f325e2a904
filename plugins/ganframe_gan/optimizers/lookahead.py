"""Lookahead: slow weights that follow another optimizer's fast ones."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from ganframe import component, option


@component
class Lookahead:
    """Lookahead (Zhang et al. 2019, arXiv:1907.08610, algorithm 1; for GANs arXiv:2006.14567).

    After every `k` steps of the inner optimizer: slow <- slow + alpha · (fast - slow), fast <- slow. The inner
    optimizer's moments go on. Lookahead-minimax steps back for all networks at once: give each of them a Lookahead of
    one alpha whose k is the same number of rounds, so `discriminator_steps` times as large for a discriminator.
    """

    inner: Any = option(doc="the optimizer that makes the steps", kind="optimizer")
    k: int = option(5, "steps between meetings", min=1)
    alpha: float = option(0.5, "how far the slow weights go towards the fast ones", min=0.0, max=1.0)

    def build(self, params: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimizer of these parameters. ValueError for an inner one that needs a closure."""
        inner = self.inner.build(list(params))
        closure = inspect.signature(inner.step).parameters.get("closure")
        if closure is not None and closure.default is inspect.Parameter.empty:
            raise ValueError(f"'inner' must not need a closure, as {type(self.inner).__name__} does")
        return SlowAndFast(inner, self.k, self.alpha)


class SlowAndFast(torch.optim.Optimizer):
    """An optimizer around another: same groups, same state, and a slow weight beside each parameter's moments."""

    def __init__(self, inner: torch.optim.Optimizer, k: int, alpha: float) -> None:
        super().__init__(inner.param_groups, {**inner.defaults, "since": 0})
        self.inner = inner
        self.k = k
        self.alpha = alpha
        # One list and one dictionary: who changes a learning rate or restores a state here changes it there.
        self.param_groups = inner.param_groups
        self.state = inner.state

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """One inner step of every parameter that has a gradient; every k-th time slow and fast weights meet."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        moved = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        # The inner optimizer takes an empty state for a new parameter, so slow weights wait until it has stepped.
        new = {p: p.clone() for p in moved if "slow" not in self.state.get(p, {})}
        self.inner.step()
        for p, slow in new.items():
            self.state[p]["slow"] = slow
        for group in self.param_groups:
            group["since"] = (group["since"] + 1) % self.k
            if group["since"] == 0:
                self._meet([p for p in group["params"] if "slow" in self.state.get(p, {})])
        return loss

    def _meet(self, params: list[Tensor]) -> None:
        for p in params:
            slow = self.state[p]["slow"]
            slow.lerp_(p, self.alpha)
            p.copy_(slow)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.inner.__setstate__({"state": self.state, "param_groups": self.param_groups})
