"""What values an option may have, where PyTorch's signature does not say.

Keys are an option's name, or `Class.option` where one class differs.
"""

from __future__ import annotations

from ganframe_torch.table import SIZES

_DROPOUTS = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout")
_PADS = [f"{kind}Pad{n}d" for kind in ("Circular", "Constant", "Reflection", "Replication", "Zero") for n in "123"]

#: Values of a `str` option.
CHOICES: dict[str, tuple[str, ...]] = {
    "activation": ("relu", "gelu"),
    "adjust_lr_fn": ("original", "match_rms_adamw"),
    "approximate": ("none", "tanh"),
    "line_search_fn": ("strong_wolfe",),
    "RNN.nonlinearity": ("tanh", "relu"),
    "RNNCell.nonlinearity": ("tanh", "relu"),
    "padding": ("same", "valid"),
    "padding_mode": ("zeros", "reflect", "replicate", "circular"),
    "reduction": ("mean", "sum"),  # "none" gives no scalar
    "EmbeddingBag.mode": ("sum", "mean", "max"),
    "KLDivLoss.reduction": ("mean", "sum", "batchmean"),
    "Upsample.mode": ("nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact"),
}

#: Defaults that differ from the signature's.
DEFAULTS: dict[str, object] = {
    "activation": "relu",  # the signature has the function
    "need_weights": False,  # one output unless two are asked for, and the faster kernel
}

_SIZE = (1, None)
_SHARE = (0, 1)
_POSITIVE = (0, None)

#: Least and greatest value (None: open) of options that PyTorch takes silently out of range.
BOUNDS: dict[str, tuple[float | None, float | None]] = {
    **dict.fromkeys(SIZES, _SIZE),
    **dict.fromkeys(("out_channels", "out_features", "hidden_size", "num_embeddings", "embedding_dim"), _SIZE),
    **dict.fromkeys(("kernel_size", "stride", "dilation", "groups", "num_layers", "num_heads", "nhead"), _SIZE),
    **dict.fromkeys(("dim_feedforward", "num_groups", "num_parameters", "upscale_factor", "downscale_factor"), _SIZE),
    **dict.fromkeys(("output_size", "size", "normalized_shape", "divisor_override"), _SIZE),
    **dict.fromkeys(("padding", "output_padding", "proj_size", "eps", "layer_norm_eps", "scale_factor"), _POSITIVE),
    **dict.fromkeys((f"{pad}.padding" for pad in _PADS), (None, None)),  # negative padding crops
    **dict.fromkeys((f"{name}.p" for name in _DROPOUTS), _SHARE),
    **dict.fromkeys(("dropout", "momentum", "output_ratio", "label_smoothing", "sparsity", "pct_start"), _SHARE),
    **dict.fromkeys(("beta", "delta", "std"), _POSITIVE),
    **dict.fromkeys(("lr", "max_lr", "base_lr"), (0, 1e300)),  # an infinite rate constructs fine
    **dict.fromkeys(("betas", "alpha", "rho", "base_momentum", "max_momentum"), _SHARE),
    **dict.fromkeys(
        (f"{name}.alpha" for name in ("ASGD", "CELU", "ELU", "LocalResponseNorm", "CrossMapLRN2d")), (None, None)
    ),
    **dict.fromkeys(("weight_decay", "lr_decay", "initial_accumulator_value", "lambd", "gamma"), _POSITIVE),
    **dict.fromkeys(("etas", "step_sizes", "eta_min", "power"), _POSITIVE),
    **dict.fromkeys(("step_size", "total_iters", "T_max", "T_0", "T_mult", "step_size_up", "step_size_down"), _SIZE),
    **dict.fromkeys(("total_steps", "epochs", "steps_per_epoch", "milestones"), _SIZE),
    **dict.fromkeys(("max_iter", "max_eval", "history_size", "ns_steps"), _SIZE),
    "end_factor": _SHARE,
    **dict.fromkeys(("start_factor", "factor"), (1e-12, 1)),  # PyTorch divides by them
    "TruncNormal.std": (1e-12, None),
    **dict.fromkeys(("LocalResponseNorm.beta", "CrossMapLRN2d.beta", "Softplus.beta"), (None, None)),
}
