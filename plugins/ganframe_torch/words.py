"""What the docstrings of PyTorch do not say."""

from __future__ import annotations

#: What some options mean, where PyTorch's docstring has no entry for them.
DOCS: dict[str, str] = {
    "reduction": "what becomes of the single values",
    "foreach": "update many tensors at a time",
    "fused": "one kernel for the whole step; taken where PyTorch has one, unless this or 'foreach' is given",
    "base_lr": "lowest learning rate; an array has one for each parameter group",
    "max_lr": "highest learning rate; an array has one for each parameter group",
    "mode": "which form of the method",
    "T_0": "steps until the first restart",
    "T_max": "steps from the highest to the lowest rate",
    "val": "the value",
    "activation": "the activation of the feed-forward part",
    "is_causal": "a position attends to itself and earlier ones only",
    "tgt_is_causal": "a target attends to itself and earlier ones only",
    "need_weights": "a second output: the attention weights",
    "average_attn_weights": "average the weights over the heads",
    "norm_type": "the exponent of the norm",
    "padding_mode": "what the padding holds",
    "ConstantPad1d.value": "what to pad with",
    "ConstantPad2d.value": "what to pad with",
    "ConstantPad3d.value": "what to pad with",
    "TripletMarginLoss.margin": "how much farther the negative should be than the positive",
    "CrossMapLRN2d.size": "amount of neighbouring channels used for normalization",
    "CrossMapLRN2d.alpha": "multiplicative factor",
    "CrossMapLRN2d.beta": "exponent",
    "CrossMapLRN2d.k": "additive factor",
}

#: What a loss's tensors are.
WIRES: dict[str, str] = {
    **dict.fromkeys(("input", "input1", "input2"), "what is judged"),
    **dict.fromkeys(("target", "targets"), "what it should be"),
    "var": "the variance of each input",
    "anchor": "the rows to compare with",
    "positive": "rows that should be near the anchor",
    "negative": "rows that should be far from the anchor",
    "log_probs": "log-probabilities (N, time, classes)",
    "input_lengths": "the length of each sequence",
    "target_lengths": "the length of each target",
}

_STATE = (
    "A state is one flat row per sample, (num_layers * directions * size,), also taken as "
    "(num_layers * directions, size); time is axis 1. "
)
_MASKS = "Masks keep PyTorch's meaning: true is where there is nothing to look at."

#: What is particular to a class here.
NOTES: dict[str, str] = {
    "RNN": _STATE + "Input `hx`: the first state. Outputs: the sequence and the last state.",
    "GRU": _STATE + "Input `hx`: the first state. Outputs: the sequence and the last state.",
    "LSTM": _STATE + "Input `hx`: the first states, a list of h and c. Outputs: the sequence, h and c.",
    "LSTMCell": "Input `hx`: the states, a list of h and c. Outputs: h and c.",
    "MultiheadAttention": (
        "The input is the query; inputs `key` and `value` default to it and to `key`. With `need_weights` the second "
        f"output is the weights. {_MASKS}"
    ),
    "TransformerEncoderLayer": _MASKS,
    "TransformerDecoderLayer": f"The input is the target, `memory` what it attends to. {_MASKS}",
    "CTCLoss": "`log_probs` is (N, time, classes).",
}
