"""A strength that follows overfitting, as the signs of the real logits tell it."""

from __future__ import annotations

import torch
from torch import Tensor


def started(p: float) -> dict[str, Tensor]:
    """p, and since its last change: the sum of signs, rows and turns."""
    return {"p": torch.tensor(p), **{name: torch.zeros(()) for name in ("signs", "rows", "turns")}}


def follow(
    state: dict[str, Tensor], real_logits: Tensor, target: float, every: int, images: int, max_p: float
) -> None:
    """Count the signs of real logits (N, ...), and change p when `every` turns are full; nothing is read back.

    arXiv:2006.06676, section 3.1: p moves by (rows seen) / images towards where the mean sign is the target.
    """
    signs = real_logits.detach().float().sign().flatten(1).mean(1)
    state["signs"] += signs.sum()
    state["rows"] += len(signs)
    state["turns"] += 1
    due = (state["turns"] >= every).to(state["p"].dtype)
    towards = (state["signs"] / state["rows"] - target).sign() * state["rows"] / images
    state["p"].add_(due * towards).clamp_(0, max_p)
    for name in ("signs", "rows", "turns"):
        state[name].mul_(1 - due)
