"""A decoder that writes token by token, told the tokens before or reading its own."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganframe import Shape, component, option
from ganframe_text.layers.memory import RelationalMemory


@component
class TokenDecoder:
    """Writes `length` tokens one after the other; two outputs: the tokens (length, vocabulary) and their logits.

    A recurrent `cell` reads the embedding of the token before. Its state begins as a linear map of x. With `memory`
    (S, F), rows to look at, c = softmax(W h · memory / sqrt(F)) · memory is laid beside the cell's output h (Luong et
    al. 2015, arXiv:1508.04025, eq. 7-8 "general"), where `memory_mask` (S,) is true. A hidden layer, if any, and a
    linear one give the logits; a token is drawn with Gumbel noise g: one-hot argmax(logits + g) forward, the gradient
    of softmax(beta (logits + g) / temperature) backward (straight-through, arXiv:1611.01144, section 2.2).

    `given` (length,), int64, are the tokens before each place: teacher forcing. Where one is `padding`, and without
    `given`, the decoder's own last token is read instead, by its number, so that no gradient goes through it (as in
    RelGAN, ICLR 2019). beta is the wire `inverse_temperature`, a number a row, which RelGAN anneals from 1 upwards.
    """

    random = True
    own_init = True
    examples = (
        {"options": {"cell": RelationalMemory(head_size=3), "vocabulary": 7, "length": 4}, "x": (5,)},
        {
            "options": {"cell": RelationalMemory(slots=2, head_size=3), "vocabulary": 7, "length": 4, "hidden": 5},
            "x": (5,), "memory": (3, 6), "memory_mask": ("bool", (3,)), "given": ("int64", (4,), 7),
            "inverse_temperature": (1,),
        },
    )  # fmt: skip
    cell: Any = option(doc="a layer of one step, such as GRUCell, LSTMCell or RelationalMemory", kind="layer")
    vocabulary: int = option(doc="tokens that there are", min=2)
    length: int = option(doc="tokens to write", min=1)
    embedding: int = option(32, "features of a token", min=1)
    hidden: int = option(0, "units of a ReLU layer before the logits; 0: none", min=0)
    choice: str = option("draw", "the next token is drawn, or the likeliest", choices=("draw", "likeliest"))
    temperature: float = option(1.0, "smooths the gradient's softmax; smaller is nearer to one-hot", min=0.01)
    hard: bool = option(True, "one-hot in train mode too; false gives the soft sample there")
    begin: int = option(1, "the token before the first", min=0)
    padding: int = option(0, "the token in `given` that stands for none", min=0)

    def build(
        self, x: Shape, memory: Shape | None = None, memory_mask: Shape | None = None, given: Shape | None = None,
        inverse_temperature: Shape | None = None,
    ) -> nn.Module:
        if len(x) != 1:
            raise ValueError(f"the input must be a vector that the state is made of, not {x}")
        self._check(memory, memory_mask, given, inverse_temperature)
        if max(self.begin, self.padding) >= self.vocabulary:
            raise ValueError(f"begin and padding must be tokens 0 to {self.vocabulary - 1}")
        return _TokenDecoder(self, x[0], None if memory is None else memory[1])

    def _check(
        self, memory: Shape | None, mask: Shape | None, given: Shape | None, inverse_temperature: Shape | None
    ) -> None:
        if memory is not None and len(memory) != 2:
            raise ValueError(f"the memory must be a sequence (length, features), not {memory}")
        if mask is not None and (memory is None or mask != memory[:1]):
            raise ValueError(f"the mask {mask} must have the length of the memory, {memory}")
        if given is not None and (given != (self.length,) or given.dtype.is_floating_point):
            raise ValueError(f"given must be int64 tokens ({self.length},), not {given.dtype} {given}")
        if inverse_temperature not in (None, (1,)):
            raise ValueError(f"inverse_temperature must be one number a row, (1,), not {inverse_temperature}")


class _TokenDecoder(nn.Module):
    def __init__(self, made: TokenDecoder, inputs: int, seen: int | None) -> None:
        super().__init__()
        self.made = made
        self.embed = nn.Embedding(made.vocabulary, made.embedding)
        self.cell = made.cell.build(Shape((made.embedding,)))
        self.sizes = _states(self.cell, made.embedding)
        self.start = nn.Linear(inputs, sum(self.sizes))
        width = self.sizes[0] + (seen or 0)
        self.query = nn.Linear(self.sizes[0], seen, bias=False) if seen is not None else None
        self.hidden = nn.Linear(width, made.hidden) if made.hidden else None
        self.logits = nn.Linear(made.hidden or width, made.vocabulary)

    def forward(
        self, x: Tensor, memory: Tensor | None = None, memory_mask: Tensor | None = None, given: Tensor | None = None,
        inverse_temperature: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        states = self.start(x).split(self.sizes, 1)
        before = torch.full((len(x),), self.made.begin, dtype=torch.int64, device=x.device)
        told = None if given is None else given.long().unbind(1)
        tokens, logits = [], []
        for t in range(self.made.length):
            if told is not None:
                before = before.where(told[t] == self.made.padding, told[t])
            states = _tuple(self.cell(self.embed(before), states if len(states) > 1 else states[0]))
            logits.append(self.scored(states[0], memory, memory_mask))
            tokens.append(self.chosen(logits[t], inverse_temperature))
            before = tokens[t].argmax(1)
        return torch.stack(tokens, 1), torch.stack(logits, 1)

    def scored(self, state: Tensor, memory: Tensor | None, mask: Tensor | None) -> Tensor:
        """The logits of the next token, by the state and what it looks at."""
        if memory is not None and self.query is not None:
            weights = (memory @ self.query(state).unsqueeze(2)).squeeze(2) * memory.shape[2] ** -0.5
            if mask is not None:
                weights = weights.masked_fill(~mask.bool(), -1e4)
            state = torch.cat((state, (weights.softmax(1).unsqueeze(1) @ memory).squeeze(1)), 1)
        return self.logits(F.relu(self.hidden(state)) if self.hidden is not None else state)

    def chosen(self, logits: Tensor, inverse_temperature: Tensor | None) -> Tensor:
        """The next token, one-hot or soft."""
        scores = logits + _gumbel(logits) if self.made.choice == "draw" else logits
        beta = 1.0 if inverse_temperature is None else inverse_temperature
        soft = (scores * (beta / self.made.temperature)).softmax(1)
        if self.training and not self.made.hard:
            return soft
        # Of the scores, not of the softmax: it may be 1 in several places in half precision.
        return F.one_hot(scores.argmax(1), logits.shape[1]).to(soft.dtype) + (soft - soft.detach())


def _gumbel(like: Tensor) -> Tensor:
    """-log(-log u), u uniform."""
    drawn = torch.empty_like(like, dtype=torch.float32).exponential_()
    return -drawn.clamp_min(torch.finfo(torch.float32).tiny).log().to(like.dtype)


def _tuple(states: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (states,) if isinstance(states, Tensor) else tuple(states)


def _states(cell: nn.Module, inputs: int) -> list[int]:
    """The lengths of the states that a cell gives, found by a run on zeros."""
    device = next((parameter.device for parameter in cell.parameters()), None)
    with torch.no_grad():
        found = _tuple(cell(torch.zeros(2, inputs, device=device)))
    if any(state.dim() != 2 for state in found):
        raise ValueError(f"a cell must give vectors, not {[tuple(state.shape[1:]) for state in found]}")
    return [state.shape[1] for state in found]
