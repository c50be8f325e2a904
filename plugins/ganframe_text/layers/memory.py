"""The relational memory core."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganframe import Shape, component, option


@component
class RelationalMemory:
    """One step of a relational memory core (Santoro et al. 2018, arXiv:1806.01822, section 3.3 and appendix A).

    The memory, `slots` rows of `heads` * `head_size`, and the projected input attend to each other; each slot goes
    through an MLP, both with a residual and a norm over the features (eq. 2); then, with gates a unit (eq. 7 and 8),
    m' = sigmoid(f + 1) * m + sigmoid(i) * tanh(attended), f and i linear in the input and in tanh(m). x (F,) and the
    wire `hx`, the memory laid flat, give the next memory laid flat. Without `hx` it begins as the identity matrix, cut
    or padded, so that slots differ. RelGAN (ICLR 2019) writes with one slot and two heads of 256.
    """

    examples = (
        {"options": {"slots": 2, "heads": 2, "head_size": 3}, "x": (5,), "hx": (12,)},
        {"options": {"slots": 1, "heads": 2, "head_size": 3}, "x": (5,)},
    )
    slots: int = option(1, "rows of the memory", min=1)
    heads: int = option(2, "attention heads", min=1)
    head_size: int = option(256, "features of a head", min=1)
    blocks: int = option(1, "how often a step attends, with the same weights", min=1)
    mlp_layers: int = option(2, "linear layers behind the attention", min=1)

    def build(self, x: Shape, hx: Shape | None = None) -> nn.Module:
        if len(x) != 1:
            raise ValueError(f"the input of a step must be a vector (features,), not {x}")
        size = self.slots * self.heads * self.head_size
        if hx is not None and hx != (size,):
            raise ValueError(f"the memory must be flat, ({size},), not {hx}")
        return _RelationalMemory(x[0], self.slots, self.heads, self.head_size, self.blocks, self.mlp_layers)


class _RelationalMemory(nn.Module):
    def __init__(self, inputs: int, slots: int, heads: int, head_size: int, blocks: int, mlp_layers: int) -> None:
        super().__init__()
        self.slots, self.heads, self.blocks = slots, heads, blocks
        size = heads * head_size
        self.project = nn.Linear(inputs, size)
        self.attend = nn.Linear(size, 3 * size)
        self.attend_norm = nn.LayerNorm(3 * size)
        self.mlp = nn.ModuleList(nn.Linear(size, size) for _ in range(mlp_layers))
        self.norms = nn.ModuleList(nn.LayerNorm(size) for _ in range(2))
        self.input_gates = nn.Linear(size, 2 * size)
        self.memory_gates = nn.Linear(size, 2 * size)
        self.register_buffer("first", torch.eye(slots, size), persistent=False)

    def forward(self, x: Tensor, hx: Tensor | None = None) -> Tensor:
        begin = self.first.to(x.dtype).expand(len(x), -1, -1)
        memory = begin if hx is None else hx.unflatten(1, (self.slots, -1)).to(x.dtype)
        projected = self.project(x).unsqueeze(1)
        rows = torch.cat((memory, projected.to(memory.dtype)), 1)
        for _ in range(self.blocks):
            rows = self.norms[0](rows + self.related(rows))
            hidden = rows
            for layer in self.mlp:
                hidden = F.relu(layer(hidden))
            rows = self.norms[1](rows + hidden)
        keep, take = (self.memory_gates(memory.tanh()) + self.input_gates(projected)).chunk(2, 2)
        kept = torch.sigmoid(keep + 1) * memory + torch.sigmoid(take) * rows[:, :-1].tanh()
        return kept.flatten(1)

    def related(self, rows: Tensor) -> Tensor:
        """What each row reads of all rows, by scaled dot products in every head (N, rows, size)."""
        asked = self.attend_norm(self.attend(rows)).unflatten(2, (self.heads, -1)).transpose(1, 2)
        query, key, value = asked.chunk(3, 3)
        weights = (query @ key.transpose(2, 3) * query.shape[3] ** -0.5).softmax(3)
        return (weights @ value).transpose(1, 2).flatten(2)
