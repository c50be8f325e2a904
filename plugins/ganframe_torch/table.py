"""What a signature does not say of shapes and names: the hand-written knowledge of PyTorch."""

from __future__ import annotations

#: Options under another name than PyTorch's, because that name is an engine's key.
RENAMED = {"init": "initial", "weight": "class_weight"}

#: A loss's tensors under another name than `forward`'s, where an option has that name.
TENSORS = {"PoissonNLLLoss.log_input": "input"}

#: Sizes that the wires give: option -> (wire, axis without the batch).
SIZES = {
    **dict.fromkeys(("in_features", "in1_features", "input_size", "embed_dim", "d_model"), ("x", -1)),
    "normalized_shape": ("x", -1),
    **dict.fromkeys(("in_channels", "num_features", "num_channels"), ("x", 0)),
    "in2_features": ("input2", -1),
    "kdim": ("key", -1),
    "vdim": ("value", -1),
}

#: Options that count axes as PyTorch does, with the batch as axis 0.
AXES = ("dim", "start_dim", "end_dim")

#: Options that PyTorch takes as tensors: arrays here.
ARRAYS = frozenset({"weight", "pos_weight"})

_TARGET = ("input", "target")
_TRIPLET = ("anchor", "positive", "negative")
#: The least number of axes of a loss's first tensor, the batch among them (with fewer PyTorch reads the batch as one
#: sample), and the tensors that must have one shape (PyTorch broadcasts them with at most a warning).
LOSS_SHAPES: dict[str, tuple[int, tuple[str, ...]]] = {
    **dict.fromkeys(("L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss", "KLDivLoss", "PoissonNLLLoss"), (0, _TARGET)),
    **dict.fromkeys(("GaussianNLLLoss", "HingeEmbeddingLoss", "SoftMarginLoss"), (0, _TARGET)),
    **dict.fromkeys(("MultiLabelSoftMarginLoss", "MultiLabelMarginLoss"), (2, _TARGET)),
    **dict.fromkeys(("TripletMarginLoss", "TripletMarginWithDistanceLoss"), (2, _TRIPLET)),
    **dict.fromkeys(("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss"), (2, ())),
    "CosineEmbeddingLoss": (2, ("input1", "input2")),
    "MarginRankingLoss": (0, ("input1", "input2", "target")),
    "CTCLoss": (3, ()),
}

#: Tensors of losses that PyTorch wants with time as axis 0; here axis 0 is the batch.
BATCH_SECOND = {"CTCLoss": ("log_probs",)}

#: How many axes an input has without the batch (fewest, most); a name that ends in 1d, 2d, 3d says it itself.
RANKS: dict[str, tuple[int, int | None]] = {
    "BatchNorm1d": (1, 2),
    **dict.fromkeys(("RNN", "GRU", "LSTM", "MultiheadAttention"), (2, 2)),
    **dict.fromkeys(("TransformerEncoderLayer", "TransformerDecoderLayer", "Fold"), (2, 2)),
    **dict.fromkeys(("RNNCell", "GRUCell", "LSTMCell", "EmbeddingBag"), (1, 1)),
    "Unfold": (3, 3),
    "Upsample": (2, 4),
    **dict.fromkeys(("LocalResponseNorm", "ChannelShuffle"), (2, None)),
    **dict.fromkeys(("PixelShuffle", "PixelUnshuffle"), (3, None)),
    **dict.fromkeys(("Linear", "Bilinear", "LayerNorm", "RMSNorm", "GroupNorm", "FeatureAlphaDropout"), (1, None)),
    **dict.fromkeys(("GLU", "Softmax", "Softmin", "LogSoftmax", "CosineSimilarity", "PairwiseDistance"), (1, None)),
}

#: Options of optimizers that their step reads anew each time: they may be curves.
CURVES = frozenset({
    "lr", "betas", "alpha", "rho", "momentum", "weight_decay", "dampening", "lambd", "etas", "momentum_decay",
})  # fmt: skip
#: Not so: read once, or a zero at the start leaves out state that is needed later.
NO_CURVES = frozenset({"Rprop.lr", "RMSprop.momentum"})

#: Devices with a fused form, where they are fewer than PyTorch says.
FUSED_DEVICES = {"Adagrad": ("cpu",)}
