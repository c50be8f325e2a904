"""Fused Adam called directly: the bits of `torch.optim.Adam(fused=True)` without the Python around its kernel.

`Optimizer.step` groups tensors by device and dtype, opens a profiler record and counts each parameter's steps, every
time anew: a tenth of a small network's step. What never changes between two steps is looked up once here. Everything
that the short way does not cover goes the long way, PyTorch's own.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import attrs
import torch
from torch import Tensor
from torch.optim import Adam, AdamW, Optimizer

_KERNELS = {Adam: "_fused_adam_", AdamW: "_fused_adamw_"}


@attrs.frozen(eq=False)
class _Lists:
    """The tensors of every step, in the order of the parameters; all share one counter of steps."""

    params: list[Tensor]
    averages: list[Tensor]
    squares: list[Tensor]
    count: Tensor
    counts: list[Tensor]

    def current(self, optimizer: Optimizer) -> bool:
        """False once somebody put another state in place, as loading a checkpoint does."""
        ends = ((self.params[0], self.averages[0]), (self.params[-1], self.averages[-1]))
        state = optimizer.state
        return all(state[p]["exp_avg"] is kept and state[p]["step"] is self.count for p, kept in ends)


def quicken(optimizer: Optimizer) -> Optimizer:
    """Give a fused Adam or AdamW a `step` that calls the kernel directly; any other optimizer stays as it is."""
    kernel = getattr(torch, _KERNELS.get(type(optimizer), ""), None)
    groups = optimizer.param_groups
    plain = len(groups) == 1 and not any(groups[0].get(k) for k in ("amsgrad", "capturable", "differentiable"))
    if kernel is not None and plain and groups[0].get("fused"):
        optimizer.step = types.MethodType(_stepper(kernel, type(optimizer).step), optimizer)  # type: ignore[method-assign]
    return optimizer


def _stepper(kernel: Callable[..., Any], own: Callable[..., Any]) -> Callable[..., Any]:
    lists: _Lists | None = None

    def step(self: Optimizer, closure: Callable[[], Any] | None = None) -> Any:
        nonlocal lists
        group = self.param_groups[0]
        grads = [p.grad for p in lists.params] if lists is not None and lists.current(self) else []
        if not grads or closure is not None or any(grad is None for grad in grads) or _special(self, group):
            _part(self)
            result = own(self, closure)
            lists = _lists(self)
            return result
        assert lists is not None
        beta1, beta2 = group["betas"]
        with torch.no_grad():
            lists.count.add_(1)
            kernel(
                lists.params, grads, lists.averages, lists.squares, [], lists.counts, lr=group["lr"], beta1=beta1,
                beta2=beta2, weight_decay=group["weight_decay"], eps=group["eps"], amsgrad=False,
                maximize=group["maximize"],
            )  # fmt: skip
        return None

    return step


def _special(optimizer: Optimizer, group: dict[str, Any]) -> bool:
    """A gradient scaler hands its verdict over by attributes; a learning rate may have become a tensor."""
    scaled = getattr(optimizer, "found_inf", None) is not None or getattr(optimizer, "grad_scale", None) is not None
    return scaled or isinstance(group["lr"], Tensor)


def _part(optimizer: Optimizer) -> None:
    """Give every parameter a counter of its own again, as PyTorch's own step adds to each."""
    for entries in optimizer.state.values():
        if "step" in entries:
            entries["step"] = entries["step"].clone()


def _lists(optimizer: Optimizer) -> _Lists | None:
    """The lists, where every parameter has taken the same number of steps; from then on they share its counter."""
    params = list(optimizer.param_groups[0]["params"])
    states = [optimizer.state.get(p) for p in params]
    if not params or not all(states) or len({float(s["step"]) for s in states if s}) != 1:
        return None
    count = states[0]["step"]  # type: ignore[index]
    for state in states:
        state["step"] = count  # type: ignore[index]
    return _Lists(
        params, [s["exp_avg"] for s in states], [s["exp_avg_sq"] for s in states], count, [count] * len(params)  # type: ignore[index]
    )
