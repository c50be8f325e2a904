"""Small examples of every layer, for the conformance kit: options and shapes of the wires."""

from __future__ import annotations

from typing import Any

from ganframe_torch.shapes import rank

#: Values of required options.
_OPTIONS: dict[str, Any] = {
    **dict.fromkeys(("out_channels", "out_features", "hidden_size", "embedding_dim"), 4),
    **dict.fromkeys(("kernel_size", "num_heads", "nhead", "num_groups", "groups", "upscale_factor"), 2),
    **dict.fromkeys(("downscale_factor", "size", "output_size"), 2),
    **dict.fromkeys(("value", "threshold"), 0.5),
    "dim": 1,
    "norm_type": 2.0,
    "num_embeddings": 10,
    "padding": 1,
    "unflattened_size": (2, -1),
}
_SHAPES = {0: (), 1: (4,), 2: (4, 8), 3: (4, 8, 8), 4: (4, 4, 4, 4)}
_TOKENS = ("int64", (6,), 10)

#: What particular classes need beside that.
_OWN: dict[str, dict[str, Any]] = {
    "Bilinear": {"input2": (3,)},
    "CosineSimilarity": {"x2": (4,)},
    "PairwiseDistance": {"x2": (4,)},
    "Embedding": {"x": _TOKENS, "options": {"sparse": False}},  # the kit's gradients are dense
    "EmbeddingBag": {"x": _TOKENS, "options": {"sparse": False}},
    "Flatten": {"x": (4, 8, 8)},
    "Fold": {"options": {"output_size": (4, 4)}, "x": (8, 9)},
    "FractionalMaxPool2d": {"options": {"output_ratio": 0.5}},
    "FractionalMaxPool3d": {"options": {"output_ratio": 0.5}},
    "MaxUnpool1d": {"indices": ("int64", (4, 8), 16)},
    "MaxUnpool2d": {"indices": ("int64", (4, 8, 8), 256)},
    "MaxUnpool3d": {"indices": ("int64", (4, 4, 4, 4), 512)},
    "TransformerDecoderLayer": {"options": {"dim_feedforward": 8}, "memory": (3, 8)},
    "TransformerEncoderLayer": {"options": {"dim_feedforward": 8}},
    "Upsample": {"options": {"scale_factor": 2.0}},
    "UpsamplingBilinear2d": {"options": {"scale_factor": 2.0}},
    "UpsamplingNearest2d": {"options": {"scale_factor": 2.0}},
}


def examples(name: str, required: list[str]) -> tuple[dict[str, Any], ...]:
    """One example of the layer `name`, whose options `required` have no default."""
    least = max(rank(name)[0], 1)
    own = _OWN.get(name, {})
    options = {option: _OPTIONS[option] for option in required if option in _OPTIONS} | own.get("options", {})
    return ({"x": _SHAPES[least], **own, "options": options},)


#: The same for losses whose wires are not of one kind.
LOSSES: dict[str, tuple[dict[str, Any], ...]] = {
    "CTCLoss": (
        {
            "options": {"zero_infinity": True},
            "log_probs": (9, 5),
            "targets": ("int64", (3,), 5),
            "input_lengths": ("int64", (), 10),
            "target_lengths": ("int64", (), 4),
        },
    ),
}
