"""Attention and transformer layers: the batch is axis 0, masks have one too, and `is_causal` makes its own mask.

Masks keep PyTorch's meaning: a bool mask is true where there is nothing to look at, a float mask is added to the
scores. (A data set's `mask` field is true where there *is* text: negate it first.)
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganframe import Shape
from ganframe_torch.layer import Layer


def per_head(mask: Tensor | None, heads: int, causal: bool, query: Tensor, key: Tensor) -> Tensor | None:
    """An attention mask as PyTorch takes it: (N * heads, targets, sources), or the causal one.

    A mask is (N, targets, sources) or (N, heads, targets, sources).
    """
    if causal:
        return torch.ones(query.shape[1], key.shape[1], dtype=torch.bool, device=query.device).triu(1)
    if mask is None:
        return None
    return mask.flatten(0, 1) if mask.dim() == 4 else mask.repeat_interleave(heads, 0)


class BatchAttention(nn.MultiheadAttention):
    """nn.MultiheadAttention on (N, positions, features), which attends to itself unless `key` is given."""

    need_weights: bool
    average_attn_weights: bool
    is_causal: bool

    def forward(
        self, query: Tensor, key: Tensor | None = None, value: Tensor | None = None,
        key_padding_mask: Tensor | None = None, attn_mask: Tensor | None = None,
    ) -> Tensor | tuple[Tensor, Tensor]:  # fmt: skip
        """The output (N, targets, features); with `need_weights` also the weights (N, targets, sources)."""
        key = query if key is None else key
        mask = per_head(attn_mask, self.num_heads, self.is_causal, query, key)
        output, weights = super().forward(
            query, key, key if value is None else value, key_padding_mask, self.need_weights, mask,
            self.average_attn_weights, self.is_causal,
        )  # fmt: skip
        return (output, weights) if self.need_weights else output


class MaskedEncoderLayer(nn.TransformerEncoderLayer):
    """nn.TransformerEncoderLayer with a mask for each sample, or a causal one."""

    is_causal: bool

    def forward(
        self, src: Tensor, src_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None
    ) -> Tensor:
        """(N, positions, d_model) again."""
        mask = per_head(src_mask, self.self_attn.num_heads, self.is_causal, src, src)
        return super().forward(src, mask, src_key_padding_mask, self.is_causal)


class MaskedDecoderLayer(nn.TransformerDecoderLayer):
    """nn.TransformerDecoderLayer with masks for each sample, or a causal one."""

    tgt_is_causal: bool

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """(N, targets, d_model) again."""
        heads = self.self_attn.num_heads
        own = per_head(tgt_mask, heads, self.tgt_is_causal, tgt, tgt)
        cross = per_head(memory_mask, heads, False, tgt, memory)
        return super().forward(
            tgt, memory, own, cross, tgt_key_padding_mask, memory_key_padding_mask, self.tgt_is_causal
        )


class Attends(Layer):
    """What the three share: the flags of `forward` are options, kept on the module."""

    random = property(lambda self: self.dropout > 0)
    _flags: tuple[str, ...] = ()

    def attending(self, wires: dict[str, Shape | None], cls: type[nn.Module], plain: bool = False) -> nn.Module:
        """The module, of the class `cls`, or PyTorch's own where that does (`plain`) and no flag is set."""
        flags = {name: getattr(self, name) for name in self._flags}
        module = self.module(wires, self._torch if plain and not any(flags.values()) else cls, batch_first=True)
        for name, value in flags.items():
            setattr(module, name, value)
        return module


class Attention(Attends):
    """MultiheadAttention."""

    def build(
        self, x: Shape, key: Shape | None = None, value: Shape | None = None,
        key_padding_mask: Shape | None = None, attn_mask: Shape | None = None,
    ) -> nn.Module:  # fmt: skip
        """The module for queries (N, targets, embed_dim), and keys and values (N, sources, features).

        Without `key` the input attends to itself; without `value` the keys are the values.
        """
        key = x if key is None else key
        value = key if value is None else value
        if len(key) != 2 or len(value) != 2 or key[0] != value[0]:
            raise ValueError(f"'key' {key} and 'value' {value} must be (positions, features), with as many positions")
        check_mask("attn_mask", attn_mask, self.num_heads, self.is_causal, x[0], key[0])
        check_padding("key_padding_mask", key_padding_mask, key[0])
        return self.attending({"x": x, "key": key, "value": value}, BatchAttention)


class EncoderLayer(Attends):
    """TransformerEncoderLayer."""

    def build(self, x: Shape, src_mask: Shape | None = None, src_key_padding_mask: Shape | None = None) -> nn.Module:
        """The module for (N, positions, d_model)."""
        check_mask("src_mask", src_mask, self.nhead, self.is_causal, x[0], x[0])
        check_padding("src_key_padding_mask", src_key_padding_mask, x[0])
        return self.attending({"x": x}, MaskedEncoderLayer, plain=src_mask is None)


class DecoderLayer(Attends):
    """TransformerDecoderLayer."""

    def build(
        self, x: Shape, memory: Shape, tgt_mask: Shape | None = None, memory_mask: Shape | None = None,
        tgt_key_padding_mask: Shape | None = None, memory_key_padding_mask: Shape | None = None,
    ) -> nn.Module:  # fmt: skip
        """The module for targets (N, targets, d_model) and a memory (N, sources, d_model)."""
        if len(memory) != 2 or memory[-1] != x[-1]:
            raise ValueError(f"'memory' must be (positions, {x[-1]}) as the input {x} is, not {memory}")
        check_mask("tgt_mask", tgt_mask, self.nhead, self.tgt_is_causal, x[0], x[0])
        check_mask("memory_mask", memory_mask, self.nhead, False, x[0], memory[0])
        check_padding("tgt_key_padding_mask", tgt_key_padding_mask, x[0])
        check_padding("memory_key_padding_mask", memory_key_padding_mask, memory[0])
        return self.attending({"x": x}, MaskedDecoderLayer, plain=tgt_mask is None and memory_mask is None)


def check_mask(name: str, mask: Shape | None, heads: int, causal: bool, targets: int, sources: int) -> None:
    """Refuse a mask of another shape than one or `heads` times (targets, sources), or beside the causal one."""
    if mask is None:
        return
    if causal:
        raise ValueError(f"give '{name}' or the causal flag, not both")
    if tuple(mask) not in ((targets, sources), (heads, targets, sources)):
        raise ValueError(f"'{name}' must be ({targets}, {sources}) or ({heads}, {targets}, {sources}), not {mask}")


def check_padding(name: str, mask: Shape | None, positions: int) -> None:
    """Refuse a padding mask that is not one value a position."""
    if mask is not None and tuple(mask) != (positions,):
        raise ValueError(f"'{name}' must be ({positions},), one value a position, not {mask}")
